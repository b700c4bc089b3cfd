internal import JSON
package import Logging
internal import Messaging
internal import Robots
package import ServiceCore
internal import Timeline
internal import Wire

/// Takes in where the robots are, and watches that it stays known. Belongs to the thread of the command server.
///
/// A robot whose configured source falls silent, or sends what cannot be, is held; when its source is sound again it goes on,
/// unless it was held by someone else in between or is too far from its reference.
package final class StateSources {
    /// What is told of a robot's source.
    enum State: Equatable {
        case fresh
        case lost
        case refused(String)
    }

    private struct Source {
        let robot: ActiveRobot
        /// Nil when whatever comes to the state socket counts, and its end means nothing.
        let configuration: SourceConfiguration?
        let decoder: FeedbackDecoder?
        var socket: Socket?
        var state: State?
        var clock = SenderClock()
        /// Whether the hold in force is ours.
        var holds = false
    }

    private var sources: [Source] = []
    private let log: Logger
    private let started = Clock.monotonic()
    /// Messages that came.
    private(set) var messages = 0
    /// Those that could not be used.
    private(set) var refused = 0
    /// Hears of every change.
    var onChange: (SourceEvent) -> Void = { _ in }
    /// Hears of every state that can be used.
    var onState: (MeasuredState, ActiveRobot, Int64) -> Void = { _, _, _ in }

    /// Messages taken from one socket before the others get their turn.
    private static let messagesPerTurn = 64

    /// The sources of all robots; `configurations` name at most one for each.
    package init(_ configurations: [SourceConfiguration], robots: RobotList, log: Logger) throws(StartError) {
        self.log = log
        for robot in robots.all {
            let own = configurations.filter { ($0.robot ?? robots.default.name) == robot.name }
            guard own.count < 2 else {
                throw .invalidConfiguration("\(robot.name) has \(own.count) sources of measured state; one is enough")
            }
            var decoder: FeedbackDecoder?
            if let format = own.first?.format.decoded {
                do throws(SinkError) {
                    decoder = try FeedbackDecoder(format, profile: robot.profile)
                } catch {
                    throw .sink(error)
                }
            }
            sources.append(Source(robot: robot, configuration: own.first, decoder: decoder))
        }
    }

    /// Connects to the controllers; returns the sockets, each with the source to `read` when it can be read.
    func open(in context: Context) throws(StartError) -> [(socket: Socket, source: Int)] {
        var opened: [(socket: Socket, source: Int)] = []
        for index in sources.indices {
            guard let decoder = sources[index].decoder, let endpoint = sources[index].configuration?.endpoint else {
                continue
            }
            do throws(MessagingError) {
                var options = Socket.Options()
                options.receiveHighWater = 8
                let socket = try Socket(.subscribe, options: options, in: context)
                try socket.subscribe(decoder.format.topic)
                try socket.connect(endpoint)
                sources[index].socket = socket
                opened.append((socket, index))
            } catch {
                throw .socket(name: decoder.format.rawValue, error)
            }
        }
        return opened
    }

    func close() {
        for source in sources { source.socket?.close() }
    }

    // MARK: Messages

    /// Takes what waits, of which only the newest counts.
    func read(_ index: Int) {
        guard let socket = sources[index].socket, let decoder = sources[index].decoder else { return }
        var newest: [UInt8]?
        for _ in 0..<Self.messagesPerTurn {
            guard let received = try? socket.receive() else { break }
            messages += 1
            newest = received.parts.first
        }
        guard let newest else { return }
        do throws(MeasuredStateError) {
            try take(try decoder.state(from: newest), at: index)
        } catch {
            refuse(error, at: index)
        }
    }

    /// Takes what came to the state socket.
    func takeNative(_ bytes: [UInt8]?) {
        messages += 1
        guard let bytes, let message = try? StreamMessage(decoding: bytes) else {
            refused += 1
            return
        }
        let name = message.topic.split(separator: ".").dropFirst().first.map(String.init) ?? ""
        guard let index = sources.firstIndex(where: { $0.robot.name == name && $0.decoder == nil }) else {
            refused += 1
            return
        }
        do throws(MeasuredStateError) {
            try take(try MeasuredState(message), at: index)
        } catch {
            refuse(error, at: index)
        }
    }

    private func take(_ state: MeasuredState, at index: Int) throws(MeasuredStateError) {
        let joints = sources[index].robot.profile.drivenJoints.count
        guard state.jointPositions.count == joints else {
            throw .count("joint_pos", found: state.jointPositions.count, expected: joints)
        }
        let lateness =
            state.wallNanoseconds.map { sources[index].clock.lateness(sent: $0, received: Clock.monotonic()) } ?? 0
        // What was stuck on the way says nothing of now.
        guard lateness <= RobotChannel.measuredAge else { return }
        let time = Clock.monotonic() - max(lateness, 0)
        sources[index].robot.channel.take(state, at: time)
        onState(state, sources[index].robot, time)
        change(index, to: .fresh)
    }

    private func refuse(_ error: MeasuredStateError, at index: Int) {
        refused += 1
        sources[index].robot.channel.forgetMeasured()
        change(index, to: .refused("\(error)"))
    }

    /// Looks which sources have fallen silent; call it a few times a second.
    func check() {
        let now = Clock.monotonic()
        for index in sources.indices {
            let isSilent = sources[index].robot.channel.measured(at: now) == nil
            switch sources[index].state {
            case .fresh: if isSilent { change(index, to: .lost) }
            case nil:
                let isExpected = sources[index].configuration != nil
                if isExpected, isSilent, now - started > 4 * RobotChannel.measuredAge { change(index, to: .lost) }
            case .lost, .refused: break
            }
        }
    }

    /// Whether a robot is held as it is not known where it is, or was not and is now found too far away.
    func holds(_ robot: String) -> Bool { sources.contains { $0.robot.name == robot && $0.holds } }

    /// Whether it is not known where a robot is that is held for that.
    func holdsBlindly(_ robot: String) -> Bool {
        sources.contains { $0.robot.name == robot && $0.holds && $0.state != .fresh }
    }

    /// A hold, stop, halt or resume came from someone else: what we held is theirs now.
    func yield(_ robot: String) {
        for index in sources.indices where sources[index].robot.name == robot { sources[index].holds = false }
    }

    // MARK: What follows

    private func change(_ index: Int, to state: State) {
        let before = sources[index].state
        guard before != state else { return }
        sources[index].state = state
        let robot = sources[index].robot
        var reason: String?
        switch state {
        case .fresh:
            log.notice("measured state comes in", metadata: ["robot": "\(robot.name)"])
            if sources[index].holds { reason = release(index) }
        case .lost: reason = "no message for \(RobotChannel.measuredAge / 1_000_000) ms"
        case .refused(let why): reason = why
        }
        if state != .fresh {
            log.warning("no measured state: \(reason ?? "")", metadata: ["robot": "\(robot.name)"])
            // A source that never was there is missed only at the start.
            if before != nil, sources[index].configuration != nil { hold(index) }
        }
        let name =
            switch state {
            case .fresh: "fresh"
            case .lost: "lost"
            case .refused: "refused"
            }
        onChange(
            SourceEvent(
                robot: robot.name, source: (sources[index].configuration?.format ?? .native).rawValue, state: name,
                reason: reason, held: sources[index].holds))
    }

    private func hold(_ index: Int) {
        let robot = sources[index].robot
        guard !sources[index].holds, !robot.channel.status.isHeld else { return }
        sources[index].holds = (try? robot.channel.perform(.hold, of: robot.profile)) != nil
    }

    /// Ends our hold; says why not when that cannot be.
    private func release(_ index: Int) -> String? {
        let robot = sources[index].robot
        do throws(RequestError) {
            _ = try robot.channel.perform(.resume, of: robot.profile)
            sources[index].holds = false
            return nil
        } catch {
            return error.message
        }
    }
}
