internal import CZeroMQ
internal import Glibc

/// A ZeroMQ context: the I/O threads and the queues behind a set of sockets. May be used from any thread.
public final class Context: Sendable {
    /// The I/O threads. What floods the sockets of one delays nothing at those of another.
    public enum IOThread: Int, Sendable, CaseIterable {
        /// Of sockets that do not say.
        case common
        /// Of sockets that publish motion.
        case stream
        /// Of the socket of stops.
        case priority

        var affinity: UInt64 { 1 << UInt64(rawValue) }
    }

    // libzmq documents contexts as thread-safe, and the pointer never changes.
    nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// Creates a context.
    public init() throws(MessagingError) {
        guard let handle = zmq_ctx_new() else { throw .last("zmq_ctx_new") }
        self.handle = handle
        zmq_ctx_set(handle, ZMQ_IO_THREADS, Int32(IOThread.allCases.count))
    }

    /// Waits until every socket is closed and what lingers is sent. Close all sockets first.
    deinit {
        while zmq_ctx_term(handle) == -1, zmq_errno() == EINTR {}
    }

    /// Whether the installed libzmq can do `capability`, such as `curve` or `ipc`.
    public static func has(_ capability: String) -> Bool { zmq_has(capability) == 1 }
}
