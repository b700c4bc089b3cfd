internal import ServiceLifecycle
internal import Wire

/// Requests to read everything again, on their way from the command server to the reloader.
struct ReloadRequests: Sendable {
    private typealias Answer = CheckedContinuation<Result<ReloadAnswer, RequestError>, Never>
    private let requests: AsyncStream<Answer>
    private let last: AsyncStream<Answer>.Continuation

    init() { (requests, last) = AsyncStream.makeStream() }

    /// Has everything read again; returns what the reloader says.
    func perform() async throws(RequestError) -> ReloadAnswer {
        try await withCheckedContinuation { (answer: Answer) in
            if case .terminated = last.yield(answer) {
                answer.resume(returning: .failure(RequestError(.shuttingDown, "the daemon is going down")))
            }
        }.get()
    }

    /// Brings the requests to the reloader, one after the other.
    func service(_ reloader: Reloader) -> ClosureService {
        ClosureService {
            await withTaskCancellationOrGracefulShutdownHandler {
                for await answer in requests { answer.resume(returning: await reloader.outcome()) }
            } onCancelOrGracefulShutdown: {
                last.finish()
            }
        }
    }
}
