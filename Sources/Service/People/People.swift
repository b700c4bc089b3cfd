package import HumanBody
internal import LivePeople
internal import ServiceCore
internal import Synchronization
package import Wire

/// The live people who are heard, whoever sends them. For any thread; locks are held for a frame.
package final class People: Sendable {
    /// What is known of one person.
    struct Entry: Sendable {
        var track = PersonTrack()
        var source: String
        /// Who sends the person: another one under the same name is refused.
        var sender: String
        var lastHeard: Int64
        var isSilent = false
        var isTracked = true
    }

    /// A person; every one has a lock of its own.
    final class Person: Sendable {
        let name: String
        let entry: Mutex<Entry>

        init(name: String, _ entry: Entry) {
            self.name = name
            self.entry = Mutex(entry)
        }

        var lastHeard: Int64 { entry.withLock { $0.lastHeard } }
    }

    /// Most people who are remembered.
    private static let most = 64
    /// A sender that was silent for so long has left its names, nanoseconds.
    static let silence: Int64 = 2_000_000_000
    /// Most refusals told in a second.
    private static let refusalsPerSecond = 5

    /// A dead-man switch that was not heard for so long counts as let go, nanoseconds.
    private static let grip: Int64 = 250_000_000

    private let people = Mutex<[String: Person]>([:])
    /// When each person's dead-man switch was last heard to be pressed.
    private let presses = Mutex<[String: Int64]>([:])
    private let refusals = Mutex((total: 0, second: Int64(0), told: 0))
    private let recorder: Recorder?
    private let tell: @Sendable (PersonEvent) -> Void

    /// Knows nobody. `recorder` gets every person's frames, `tell` hears what happens, on whatever thread.
    package init(recorder: Recorder?, tell: @escaping @Sendable (PersonEvent) -> Void) {
        (self.recorder, self.tell) = (recorder, tell)
    }

    /// The person of a name.
    func find(_ name: String) -> Person? { people.withLock { $0[name] } }

    /// Those who are known, by name.
    var all: [Person] { people.withLock { people in people.values.sorted { $0.name < $1.name } } }

    /// Packets that could not be used.
    package var refused: Int { refusals.withLock { $0.total } }

    // MARK: Dead-man switches

    /// Takes a dead-man switch's message; false for a packet of another kind.
    func takePress(_ packet: [UInt8], source: String, at time: Int64) -> Bool {
        do throws(PersonStreamError) {
            guard let message = try DeadManMessage(packet) else { return false }
            let isTaken = presses.withLock { presses in
                if presses.count >= Self.most { presses = presses.filter { time - $0.value < Self.silence } }
                guard presses.count < Self.most || presses[message.person] != nil else { return false }
                // Let go counts at once, whatever the network still holds.
                let pressed = message.isPressed ? time : time - Self.grip
                presses[message.person] = message.isPressed ? pressed : min(presses[message.person] ?? pressed, pressed)
                return true
            }
            if !isTaken { throw .malformed("more than \(Self.most) dead-man switches are heard") }
        } catch {
            refuse(error, source: source)
        }
        return true
    }

    /// How long ago a person's dead-man switch was let go, nanoseconds; nil while it is pressed.
    func released(_ name: String, at time: Int64) -> Int64? {
        guard let pressed = presses.withLock({ $0[name] }) else { return .max }
        let age = time - pressed
        return age < Self.grip ? nil : age - Self.grip
    }

    // MARK: Frames

    /// Has a packet read by `decoder` and takes the frames in it.
    func take(
        _ packet: [UInt8], with decoder: inout any PersonDecoder, source: String, sender: String, at time: Int64
    ) {
        do throws(PersonStreamError) {
            for frame in try decoder.decode(packet, at: time) {
                let session = frame.stamp.session.map { "/\($0)" } ?? ""
                try take(frame, source: source, sender: sender + session, at: time)
            }
        } catch {
            refuse(error, source: source)
        }
    }

    private func take(
        _ frame: PersonFrame, source: String, sender: String, at time: Int64
    ) throws(PersonStreamError) {
        let name = frame.name
        var isNew = false
        let found = people.withLock { people -> Person? in
            if let person = people[name] { return person }
            if people.count >= Self.most {
                // Who was silent longest makes room, if anyone is.
                let oldest = people.values.min { a, b in a.lastHeard < b.lastHeard }
                guard let oldest, time - oldest.lastHeard > Self.silence else { return nil }
                people[oldest.name] = nil
            }
            isNew = true
            let person = Person(name: name, Entry(source: source, sender: sender, lastHeard: time))
            people[name] = person
            return person
        }
        guard let person = found else { throw .malformed("more than \(Self.most) people are heard") }
        let verdict = person.entry.withLock { entry -> PersonTrack.Verdict? in
            if entry.sender != sender {
                guard time - entry.lastHeard > Self.silence else { return nil }
                entry = Entry(source: source, sender: sender, lastHeard: time, isSilent: true)
            }
            if entry.isSilent { isNew = true }
            (entry.lastHeard, entry.isSilent) = (time, false)
            let verdict = entry.track.take(frame, at: time)
            entry.isTracked = verdict != .untracked
            if verdict == .taken || verdict == .restarted {
                recorder?.note(entry.track.pose.message(of: name, seen: entry.track.poseTime))
            }
            return verdict
        }
        guard let verdict else { throw .taken(name) }
        if isNew { tell(PersonEvent("heard", person: name)) }
        if verdict == .restarted { tell(PersonEvent("restarted", person: name)) }
    }

    private func refuse(_ error: PersonStreamError, source: String) {
        let now = Clock.monotonic()
        let isTold = refusals.withLock { refusals in
            refusals.total += 1
            if now - refusals.second > 1_000_000_000 { (refusals.second, refusals.told) = (now, 0) }
            refusals.told += 1
            return refusals.told <= Self.refusalsPerSecond
        }
        guard isTold else { return }
        var event = PersonEvent("refused", person: source)
        event.reason = "\(error)"
        tell(event)
    }

    /// Tells who has fallen silent; call it a few times a second.
    func check(at time: Int64) {
        for person in all {
            let isNewlySilent = person.entry.withLock { entry in
                guard !entry.isSilent, time - entry.lastHeard > Self.silence else { return false }
                entry.isSilent = true
                return true
            }
            if isNewlySilent { tell(PersonEvent("silent", person: person.name)) }
        }
    }

    // MARK: Verbs

    /// Who is heard.
    func descriptions(at time: Int64) -> [PersonDescription] {
        all.map { person in
            person.entry.withLock { entry in
                let counts = entry.track.counts
                var shown = PersonDescription(person: person.name, source: entry.source)
                let age = time - (entry.track.received ?? entry.lastHeard)
                shown.tracked = entry.isTracked && age < 500_000_000
                (shown.rateHz, shown.ageMs) = (entry.track.rate, Double(age) / 1e6)
                (shown.frames, shown.lost, shown.late) = (counts.taken, counts.lost, counts.late)
                (shown.duplicates, shown.reordered, shown.restarts) = (
                    counts.duplicates, counts.reordered, counts.restarts
                )
                shown.joints = entry.track.newest?.seen.count ?? 0
                shown.legLength = entry.track.calibration.legLength ?? entry.track.newest?.legLength
                shown.needsCalibration = entry.track.newest.map { !$0.isRestKnown } ?? false
                return shown
            }
        }
    }

    /// Measures a person.
    func calibrate(_ name: String, _ pose: Calibrate.Pose) throws(RequestError) -> CalibrateAnswer {
        let person = try named(name)
        let result = person.entry.withLock { entry -> Result<PersonCalibration.Report, PersonCalibration.Failure> in
            Result { () throws(PersonCalibration.Failure) in try entry.track.calibrate(pose) }
        }
        switch result {
        case .success(let report):
            tell(PersonEvent("calibrated", person: name))
            return CalibrateAnswer(
                person: name,
                residuals: Dictionary(
                    uniqueKeysWithValues: report.residuals.map { ($0.key.name, ($0.value * 10).rounded() / 10) }),
                legLength: report.legLength)
        case .failure(let failure): throw RequestError(.notReady, "\(failure)", field: "body.pose")
        }
    }

    /// The person of a name, who must have been heard.
    func named(_ name: String) throws(RequestError) -> Person {
        guard let person = find(name) else {
            let known = all.map(\.name).joined(separator: ", ")
            throw RequestError(
                .unknownPerson,
                "nobody called \"\(name.prefix(64))\" is heard; heard: \(known.isEmpty ? "nobody" : known)",
                field: "body.person")
        }
        return person
    }

    /// The last second of a person, at 30 frames a second; empty when nothing is known of it.
    package func lastSecond(of name: String) -> [HumanFrame] {
        find(name)?.entry.withLock { $0.track.lastSecond() } ?? []
    }
}
