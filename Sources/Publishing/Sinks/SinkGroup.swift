internal import Messaging
internal import Robots
internal import ServiceCore
internal import Timeline
internal import Wire

/// The sinks of one robot, and the frames to come that they share. Belongs to the publisher thread.
final class SinkGroup {
    private var ahead: LookAhead?
    private var people: HumanLookAhead?
    private var track: HumanTrack?
    private let sinks: [any ReferenceSink]

    /// Where sinks' sockets live.
    private struct Place {
        let context: Context
        /// Watches their peers; their formats know no keys.
        let security: any SocketSecurity
    }

    /// Binds and connects the sinks that `configurations` name for the robot.
    init(
        _ configurations: [SinkConfiguration], of robot: RobotProfile, player: RobotPlayer, context: Context,
        security: any SocketSecurity
    ) throws(StartError) {
        var sinks: [any ReferenceSink] = []
        for configuration in configurations {
            let place = Place(context: context, security: security)
            sinks.append(try SinkGroup.sink(configuration, robot, player.streamRate, place))
        }
        self.sinks = sinks
        lookAhead(player)
        if people != nil { track = HumanTrack() }
    }

    /// Makes room for what the sinks need to know ahead.
    private func lookAhead(_ player: RobotPlayer) {
        let count = sinks.map(\.frameCount).max() ?? 0
        if count > 0 { ahead = LookAhead(of: player, count: count) }
        let persons = sinks.map(\.personCount).max() ?? 0
        if persons > 0 { people = HumanLookAhead(count: persons, streamRate: player.streamRate, after: people) }
    }

    /// How the sinks fare.
    var reports: [SinkReport] { sinks.map(\.report) }

    /// Whether every sink could go over to another profile of its robot.
    static func check(
        _ configurations: [SinkConfiguration], _ profile: RobotProfile, _ rate: Int
    ) throws(SinkError) {
        for configuration in configurations {
            let window = configuration.lookAhead
            switch configuration.format {
            case .sonic: _ = try sonic(window)(profile, rate)
            case .sonicSMPL: _ = try sonicSMPL(window)(profile, rate)
            case .holomotion: _ = try holoMotion(.referenceQPos)(profile, rate)
            case .obs65: _ = try holoMotion(.obs65)(profile, rate)
            case .sim2real: _ = try Sim2RealEncoder(profile: profile, streamRate: rate)
            case .sim2realSMPL: _ = try Sim2RealSMPLEncoder(profile: profile, streamRate: rate)
            case .lerobotSMPL: _ = try LeRobotSMPLEncoder(profile: profile, streamRate: rate)
            case .twist: _ = try twist(.twist)(profile, rate)
            case .twist2: _ = try twist(.twist2)(profile, rate)
            }
        }
    }

    /// Goes over to another profile of the robot, which has been checked, and to its player; allocates.
    func follow(_ profile: RobotProfile, _ player: RobotPlayer) {
        for sink in sinks { try? sink.follow(profile, streamRate: player.streamRate) }
        lookAhead(player)
    }

    /// Takes in the human behind motion that was put on the plan.
    func take(_ humanChunk: HumanChunk) { track?.take(humanChunk) }

    /// Looks ahead; called before the player's tick, after its edits.
    func prepare(_ player: inout RobotPlayer, isEdited: Bool) {
        guard ahead != nil else { return }
        ahead?.update(with: &player, isEdited: isEdited)
        if let ahead, let track { people?.update(with: ahead, along: track, isEdited: isEdited) }
    }

    /// Hands the frame of the tick to every sink.
    func publish(stamp: ReferenceStamp) {
        guard let ahead else { return }
        for sink in sinks { sink.publish(ahead, people: people, stamp: stamp) }
    }

    func close() {
        for sink in sinks { sink.close() }
    }

    // MARK: Making sinks

    private static func sonic(_ lookAhead: Int?) -> EncoderMaker<SonicEncoder> {
        { profile, rate throws(SinkError) in
            try SonicEncoder(
                profile: profile, streamRate: rate, lookAhead: lookAhead ?? SonicEncoder.defaultLookAhead)
        }
    }

    private static func sonicSMPL(_ lookAhead: Int?) -> EncoderMaker<SonicSMPLEncoder> {
        { profile, rate throws(SinkError) in
            try SonicSMPLEncoder(
                profile: profile, streamRate: rate, lookAhead: lookAhead ?? SonicSMPLEncoder.defaultLookAhead)
        }
    }

    private static func holoMotion(_ format: HoloMotionEncoder.Format) -> EncoderMaker<HoloMotionEncoder> {
        { profile, rate throws(SinkError) in try HoloMotionEncoder(format, profile: profile, streamRate: rate) }
    }

    private static func twist(_ format: TwistEncoder.Format) -> EncoderMaker<TwistEncoder> {
        { profile, rate throws(SinkError) in try TwistEncoder(format, profile: profile, streamRate: rate) }
    }

    private static func sink(
        _ configuration: SinkConfiguration, _ profile: RobotProfile, _ rate: Int, _ place: Place
    ) throws(StartError) -> any ReferenceSink {
        func withControl(_ motion: any ReferenceSink, _ socket: SinkSocket) -> any ReferenceSink {
            configuration.sendsControl ? SonicSink(motion, on: socket, streamRate: rate) : motion
        }
        func robot<Encoder: SinkEncoder & ~Copyable>(
            _ make: @escaping EncoderMaker<Encoder>
        ) throws(StartError) -> any ReferenceSink {
            let encoder = try encoder(profile, rate, make)
            let socket = try bound(configuration, profile, place)
            return withControl(SocketSink(make, encoder, on: socket), socket)
        }
        func human<Encoder: HumanSinkEncoder & ~Copyable>(
            _ make: @escaping EncoderMaker<Encoder>
        ) throws(StartError) -> any ReferenceSink {
            let encoder = try encoder(profile, rate, make)
            let socket = try bound(configuration, profile, place)
            return withControl(HumanSocketSink(make, encoder, on: socket), socket)
        }
        func redis(_ format: TwistEncoder.Format) throws(StartError) -> any ReferenceSink {
            RedisSink(
                twist(format), try encoder(profile, rate, twist(format)),
                over: try RedisConnection(configuration.endpoint),
                report: SinkReport(
                    robot: profile.name, format: configuration.format,
                    endpoint: RedisConnection.shown(configuration.endpoint)))
        }
        switch configuration.format {
        case .sonic: return try robot(sonic(configuration.lookAhead))
        case .sonicSMPL: return try human(sonicSMPL(configuration.lookAhead))
        case .holomotion: return try robot(holoMotion(.referenceQPos))
        case .obs65: return try robot(holoMotion(.obs65))
        case .sim2real:
            return try robot { profile, rate throws(SinkError) in
                try Sim2RealEncoder(profile: profile, streamRate: rate)
            }
        case .sim2realSMPL:
            return try human { profile, rate throws(SinkError) in
                try Sim2RealSMPLEncoder(profile: profile, streamRate: rate)
            }
        case .lerobotSMPL:
            return try human { profile, rate throws(SinkError) in
                try LeRobotSMPLEncoder(profile: profile, streamRate: rate)
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

    private static func bound(
        _ configuration: SinkConfiguration, _ profile: RobotProfile, _ place: Place
    ) throws(StartError) -> SinkSocket {
        do throws(MessagingError) {
            var options = Socket.Options()
            // A stalled receiver must not play old motion; a farewell shall still leave.
            options.ioThread = .stream
            options.sendHighWater = 4
            options.sendBuffer = 16384
            options.linger = 200
            let socket = try Socket(.publish, options: options, in: place.context)
            try place.security.watch(socket, as: configuration.format.rawValue, in: place.context)
            let endpoint = try socket.bind(configuration.endpoint)
            return try SinkSocket(
                socket, report: SinkReport(robot: profile.name, format: configuration.format, endpoint: endpoint))
        } catch {
            throw .socket(name: configuration.format.rawValue, error)
        }
    }
}
