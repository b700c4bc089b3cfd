internal import Robots
internal import ServiceCore
internal import Wire

/// What can be sent to receivers besides the native stream: each format is a row of ``all`` and an encoder in `Wire`.
public struct SinkFormat: Sendable {
    /// Its name in configurations.
    public let name: String
    /// Where the receivers of the format look for it.
    public let defaultEndpoint: String
    /// Whether it has SONIC's options, `look_ahead` and `control`.
    let isSonic: Bool
    /// Opens a sink.
    let open: @Sendable (SinkConfiguration, SinkPlace) throws(StartError) -> any ReferenceSink
    /// Tells whether a profile can be sent in the format at a rate.
    let check: @Sendable (SinkConfiguration, RobotProfile, Int) throws(SinkError) -> Void

    /// Every format.
    public static let all = [
        // SONIC's streamed motion, version 1: robot joints; version 3: the human.
        SinkFormat(
            "sonic", at: "tcp://127.0.0.1:5556", isSonic: true,
            { sink, profile, rate throws(SinkError) in
                try SonicEncoder(
                    profile: profile, streamRate: rate, lookAhead: sink.lookAhead ?? SonicEncoder.defaultLookAhead)
            }),
        SinkFormat(
            "sonic_smpl", at: "tcp://127.0.0.1:5556", isSonic: true,
            { sink, profile, rate throws(SinkError) in
                try SonicSMPLEncoder(
                    profile: profile, streamRate: rate, lookAhead: sink.lookAhead ?? SonicSMPLEncoder.defaultLookAhead)
            }),
        // HoloMotion from 1.4 on; before that, and OMG.
        SinkFormat(
            "holomotion", at: "tcp://127.0.0.1:6001",
            { _, profile, rate throws(SinkError) in
                try HoloMotionEncoder(.referenceQPos, profile: profile, streamRate: rate)
            }),
        SinkFormat(
            "obs65", at: "tcp://127.0.0.1:6001",
            { _, profile, rate throws(SinkError) in
                try HoloMotionEncoder(.obs65, profile: profile, streamRate: rate)
            }),
        // sim2real's canonical JSON stream, and its SMPL stream: the human.
        SinkFormat(
            "sim2real", at: "tcp://127.0.0.1:28701",
            { _, profile, rate throws(SinkError) in try Sim2RealEncoder(profile: profile, streamRate: rate) }),
        SinkFormat(
            "sim2real_smpl", at: "tcp://127.0.0.1:28702",
            { _, profile, rate throws(SinkError) in try Sim2RealSMPLEncoder(profile: profile, streamRate: rate) }),
        // LeRobot's `rt/smpl`: the human.
        SinkFormat(
            "lerobot_smpl", at: "tcp://127.0.0.1:5560",
            { _, profile, rate throws(SinkError) in try LeRobotSMPLEncoder(profile: profile, streamRate: rate) }),
        SinkFormat(redis: "twist", .twist),
        SinkFormat(redis: "twist2", .twist2),
    ]

    /// The format of a name; nil when there is none.
    public static func named(_ name: String) -> SinkFormat? { all.first { $0.name == name } }
}

extension SinkFormat: Hashable {
    /// Formats are told apart by their names.
    public static func == (a: SinkFormat, b: SinkFormat) -> Bool { a.name == b.name }
    /// Feeds the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

// MARK: Rows

extension SinkFormat {
    /// Messages over a ZeroMQ socket.
    private init<Encoder: SinkEncoder & SendableMetatype & ~Copyable>(
        _ name: String, at endpoint: String, isSonic: Bool = false,
        _ make: @escaping @Sendable (SinkConfiguration, RobotProfile, Int) throws(SinkError) -> Encoder
    ) {
        (self.name, self.defaultEndpoint, self.isSonic) = (name, endpoint, isSonic)
        open = { sink, place throws(StartError) in
            let maker: EncoderMaker<Encoder> = { profile, rate throws(SinkError) in try make(sink, profile, rate) }
            let encoder = try place.encoder(maker)
            let socket = try place.socket(sink)
            let motion = SocketSink(maker, encoder, on: socket)
            return sink.sendsControl ? SonicSink(motion, on: socket, streamRate: place.streamRate) : motion
        }
        check = { sink, profile, rate throws(SinkError) in _ = try make(sink, profile, rate) }
    }

    /// TWIST's keys of a Redis server.
    private init(redis name: String, _ format: TwistEncoder.Format) {
        (self.name, self.defaultEndpoint, self.isSonic) = (name, "redis://127.0.0.1:6379/0", false)
        let make: @Sendable (RobotProfile, Int) throws(SinkError) -> TwistEncoder = {
            profile, rate throws(SinkError) in try TwistEncoder(format, profile: profile, streamRate: rate)
        }
        open = { sink, place throws(StartError) in
            RedisSink(
                make, try place.encoder(make), over: try RedisConnection(sink.endpoint),
                report: SinkReport(
                    robot: place.profile.name, format: name, endpoint: RedisConnection.shown(sink.endpoint)))
        }
        check = { _, profile, rate throws(SinkError) in _ = try make(profile, rate) }
    }
}
