internal import ServiceLifecycle
internal import Wire

/// What parts of the daemon have to tell of robots, on its way to the command server, which they do not know. Telling never
/// waits.
struct RobotEvents: Sendable {
    private let events: AsyncStream<(robot: String, event: RobotEvent)>
    private let last: AsyncStream<(robot: String, event: RobotEvent)>.Continuation

    init() { (events, last) = AsyncStream.makeStream() }

    /// Has an event of a robot published.
    func tell(_ robot: String, _ event: RobotEvent) { last.yield((robot, event)) }

    /// Brings the events to the server; at its end all have arrived.
    func service(_ server: CommandServer) -> ClosureService {
        ClosureService {
            await withTaskCancellationOrGracefulShutdownHandler {
                for await event in events { await server.tell(event.robot, event.event) }
            } onCancelOrGracefulShutdown: {
                last.finish()
            }
        }
    }
}
