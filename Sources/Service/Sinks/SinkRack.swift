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
        func encoder<Encoder: ~Copyable>(
            _ make: () throws(SinkError) -> Encoder
        ) throws(StartError) -> Encoder {
            do throws(SinkError) { return try make() } catch { throw .sink(error) }
        }
        func holoMotion(_ format: HoloMotionEncoder.Format) throws(StartError) -> HoloMotionEncoder {
            try encoder { () throws(SinkError) in try HoloMotionEncoder(format, profile: profile, streamRate: rate) }
        }
        func redis(_ format: TwistEncoder.Format) throws(StartError) -> RedisSink {
            RedisSink(
                try encoder { () throws(SinkError) in try TwistEncoder(format, profile: profile, streamRate: rate) },
                over: try RedisConnection(configuration.endpoint),
                report: SinkReport(
                    robot: profile.name, format: configuration.format, endpoint: configuration.endpoint))
        }
        switch configuration.format {
        case .sonic:
            let sonic = try encoder { () throws(SinkError) in
                try SonicEncoder(profile: profile, streamRate: rate, lookAhead: configuration.lookAhead)
            }
            return SonicSink(
                try publishing(sonic, configuration, profile, context), sendsControl: configuration.sendsControl,
                streamRate: rate)
        case .holomotion: return try publishing(try holoMotion(.referenceQPos), configuration, profile, context)
        case .obs65: return try publishing(try holoMotion(.obs65), configuration, profile, context)
        case .sim2real:
            let sim2real = try encoder { () throws(SinkError) in
                try Sim2RealEncoder(profile: profile, streamRate: rate)
            }
            return try publishing(sim2real, configuration, profile, context)
        case .twist: return try redis(.twist)
        case .twist2: return try redis(.twist2)
        }
    }

    private static func publishing<Encoder: SinkEncoder & ~Copyable>(
        _ encoder: consuming Encoder, _ configuration: SinkConfiguration, _ profile: RobotProfile, _ context: Context
    ) throws(StartError) -> SocketSink<Encoder> {
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
        return SocketSink(encoder, on: socket, report: report)
    }
}
