internal import Glibc
internal import Messaging
internal import ServiceCore
internal import Synchronization

/// Sends a publisher's messages on a thread of its own, which owns the socket.
///
/// libzmq enters what subscribers ask for on the thread that sends; a flood of subscriptions keeps this thread busy, and no
/// tick waits for it.
final class SocketSender: Sendable {
    /// A message that had to wait for longer is not sent while there is a newer one: nobody shall play old motion.
    static let patience: Int64 = 80_000_000
    /// Below the publisher's own.
    private static let priority: Int32 = 40

    private let ring: MessageRing
    private let wakeUp: WakeUp
    private let thread: NamedThread
    private let isStopping: Flag
    private let report: @Sendable (_ isSent: Bool) -> Void

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// Takes a socket over. `report` hears of every message, on either thread, whether it was handed to the socket.
    ///
    /// - Parameters:
    ///   - socket: The socket, bound.
    ///   - name: What the thread is called, at most 15 bytes.
    ///   - capacity: Bytes that may wait, a power of two.
    ///   - report: See above.
    /// - Throws: `system` when there is no thread or descriptor left.
    init(
        _ socket: Socket, name: String, capacity: Int,
        report: @escaping @Sendable (_ isSent: Bool) -> Void = { _ in }
    ) throws(MessagingError) {
        let (ring, wakeUp, isStopping) = (MessageRing(capacity: capacity), try WakeUp(), Flag())
        (self.ring, self.wakeUp, self.isStopping, self.report) = (ring, wakeUp, isStopping, report)
        // Handed over whole: from now on only the thread touches it.
        nonisolated(unsafe) let owned = socket
        thread = try NamedThread(name: name) {
            SocketSender.run(owned, ring, wakeUp, isStopping, report)
        }
    }

    /// Hands a message over; waits for nobody and allocates nothing. For one thread.
    func send(_ message: UnsafeRawBufferPointer, isEssential: Bool = false) {
        if ring.add(message, at: Clock.monotonic(), isEssential: isEssential) {
            wakeUp.ring()
        } else {
            report(false)
        }
    }

    deinit { close() }

    /// Sends what waits and closes the socket.
    func close() {
        guard !isStopping.value.exchange(true, ordering: .acquiringAndReleasing) else { return }
        wakeUp.ring()
        thread.join()
        wakeUp.close()
    }

    private static func run(
        _ socket: Socket, _ ring: MessageRing, _ wakeUp: WakeUp, _ isStopping: Flag, _ report: (Bool) -> Void
    ) {
        var priority = sched_param()
        priority.sched_priority = SocketSender.priority
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority)
        var isLast = false
        while !isLast {
            wakeUp.wait()
            // What was added before the end is sent.
            isLast = isStopping.value.load(ordering: .acquiring)
            let now = Clock.monotonic()
            while ring.take({ header, message, isNewest in
                let isStale = !isNewest && !header.isEssential && now - header.time > SocketSender.patience
                report(!isStale && (try? socket.send(message)) != nil)
            }) {}
        }
        socket.close()
    }
}
