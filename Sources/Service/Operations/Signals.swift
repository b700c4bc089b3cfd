internal import Glibc
internal import Synchronization
internal import UnixSignals

/// What the system's signals mean besides a graceful end, which the service group takes care of: SIGTERM or SIGINT before
/// anything moves, or for the second time, end the process at once; SIGHUP asks to read everything again; SIGPIPE is
/// ignored; SIGABRT, which a watchdog sends, ends the process.
final class Signals: Sendable {
    /// One element for each SIGHUP.
    let hangups: AsyncStream<Void>
    private let isServing = Atomic(false)

    /// Takes over from the system's own reactions.
    init() async {
        signal(SIGPIPE, SIG_IGN)
        // Swift's backtracer would catch it, and the process a watchdog gives up would go on.
        signal(SIGABRT, SIG_DFL)
        let hangupSignals = await UnixSignalsSequence(trapping: .sighup)
        let endings = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let (hangups, received) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.hangups = hangups
        Task { for await _ in hangupSignals { received.yield() } }
        Task { [self] in
            var count = 0
            for await signal in endings {
                count += 1
                if !isServing.load(ordering: .acquiring) { _exit(0) }
                if count > 1 { _exit(128 + signal.rawValue) }
            }
        }
    }

    /// From now on robots may move: the end has to be a gentle one.
    func beginServing() { isServing.store(true, ordering: .releasing) }
}
