internal import CZeroMQ
internal import Glibc

/// A wake-up that any thread may ring and one loop listens to; rings that come together are heard as one.
public struct WakeUp: Sendable {
    /// For signal handlers, which may only write to it.
    public let fileDescriptor: Int32

    /// Creates a wake-up.
    public init() throws(MessagingError) {
        fileDescriptor = kmmd_wakeup_create()
        guard fileDescriptor >= 0 else {
            throw .system(operation: "eventfd", reason: String(cString: strerror(errno)))
        }
    }

    /// Rings; never waits and allocates nothing.
    public func ring() {
        var one: UInt64 = 1
        _ = write(fileDescriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits for a ring, for a thread without a loop.
    public func wait() {
        var item = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
        while poll(&item, 1, -1) < 0, errno == EINTR {}
        silence()
    }

    func silence() {
        var count: UInt64 = 0
        _ = read(fileDescriptor, &count, MemoryLayout<UInt64>.size)
    }

    /// Gives the descriptor back; the wake-up must not be used afterwards.
    public func close() { _ = Glibc.close(fileDescriptor) }
}
