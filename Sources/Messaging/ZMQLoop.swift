internal import CZeroMQ
internal import Glibc
internal import Synchronization

/// One thread that owns sockets and serves the actors that use them.
///
/// An actor whose `unownedExecutor` is a loop may touch its sockets only on the loop's thread, which the compiler checks.
/// Readiness of a socket is told by a handler that runs on the thread itself, without a hop.
public final class ZMQLoop: SerialExecutor {
    private struct Inbox: ~Copyable {
        var jobs: [UnownedJob] = []
        var isStopping = false
    }

    private struct Watched {
        let socket: Socket?
        let wakeUp: WakeUp?
        let onReadable: @Sendable () -> Void
    }

    /// What only the loop's thread touches.
    private final class State {
        var watched: [Watched] = []
        var items: [zmq_pollitem_t] = []
        var changed = true
    }

    private let inbox = Mutex(Inbox())
    private let wakeUp: WakeUp
    // Only touched on the loop's own thread: every entry point checks that.
    nonisolated(unsafe) private let state = State()
    private let thread = Mutex<NamedThread?>(nil)
    private let threadIdentifier = Atomic<UInt>(0)

    /// Starts a loop; its thread carries the name, and has a real-time priority where one is given and the system allows it.
    public init(name: String, priority: Int32? = nil) throws(MessagingError) {
        wakeUp = try WakeUp()
        let thread = try NamedThread(name: name) { [self] in
            if let priority {
                var parameters = sched_param()
                parameters.sched_priority = priority
                pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
            }
            run()
        }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread after the jobs at hand and waits for it. Close the sockets before; jobs that come later are lost.
    public func stop() {
        inbox.withLock { $0.isStopping = true }
        wakeUp.ring()
        thread.withLock { $0?.join() }
    }

    /// Takes a job of an actor; called by the runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasEmpty = inbox.withLock { inbox in
            inbox.jobs.append(job)
            return inbox.jobs.count == 1
        }
        if wasEmpty { wakeUp.ring() }
    }

    /// Whether the caller runs on the loop's thread.
    public var isCurrent: Bool { threadIdentifier.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Ends the process when the caller is on another thread; called by `assumeIsolated`.
    public func checkIsolated() { precondition(isCurrent, "a socket was used outside its loop's thread") }

    /// Whether the caller runs on the loop's thread; called by the runtime.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Calls `onReadable` whenever a message waits at the socket. Only on the loop's thread.
    ///
    /// The handler should take a bounded number of messages; it is called again while more wait.
    public func watch(_ socket: Socket, onReadable: @escaping @Sendable () -> Void) {
        checkIsolated()
        state.watched.append(Watched(socket: socket, wakeUp: nil, onReadable: onReadable))
        state.changed = true
    }

    /// Calls `onRing` after the wake-up was rung. Only on the loop's thread.
    public func watch(_ wakeUp: WakeUp, onRing: @escaping @Sendable () -> Void) {
        checkIsolated()
        state.watched.append(Watched(socket: nil, wakeUp: wakeUp, onReadable: onRing))
        state.changed = true
    }

    /// Forgets all sockets and wakeUps. Only on the loop's thread, and before they are closed.
    public func unwatchAll() {
        checkIsolated()
        state.watched.removeAll()
        state.changed = true
    }

    private func run() {
        threadIdentifier.store(UInt(pthread_self()), ordering: .relaxed)
        var isStopping = false
        while !isStopping {
            if state.changed { rebuildItems() }
            let count = Int32(state.items.count)
            guard zmq_poll(&state.items, count, -1) > 0 else { continue }
            if state.items[0].revents != 0 {
                wakeUp.silence()
                isStopping = runJobs()
            }
            // A job or a handler may have changed what is watched: the results at hand are then stale.
            for index in 1..<max(1, state.items.count) where !state.changed && state.items[index].revents != 0 {
                let watched = state.watched[index - 1]
                watched.wakeUp?.silence()
                watched.onReadable()
            }
        }
        wakeUp.close()
    }

    private func rebuildItems() {
        state.items = [zmq_pollitem_t(socket: nil, fd: wakeUp.fileDescriptor, events: Int16(ZMQ_POLLIN), revents: 0)]
        for watched in state.watched {
            state.items.append(
                zmq_pollitem_t(
                    socket: watched.socket?.handle, fd: watched.wakeUp?.fileDescriptor ?? 0, events: Int16(ZMQ_POLLIN),
                    revents: 0))
        }
        state.changed = false
    }

    private func runJobs() -> Bool {
        let (jobs, isStopping) = inbox.withLock { inbox in
            let taken = inbox.jobs
            inbox.jobs = []
            return (taken, inbox.isStopping)
        }
        for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
        return isStopping
    }
}
