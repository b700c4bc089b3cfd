internal import CZeroMQ
internal import Glibc

/// A ZeroMQ context: the I/O thread and the queues behind a set of sockets. May be used from any thread.
public final class Context: Sendable {
    // libzmq documents contexts as thread-safe, and the pointer never changes.
    nonisolated(unsafe) let handle: UnsafeMutableRawPointer

    /// Creates a context with one I/O thread, which is enough for gigabytes a second.
    public init() throws(MessagingError) {
        guard let handle = zmq_ctx_new() else { throw .last("zmq_ctx_new") }
        self.handle = handle
    }

    /// Waits until every socket is closed and what lingers is sent. Close all sockets first.
    deinit {
        while zmq_ctx_term(handle) == -1, zmq_errno() == EINTR {}
    }

    /// Whether the installed libzmq can do `capability`, such as `curve` or `ipc`.
    public static func has(_ capability: String) -> Bool { zmq_has(capability) == 1 }
}
