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

    /// Gives an I/O thread a real-time priority where the system allows it; libzmq begins its threads with the first socket.
    ///
    /// Only for a thread whose peers can send little: what they send is worked on ahead of all else.
    public func prefer(_ thread: IOThread, priority: Int32) {
        // What libzmq calls its threads; it tells neither them nor their numbers.
        let name = "ZMQbg/IO/\(thread.rawValue)"
        // A thread names itself when it begins, which may be after the socket is there.
        for _ in 0..<50 where !Context.setPriority(ofTasksNamed: name, priority) { usleep(1000) }
    }

    /// False when there is no such task.
    private static func setPriority(ofTasksNamed name: String, _ priority: Int32) -> Bool {
        guard let tasks = opendir("/proc/self/task") else { return true }
        defer { closedir(tasks) }
        var isThere = false
        while let entry = readdir(tasks) {
            let number = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                Int32(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
            }
            guard let number, Context.name(ofTask: number) == name else { continue }
            isThere = true
            var parameters = sched_param()
            parameters.sched_priority = priority
            sched_setscheduler(number, SCHED_FIFO, &parameters)
        }
        return isThere
    }

    private static func name(ofTask number: Int32) -> String? {
        let file = open("/proc/self/task/\(number)/comm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text = [UInt8](repeating: 0, count: 32)
        let count = read(file, &text, text.count)
        return String(decoding: text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Whether the installed libzmq can do `capability`, such as `curve` or `ipc`.
    public static func has(_ capability: String) -> Bool { zmq_has(capability) == 1 }
}
