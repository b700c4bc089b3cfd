public import Geometry
public import Robots
public import Timeline

/// The references of one robot in a recording, in the order in which they were published.
public struct RecordedStream: Sendable {
    /// Name of the robot.
    public let robot: String
    /// Frames per second.
    public let rate: Int
    /// The frames.
    public let frames: [RobotConfiguration]
    /// Contacts of each frame, in [0, 1].
    public let contacts: [[Float]]
    /// Places where frames are missing.
    public let gaps: Int

    /// Longest recording that is played again, seconds.
    public static let longest = 7200.0

    /// Length, seconds.
    public var duration: Double { Double(frames.count) / Double(rate) }

    /// Reads the references of a robot out of a recording.
    ///
    /// - Parameters:
    ///   - recording: The recording.
    ///   - profile: The robot, which must have the joints of the one that was recorded.
    /// - Throws: Why they cannot be played on that robot.
    public init(_ recording: MCAPReader, of profile: RobotProfile) throws(ReplayError) {
        let topic = "reference.\(profile.name)."
        let names = recording.messages.first { $0.topic == "profile.\(profile.name)." }.flatMap {
            try? JSONValue(parsing: $0.data)["joint_names"]?.array?.compactMap(\.string)
        }
        if let names, names != profile.jointNames { throw .otherJoints(robot: profile.name) }
        var (frames, contacts): ([RobotConfiguration], [[Float]]) = ([], [])
        var (rate, gaps): (Int?, Int) = (nil, 0)
        var previous: Int64?
        for message in recording.messages where message.topic == topic {
            guard let decoded = try? StreamMessage(decoding: Array(message.data)),
                let configuration = decoded.configuration, configuration.isFinite,
                configuration.jointPositions.count == profile.jointNames.count
            else { throw .damaged(frame: frames.count) }
            let header = JSONValue.object(decoded.header)
            guard let number = header["frame"]?.integer, let own = header["rate_hz"]?.number,
                rate == nil || rate == Int(own), (1...1000).contains(own)
            else { throw .damaged(frame: frames.count) }
            rate = Int(own)
            if let previous, number != previous + 1 { gaps += 1 }
            previous = number
            frames.append(configuration)
            if case .float(let values)? = decoded["contacts"]?.elements { contacts.append(values) }
        }
        guard let rate, frames.count > 1 else { throw .nothing(robot: profile.name) }
        guard Double(frames.count) <= Double(rate) * RecordedStream.longest else {
            throw .tooLong(seconds: Double(frames.count) / Double(rate))
        }
        guard contacts.count == frames.count, Set(contacts.map(\.count)).count == 1 else { throw .damaged(frame: 0) }
        robot = profile.name
        self.rate = rate
        self.frames = frames
        self.contacts = contacts
        self.gaps = gaps
    }

    /// The frames as waypoints for a resampler of the same rate.
    public var waypoints: [MotionWaypoint] {
        zip(frames, contacts).map { MotionWaypoint(configuration: $0, contacts: $1) }
    }
}

/// What becomes of a recording when it is published again: the publish path run dry, with its limiter, into nothing.
public struct ReplayRehearsal: Hashable, Sendable {
    /// Frames in the recording.
    public var recordedFrames: Int
    /// Frames published until the robot rests again.
    public var publishedFrames = 0
    /// Greatest difference of a joint between a recorded frame and the one published for it, rad or m.
    public var greatestDifference = 0.0
    /// Frames in which the whole motion was slowed down.
    public var slowedFrames = 0
    /// Whether every frame of the recording was reached.
    public var isComplete = false

    /// Runs a recording through a player of the robot at a stream rate.
    public init(_ stream: RecordedStream, profile: RobotProfile, streamRate: Int) throws(ReplayError) {
        recordedFrames = stream.frames.count
        var player = RobotPlayer(
            profile: profile, start: stream.frames.first, streamRate: streamRate,
            contactCount: stream.contacts.first?.count ?? 0)
        var source = ReplaySource(stream, streamRate: streamRate, number: 1)
        var frame = player.makeFrame()
        var reached = -1.0
        // Slowed down to a tenth it takes ten times as long; longer takes none.
        let most = 10 * Int(stream.duration * Double(streamRate)) + 10 * streamRate
        while publishedFrames < most {
            if frame.framesAhead < Int64(10 * streamRate) || publishedFrames == 0, let edit = try source.next() {
                if case .refused(let refusal) = player.apply(edit) { throw .refused(refusal) }
            }
            player.tick(into: &frame)
            publishedFrames += 1
            if frame.trajectory == source.trajectory {
                reached = max(reached, frame.waypoint)
                let waypoint = Int(frame.waypoint.rounded())
                if abs(frame.waypoint - frame.waypoint.rounded()) < 1e-6, stream.frames.indices.contains(waypoint) {
                    for (a, b) in zip(frame.jointPositions, stream.frames[waypoint].jointPositions) {
                        greatestDifference = max(greatestDifference, abs(a - b))
                    }
                }
            }
            if frame.isSettled, source.isOver { break }
        }
        slowedFrames = player.limiterCounts.slowedFrames
        isComplete = reached >= Double(stream.frames.count - 1) - 1e-6
    }
}

/// Gives a recording out as edits, some seconds at a time.
public struct ReplaySource: Sendable {
    /// Identity of the motion on the timeline.
    public let trajectory: UInt64
    /// Whether all has been given out.
    public var isOver: Bool { place == waypoints.count }
    private let waypoints: [MotionWaypoint]
    private let size: Int
    private let number: UInt64
    private var resampler: MotionResampler
    private var place = 0

    /// Begins a recording anew; `number` tells replays of one robot apart.
    public init(_ stream: RecordedStream, facing: Quaternion = .identity, streamRate: Int, number: UInt64) {
        // Far from the numbers that a planner counts up from 1.
        trajectory = 1 << 62 | number
        self.number = number
        waypoints = stream.waypoints
        size = 5 * stream.rate
        resampler = MotionResampler(
            trajectory: trajectory, jointCount: stream.frames[0].jointPositions.count,
            contactCount: stream.contacts[0].count, streamRate: streamRate, waypointRate: stream.rate,
            facing: facing)
    }

    /// The next edit; nil when all has been given out.
    public mutating func next() throws(ReplayError) -> PlayerEdit? {
        guard !isOver else { return nil }
        let isFirst = place == 0
        let part = waypoints[place..<min(place + size, waypoints.count)]
        place += part.count
        do throws(MotionError) {
            var chunk = try resampler.append(
                Array(part), tag: .none, endsSegment: isOver, endsCommand: isOver)
            if isOver { chunk.append(resampler.finish()) }
            return isFirst ? .replace(chunk) : .append(chunk)
        } catch {
            throw .motion(error)
        }
    }
}

/// Why a recording cannot be published again.
public enum ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The recording has no references of the robot.
    case nothing(robot: String)
    /// The robot's joints were others when it was recorded.
    case otherJoints(robot: String)
    /// A reference in the recording cannot be read, or does not fit.
    case damaged(frame: Int)
    /// The recording is longer than ``RecordedStream/longest``.
    case tooLong(seconds: Double)
    /// A frame does not fit the stream.
    case motion(MotionError)
    /// The player did not take the motion.
    case refused(EditRefusal)

    /// What was wrong.
    public var description: String {
        switch self {
        case .nothing(let robot): "the recording has no references of \(robot)"
        case .otherJoints(let robot): "the recording is of a \(robot) with other joints"
        case .damaged(let frame): "the reference number \(frame) of the recording cannot be used"
        case .tooLong(let seconds):
            "the recording lasts \(Int(seconds)) s; at most \(Int(RecordedStream.longest)) s are played"
        case .motion(let error): "the recording does not fit the stream: \(error)"
        case .refused(let refusal): "the motion was refused: \(refusal.rawValue)"
        }
    }
}
