internal import Glibc
internal import Messaging
internal import Synchronization

/// Turns SIGTERM and SIGINT into a bell, and SIGHUP into another; the second SIGTERM or SIGINT, or one before anything
/// moves, ends the process at once.
enum Signals {
    // A signal handler can capture nothing and may only touch what is lock-free.
    private static let bellDescriptor = Atomic<Int32>(-1)
    private static let reloadDescriptor = Atomic<Int32>(-1)
    private static let count = Atomic<Int>(0)
    private static let isServing = Atomic(false)

    /// From now on robots may move: the end has to be a gentle one.
    static func beginServing() { isServing.store(true, ordering: .releasing) }

    /// From now on a signal rings `bell`, or `reload` if it is SIGHUP. SIGPIPE is ignored.
    static func ring(_ bell: WakeUp, reload: WakeUp) {
        bellDescriptor.store(bell.fileDescriptor, ordering: .releasing)
        reloadDescriptor.store(reload.fileDescriptor, ordering: .releasing)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGHUP) { _ in
            var one: UInt64 = 1
            _ = write(Signals.reloadDescriptor.load(ordering: .acquiring), &one, 8)
        }
        for number in [SIGTERM, SIGINT] {
            signal(number) { number in
                if !Signals.isServing.load(ordering: .acquiring) { _exit(0) }
                if Signals.count.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
                var one: UInt64 = 1
                _ = write(Signals.bellDescriptor.load(ordering: .acquiring), &one, 8)
            }
        }
    }
}
