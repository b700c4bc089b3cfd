internal import Messaging
internal import Robots
internal import ServiceCore
internal import Wire

/// Where a sink is opened: for which robot, at which rate, among which sockets.
struct SinkPlace {
    let profile: RobotProfile
    let streamRate: Int
    let context: Context
    /// Watches the peers of sockets; the formats of receivers know no keys.
    let security: any SocketSecurity

    /// An encoder for the robot, or why there can be none.
    func encoder<Encoder: ~Copyable>(_ make: EncoderMaker<Encoder>) throws(StartError) -> Encoder {
        do throws(SinkError) { return try make(profile, streamRate) } catch { throw .sink(error) }
    }

    /// A bound socket for a sink.
    func socket(_ configuration: SinkConfiguration) throws(StartError) -> SinkSocket {
        let name = configuration.format.name
        do throws(MessagingError) {
            var options = Socket.Options()
            // A stalled receiver must not play old motion; a farewell shall still leave.
            options.ioThread = .stream
            options.sendHighWater = 4
            options.sendBuffer = 16384
            options.linger = 200
            let socket = try Socket(.publish, options: options, in: context)
            try security.watch(socket, as: name, in: context)
            let endpoint = try socket.bind(configuration.endpoint)
            return try SinkSocket(socket, report: SinkReport(robot: profile.name, format: name, endpoint: endpoint))
        } catch {
            throw .socket(name: name, error)
        }
    }
}
