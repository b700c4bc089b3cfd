internal import Glibc
internal import Messaging
internal import Synchronization

/// Has the disk take what was written to a journal, once for all that comes within 50 ms, on a thread of its own: a disk that
/// stalls holds nobody up.
final class JournalDisk: Sendable {
    private struct State {
        /// A copy of the descriptor that is to be synced.
        var waiting: Int32?
        var isStopping = false
        var hasThread = false
    }

    private let state = Mutex(State())
    private let failure = Atomic<Int32>(0)
    private let wakeUp = try? WakeUp()

    /// Has the disk take what was written to a file so far.
    func sync(_ descriptor: Int32) {
        guard let wakeUp else { return }
        let begins = state.withLock { state -> Bool in
            if let old = state.waiting { close(old) }
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            state.waiting = copy < 0 ? nil : copy
            defer { state.hasThread = true }
            return !state.hasThread
        }
        if begins { _ = try? NamedThread(name: "kmmd journal") { [self] in run(wakeUp) } }
        wakeUp.ring()
    }

    /// Ends the thread when it has done its work; the last thing that is asked for.
    func stop() {
        let hasThread = state.withLock { state in
            state.isStopping = true
            return state.hasThread
        }
        if hasThread { wakeUp?.ring() } else { wakeUp?.close() }
    }

    /// What the disk said last, an `errno`; 0 when all is well.
    func takeFailure() -> Int32 { failure.exchange(0, ordering: .acquiringAndReleasing) }

    private func run(_ wakeUp: WakeUp) {
        while true {
            wakeUp.wait()
            if !state.withLock({ $0.isStopping }) { usleep(50_000) }
            let (descriptor, isStopping) = state.withLock { state in
                defer { state.waiting = nil }
                return (state.waiting, state.isStopping)
            }
            if let descriptor {
                if fdatasync(descriptor) != 0 { failure.store(errno, ordering: .releasing) }
                close(descriptor)
            }
            if isStopping { break }
        }
        wakeUp.close()
    }
}
