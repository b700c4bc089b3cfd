internal import Geometry
public import HumanBody
public import HumanMotion
internal import JSON

/// Live people in a recording, cut where captions say what they do.
public struct RecordedPeople: Sendable {
    /// What somebody did while a caption was in force, and without a gap.
    public struct Piece: Sendable {
        /// The person.
        public var person: String
        /// The caption.
        public var text: String
        /// The motion.
        public var clip: HumanClip
    }

    /// The pieces, in the order in which they were recorded.
    public private(set) var pieces: [Piece] = []

    /// A hole in a person's frames that is longer cuts the motion, and shorter motion is of no use; s.
    private static let (gap, shortest) = (0.25, 0.5)
    private static let rate = 30.0

    private struct Seen {
        /// When it came, by the recording's clock, and when it was seen, by the sender's; s.
        var (came, seen): (Double, Double)
        var frame: HumanFrame
    }

    private struct Caption {
        var start: Double
        var text: String
        var person: String?
    }

    /// Reads the people of a recording; who was recorded without a caption is left out.
    public init(_ recording: MCAPReader) {
        var people: [String: [Seen]] = [:]
        var captions: [Caption] = []
        for message in recording.messages {
            let time = Double(message.nanoseconds) / 1e9
            if message.topic.hasPrefix("human."), let (person, seen) = Self.frame(message, at: time) {
                people[person, default: []].append(seen)
            } else if message.topic == "request", let caption = Self.caption(message, at: time) {
                captions.append(caption)
            }
        }
        for (person, frames) in people.sorted(by: { $0.key < $1.key }) {
            let own = captions.filter { $0.person == nil || $0.person == person }
            for (index, caption) in own.enumerated() where !caption.text.isEmpty {
                let end = index + 1 < own.count ? own[index + 1].start : .infinity
                let shown = frames.filter { caption.start <= $0.came && $0.came < end }
                pieces += Self.clips(shown).map { Piece(person: person, text: caption.text, clip: $0) }
            }
        }
    }

    private static func caption(_ message: MCAPReader.Message, at time: Double) -> Caption? {
        guard let request = try? JSONValue(parsing: message.data), request["type"] == "record",
            request["body"]?["action"] == "caption", let text = request["body"]?["text"]?.string
        else { return nil }
        return Caption(start: time, text: text, person: request["body"]?["person"]?.string)
    }

    private static func frame(_ message: MCAPReader.Message, at time: Double) -> (person: String, seen: Seen)? {
        guard let decoded = try? StreamMessage(decoding: Array(message.data)), let frame = HumanFrame(decoded),
            let stamp = decoded.header.first(where: { $0.key == "t_src_ns" })?.value.integer
        else { return nil }
        let person = decoded.topic.dropFirst("human.".count).prefix { $0 != "." }
        return (String(person), Seen(came: time, seen: Double(stamp) / 1e9, frame: frame))
    }

    /// The motion of frames that follow each other, at 30 frames a second.
    private static func clips(_ frames: [Seen]) -> [HumanClip] {
        var clips: [HumanClip] = []
        var run: [Seen] = []
        func close() {
            if let first = run.first, let last = run.last, last.seen - first.seen >= shortest {
                clips.append(resampled(run))
            }
            run = []
        }
        for frame in frames {
            if let last = run.last {
                // What came twice or out of order adds nothing here.
                if frame.seen <= last.seen, frame.seen > last.seen - 1 { continue }
                if frame.seen - last.seen > gap || frame.seen < last.seen { close() }
            }
            run.append(frame)
        }
        close()
        return clips
    }

    private static func resampled(_ run: [Seen]) -> HumanClip {
        var frames: [HumanFrame] = []
        let (start, end) = (run[0].seen, run[run.count - 1].seen)
        var index = 0
        for number in 0...Int((end - start) * rate) {
            let time = start + Double(number) / rate
            while index + 2 < run.count, run[index + 1].seen < time { index += 1 }
            let (a, b) = (run[index], run[min(index + 1, run.count - 1)])
            let share = b.seen > a.seen ? min(max((time - a.seen) / (b.seen - a.seen), 0), 1) : 0
            frames.append(a.frame.mixed(with: b.frame, share))
        }
        return HumanClip(frameRate: rate, frames: frames)
    }
}

extension HumanFrame {
    /// The frame as the people socket takes it: a message `human.<person>.` of SMPL's 22 joints.
    public func message(of person: String, seen time: Int64) -> StreamMessage {
        func list(_ turn: Quaternion) -> [Float] { [turn.w, turn.x, turn.y, turn.z].map(Float.init) }
        return StreamMessage(
            topic: "human.\(person).",
            header: [.init("skeleton", "smpl22"), .init("quat", "wxyz"), .init("t_src_ns", .integer(time))],
            fields: [
                .init("rot", shape: [HumanJoint.count, 4], .float(rotations.flatMap(list))),
                .init("root_pos", shape: [3], .float([pelvis.x, pelvis.y, pelvis.z].map(Float.init))),
                .init("contacts", shape: [4], .float(contacts.values.map(Float.init))),
            ])
    }

    /// Reads such a message; nil when it is none.
    init?(_ message: StreamMessage) {
        guard case .float(let turns)? = message["rot"]?.elements, turns.count == 4 * HumanJoint.count,
            case .float(let place)? = message["root_pos"]?.elements, place.count == 3,
            (turns + place).allSatisfy(\.isFinite)
        else { return nil }
        self.init(pelvis: Vector3(Double(place[0]), Double(place[1]), Double(place[2])))
        for joint in HumanJoint.allCases {
            let q = turns[4 * joint.rawValue..<4 * joint.rawValue + 4].map(Double.init)
            let turn = Quaternion(w: q[0], x: q[1], y: q[2], z: q[3])
            guard turn.length > 0.5 else { return nil }
            rotations[joint] = turn.normalized
        }
        if case .float(let values)? = message["contacts"]?.elements, values.count == 4 {
            let c = values.map(Double.init)
            contacts = FootContacts(leftAnkle: c[0], leftToe: c[1], rightAnkle: c[2], rightToe: c[3])
        }
    }

    fileprivate func mixed(with other: HumanFrame, _ share: Double) -> HumanFrame {
        var frame = self
        for joint in HumanJoint.allCases {
            let turn = (rotations[joint].conjugate * other.rotations[joint]).rotationVector
            frame.rotations[joint] = (rotations[joint] * Quaternion(rotationVector: turn * share)).normalized
        }
        frame.pelvis = pelvis + (other.pelvis - pelvis) * share
        if share >= 0.5 { frame.contacts = other.contacts }
        return frame
    }
}
