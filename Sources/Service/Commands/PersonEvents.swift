internal import ServiceLifecycle
internal import Wire

/// What there is to tell of live people, on its way to the command server. Telling never waits.
struct PersonEvents: Sendable {
    private let events: AsyncStream<PersonEvent>
    private let last: AsyncStream<PersonEvent>.Continuation

    // A flood of senders tells nobody more than can be read.
    init() { (events, last) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256)) }

    /// Has an event of a person published.
    @Sendable func tell(_ event: PersonEvent) { last.yield(event) }

    /// Brings the events to the server; at its end all have arrived.
    func service(_ server: CommandServer) -> ClosureService {
        ClosureService {
            await withTaskCancellationOrGracefulShutdownHandler {
                for await event in events { await server.tell(event) }
            } onCancelOrGracefulShutdown: {
                last.finish()
            }
        }
    }
}
