internal import Messaging
internal import Robots
internal import Timeline
internal import Wire

/// The sinks of one robot, and the frames to come that they share. Belongs to the publisher thread.
final class SinkRack {
    private var ahead: LookAhead?
    private let sinks: [any ReferenceSink]

    /// Binds and connects the sinks that `configurations` name for the robot.
    init(
        _ configurations: [SinkConfiguration], of robot: RobotProfile, player: RobotPlayer, context: Context
    ) throws(StartError) {
        var sinks: [any ReferenceSink] = []
        for configuration in configurations {
            sinks.append(try SinkRack.sink(configuration, robot, player.streamRate, context))
        }
        self.sinks = sinks
        let count = sinks.map(\.frameCount).max() ?? 0
        if count > 0 { ahead = LookAhead(of: player, count: count) }
    }

    /// How the sinks fare.
    var reports: [SinkReport] { sinks.map(\.report) }

    /// Whether every sink could go over to another profile of its robot.
    static func check(
        _ configurations: [SinkConfiguration], _ profile: RobotProfile, _ rate: Int
    ) throws(SinkError) {
        for configuration in configurations {
            switch configuration.format {
            case .sonic:
                _ = try SonicEncoder(profile: profile, streamRate: rate, lookAhead: configuration.lookAhead)
            case .holomotion: _ = try HoloMotionEncoder(.referenceQPos, profile: profile, streamRate: rate)
            case .obs65: _ = try HoloMotionEncoder(.obs65, profile: profile, streamRate: rate)
            case .sim2real: _ = try Sim2RealEncoder(profile: profile, streamRate: rate)
            case .twist: _ = try TwistEncoder(.twist, profile: profile, streamRate: rate)
            case .twist2: _ = try TwistEncoder(.twist2, profile: profile, streamRate: rate)
            }
        }
    }

    /// Goes over to another profile of the robot, which has been checked, and to its player; allocates.
    func follow(_ profile: RobotProfile, _ player: RobotPlayer) {
        for sink in sinks { try? sink.follow(profile, streamRate: player.streamRate) }
        let count = sinks.map(\.frameCount).max() ?? 0
        if count > 0 { ahead = LookAhead(of: player, count: count) }
    }

    /// Looks ahead; called before the player's tick, after its edits.
    func prepare(_ player: inout RobotPlayer, isEdited: Bool) { ahead?.update(with: &player, isEdited: isEdited) }

    /// Hands the frame of the tick to every sink.
    func publish(stamp: ReferenceStamp) {
        guard let ahead else { return }
        for sink in sinks { sink.publish(ahead, stamp: stamp) }
    }

    func close() {
        for sink in sinks { sink.close() }
    }

    private static func sink(
        _ configuration: SinkConfiguration, _ profile: RobotProfile, _ rate: Int, _ context: Context
    ) throws(StartError) -> any ReferenceSink {
        func holoMotion(_ format: HoloMotionEncoder.Format) throws(StartError) -> any ReferenceSink {
            try publishing(configuration, profile, rate, context) { profile, rate throws(SinkError) in
                try HoloMotionEncoder(format, profile: profile, streamRate: rate)
            }
        }
        func redis(_ format: TwistEncoder.Format) throws(StartError) -> any ReferenceSink {
            let make: EncoderMaker<TwistEncoder> = { profile, rate throws(SinkError) in
                try TwistEncoder(format, profile: profile, streamRate: rate)
            }
            return RedisSink(
                make, try encoder(profile, rate, make), over: try RedisConnection(configuration.endpoint),
                report: SinkReport(
                    robot: profile.name, format: configuration.format, endpoint: configuration.endpoint))
        }
        switch configuration.format {
        case .sonic:
            let lookAhead = configuration.lookAhead
            let sonic = try publishing(configuration, profile, rate, context) { profile, rate throws(SinkError) in
                try SonicEncoder(profile: profile, streamRate: rate, lookAhead: lookAhead)
            }
            return SonicSink(sonic, sendsControl: configuration.sendsControl, streamRate: rate)
        case .holomotion: return try holoMotion(.referenceQPos)
        case .obs65: return try holoMotion(.obs65)
        case .sim2real:
            return try publishing(configuration, profile, rate, context) { profile, rate throws(SinkError) in
                try Sim2RealEncoder(profile: profile, streamRate: rate)
            }
        case .twist: return try redis(.twist)
        case .twist2: return try redis(.twist2)
        }
    }

    private static func encoder<Encoder: ~Copyable>(
        _ profile: RobotProfile, _ rate: Int, _ make: EncoderMaker<Encoder>
    ) throws(StartError) -> Encoder {
        do throws(SinkError) { return try make(profile, rate) } catch { throw .sink(error) }
    }

    private static func publishing<Encoder: SinkEncoder & ~Copyable>(
        _ configuration: SinkConfiguration, _ profile: RobotProfile, _ rate: Int, _ context: Context,
        _ make: @escaping EncoderMaker<Encoder>
    ) throws(StartError) -> SocketSink<Encoder> {
        let encoder = try encoder(profile, rate, make)
        let socket: Socket
        let endpoint: String
        do throws(MessagingError) {
            var options = Socket.Options()
            // A stalled receiver must not play old motion; a farewell shall still leave.
            options.sendHighWater = 4
            options.linger = 200
            socket = try Socket(.publish, options: options, in: context)
            endpoint = try socket.bind(configuration.endpoint)
        } catch {
            throw .socket(name: configuration.format.rawValue, error)
        }
        let report = SinkReport(robot: profile.name, format: configuration.format, endpoint: endpoint)
        return SocketSink(make, encoder, on: socket, report: report)
    }
}
