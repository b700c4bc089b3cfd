internal import FoundationEssentials
internal import Geometry
internal import Glibc
package import JSON
package import Logging
internal import Robots
package import ServiceCore
internal import Synchronization
internal import Timeline
package import Wire

/// Writes what is asked, made and published to an MCAP file while a recording runs.
///
/// Channels: `request` and the topics of the events socket (JSON); `generated.<robot>.`, `retargeted.<robot>.` and
/// `reference.<robot>.` (the native messages as they were sent) and `human.<person>.` (live people, as the people socket takes
/// them) in the container of the stream; and for viewers
/// `/<robot>/joint_states` and `/<robot>/tf` in Foxglove's schemas, and `/<robot>/robot_description` (URDF).
package actor Recorder {
    private let folder: String?
    private let robots: [ActiveRobot]
    private let identity: DaemonIdentity
    private let log: Logger
    private let mailbox = Mailbox()
    private var session: Session?
    private var last: (name: String, problem: String?, bytes: Int, messages: Int)?
    private let tell: @Sendable (String, RobotEvent) -> Void

    /// What other threads leave for the recording.
    private final class Mailbox: Sendable {
        let isOpen = Atomic(false)
        let notes = Mutex<[Note]>([])
    }

    private struct Note: Sendable {
        var topic: String
        var nanoseconds: Int64
        var data: [UInt8]
        var encoding = Encoding.json
    }

    private enum Encoding: String {
        case json
        /// The container of the stream.
        case kmmd
    }

    private struct Session {
        var name: String
        var descriptor: Int32
        var writer: MCAPWriter
        var channels: [String: UInt16] = [:]
        var schemas: [RecordingSchema: UInt16] = [:]
        var viewers: [String: Viewer] = [:]
        var bytes = 0
        var messages = 0
        var lostBefore = 0
        var task: Task<Void, Never>?
    }

    /// What a viewer needs of one robot.
    private struct Viewer {
        var profile: String
        var names: [String]
        var joints: UInt16
        var transforms: UInt16
        var workspace: KinematicWorkspace
    }

    /// Notes that wait at most; more are left out.
    private static let mostNotes = 100_000

    /// A recorder for files in a folder, which is made when it is first needed; nil refuses every recording. `tell` hears
    /// for every robot of a recording that ends by itself.
    package init(
        folder: String?, robots: [ActiveRobot], identity: DaemonIdentity, log: Logger,
        tell: @escaping @Sendable (String, RobotEvent) -> Void
    ) {
        self.folder = folder
        self.robots = robots
        self.identity = identity
        self.log = log
        self.tell = tell
    }

    // MARK: Any thread

    /// Leaves a message for the recording, if one runs.
    package nonisolated func note(_ topic: String, _ data: @autoclosure () -> [UInt8]) {
        guard mailbox.isOpen.load(ordering: .acquiring) else { return }
        leave(Note(topic: topic, nanoseconds: Clock.wall(), data: data()))
    }

    /// Leaves what was generated and what was made of it for the recording, if one runs.
    nonisolated func note(_ humanChunk: HumanChunk, waypoints: [MotionWaypoint], tag: MotionTag, robot: String) {
        guard mailbox.isOpen.load(ordering: .acquiring) else { return }
        let time = Clock.wall()
        for message in [humanChunk.generated(tag, robot: robot), humanChunk.retargeted(waypoints, tag, robot: robot)] {
            guard let bytes = try? message.encoded() else { continue }
            leave(Note(topic: message.topic, nanoseconds: time, data: bytes, encoding: .kmmd))
        }
    }

    /// Leaves how a live person was seen, if a recording runs.
    nonisolated func note(_ person: @autoclosure () -> StreamMessage) {
        guard mailbox.isOpen.load(ordering: .acquiring) else { return }
        let message = person()
        guard let bytes = try? message.encoded() else { return }
        leave(Note(topic: message.topic, nanoseconds: Clock.wall(), data: bytes, encoding: .kmmd))
    }

    private nonisolated func leave(_ note: Note) {
        mailbox.notes.withLock { notes in
            if notes.count < Self.mostNotes { notes.append(note) }
        }
    }

    // MARK: The verb

    /// Begins a recording; `name` is that of the file, without its ending.
    package func start(_ name: String?) throws(RequestError) -> RecordAnswer {
        if let session {
            throw RequestError(.invalidCombination, "\"\(session.name)\" is being recorded; stop that first")
        }
        let name = try Recorder.checked(name ?? "recording-\(Clock.wall() / 1_000_000)")
        let path = try path(of: name)
        if let folder {
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw RequestError(.failed, "\(path): \(String(cString: strerror(errno)))", field: "body.name")
        }
        var session = Session(
            name: name, descriptor: descriptor, writer: MCAPWriter(library: "kmmd \(identity.build)"))
        let joints = session.writer.addSchema(
            FoxgloveSchema.jointStates.rawValue, encoding: "protobuf", data: FoxgloveSchema.jointStates.descriptor)
        let transforms = session.writer.addSchema(
            FoxgloveSchema.frameTransforms.rawValue, encoding: "protobuf",
            data: FoxgloveSchema.frameTransforms.descriptor)
        for robot in robots {
            let profile = robot.profile
            if let tree = try? KinematicTree(profile) {
                session.viewers[robot.name] = Viewer(
                    profile: profile.contentHash, names: profile.jointNames,
                    joints: session.writer.addChannel(
                        "/\(robot.name)/joint_states", encoding: "protobuf", schema: joints),
                    transforms: session.writer.addChannel(
                        "/\(robot.name)/tf", encoding: "protobuf", schema: transforms),
                    workspace: KinematicWorkspace(tree))
            }
            session.lostBefore += robot.channel.tap.lost
            robot.channel.tap.open(true)
        }
        mailbox.isOpen.store(true, ordering: .releasing)
        session.task = Task {
            var turns = 0
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(100))
                turns += 1
                // Whatever happens to the process, only the last second is lost.
                write(closesChunk: turns.isMultiple(of: 10))
            }
        }
        self.session = session
        for robot in robots {
            let description: JSONValue = ["data": .string(robot.profile.urdf)]
            note("/\(robot.name)/robot_description", description.encoded)
        }
        for robot in robots { note("profile.\(robot.name).", JSONValue(encoding: robot.description(identity)).encoded) }
        log.notice("recording to \(path)")
        return RecordAnswer(recording: name, state: "recording")
    }

    /// Ends the recording.
    package func stop() throws(RequestError) -> RecordAnswer {
        guard let session else {
            let reason = last?.problem.map { "; the last one ended: \($0)" } ?? ""
            throw RequestError(.invalidCombination, "nothing is being recorded" + reason)
        }
        session.task?.cancel()
        write(closesChunk: true)
        if self.session != nil { finish(problem: nil) }
        if let problem = last?.problem {
            throw RequestError(.failed, "the recording \(session.name) ended: \(problem)")
        }
        let lost = robots.reduce(0) { $0 + $1.channel.tap.lost } - session.lostBefore
        return RecordAnswer(
            recording: session.name, state: "stopped", lost: lost, bytes: last?.bytes, messages: last?.messages)
    }

    /// The recording that runs.
    package var current: RecordAnswer {
        get throws(RequestError) {
            guard let session else {
                throw RequestError(.invalidCombination, "nothing is being recorded; `record` with `start` begins that")
            }
            return RecordAnswer(recording: session.name, state: "recording")
        }
    }

    /// Ends whatever runs; for the daemon's end.
    package func close() { _ = try? stop() }

    /// How the recording fares, for `status`.
    package var report: JSONValue {
        guard let session else {
            return ["state": "idle", "recording": JSONValue(last?.name), "problem": JSONValue(last?.problem)]
        }
        return [
            "state": "recording", "recording": .string(session.name), "bytes": JSONValue(session.bytes),
            "messages": JSONValue(session.messages),
        ]
    }

    /// Where the recording of that name is.
    package func path(of name: String) throws(RequestError) -> String {
        guard let folder else {
            throw RequestError(.failed, "this daemon has no folder for recordings; start it with a state folder")
        }
        return "\(folder)/\(try Recorder.checked(name)).mcap"
    }

    private static func checked(_ name: String) throws(RequestError) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, (1...64).contains(name.utf8.count), !name.hasPrefix(".") else {
            throw RequestError(
                .outOfRange, "a recording's name has 1 to 64 letters, digits, - _ and ., not . first",
                field: "body.name")
        }
        return name
    }

    // MARK: Writing

    private func write(closesChunk: Bool) {
        guard var session else { return }
        let notes = mailbox.notes.withLock { notes -> [Note] in
            let taken = notes
            notes.removeAll(keepingCapacity: true)
            return taken
        }
        for note in notes { add(note, to: &session) }
        for robot in robots {
            for message in robot.channel.tap.drain() { add(message, of: robot, to: &session) }
        }
        if closesChunk { session.writer.closeChunk() }
        store(&session)
    }

    private func add(_ note: Note, to session: inout Session) {
        let channel: UInt16
        if let known = session.channels[note.topic] {
            channel = known
        } else {
            // A topic for every command would be a channel for every command.
            let topic = note.topic.hasPrefix("event.") ? "event." : note.topic
            channel =
                session.channels[topic]
                ?? session.writer.addChannel(
                    topic, encoding: note.encoding.rawValue, schema: schema(of: topic, in: &session))
            session.channels[topic] = channel
        }
        session.writer.write(note.data, channel: channel, at: note.nanoseconds)
        session.messages += 1
    }

    /// Number of the schema of a topic's messages; 0 for none.
    private func schema(of topic: String, in session: inout Session) -> UInt16 {
        let isDescription = topic.hasSuffix("/robot_description")
        guard let schema = isDescription ? .robotDescription : RecordingSchema(topic: topic) else { return 0 }
        if let known = session.schemas[schema] { return known }
        let number = session.writer.addSchema(schema.rawValue, encoding: "jsonschema", data: schema.json.encoded)
        session.schemas[schema] = number
        return number
    }

    private func add(_ bytes: [UInt8], of robot: ActiveRobot, to session: inout Session) {
        guard let message = try? StreamMessage(decoding: bytes),
            let time = message.header.first(where: { $0.key == "t_wall_ns" })?.value.integer
        else { return }
        add(Note(topic: message.topic, nanoseconds: time, data: bytes, encoding: .kmmd), to: &session)
        follow(message, robot, &session)
        guard let viewer = session.viewers[robot.name], let configuration = message.configuration,
            case .float(let velocities)? = message["joint_vel"]?.elements,
            configuration.jointPositions.count == viewer.names.count
        else { return }
        viewer.workspace.update(configuration)
        let joints = FoxgloveSchema.jointStates(
            at: time, names: viewer.names, positions: configuration.jointPositions,
            velocities: velocities.map(Double.init))
        session.writer.write(joints, channel: viewer.joints, at: time)
        let names = viewer.workspace.tree.bodyNames
        let frames = names.indices.map {
            (parent: "world", child: "\(robot.name)/\(names[$0])", pose: viewer.workspace.pose(ofBody: $0))
        }
        session.writer.write(
            FoxgloveSchema.frameTransforms(at: time, frames), channel: viewer.transforms, at: time)
    }

    /// Takes over the robot's newest profile when its messages begin to be of that.
    private func follow(_ message: StreamMessage, _ robot: ActiveRobot, _ session: inout Session) {
        let hash = message.header.first { $0.key == "profile" }?.value.string
        guard var viewer = session.viewers[robot.name], hash != viewer.profile else { return }
        let profile = robot.profile
        guard profile.contentHash == hash, let tree = try? KinematicTree(profile) else { return }
        viewer.profile = profile.contentHash
        viewer.names = profile.jointNames
        viewer.workspace = KinematicWorkspace(tree)
        session.viewers[robot.name] = viewer
    }

    private func store(_ session: inout Session) {
        let problem = append(to: &session)
        self.session = session
        guard let problem else { return }
        session.task?.cancel()
        finish(problem: problem)
    }

    /// Writes what is ready; says why not when that cannot be.
    private func append(to session: inout Session) -> String? {
        let bytes = session.writer.takeBytes()
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(session.descriptor, buffer.baseAddress.map { $0 + start }, bytes.count - start)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return String(cString: strerror(errno)) }
            start += written
            session.bytes += written
        }
        return nil
    }

    private func finish(problem earlier: String?) {
        mailbox.isOpen.store(false, ordering: .releasing)
        for robot in robots { robot.channel.tap.open(false) }
        guard var session else { return }
        var problem = earlier
        if problem == nil {
            session.writer.finish()
            problem = append(to: &session)
        }
        Glibc.close(session.descriptor)
        last = (session.name, problem, session.bytes, session.messages)
        self.session = nil
        if let problem {
            log.error("the recording \(session.name) ended: \(problem)")
            let event = RobotEvent.recording(.init(recording: session.name, problem: problem))
            for robot in robots { tell(robot.name, event) }
        } else {
            log.notice("recorded \(session.name): \(session.messages) messages")
        }
    }
}
