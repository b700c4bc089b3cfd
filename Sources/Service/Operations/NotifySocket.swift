internal import Glibc

/// Reports readiness and life to systemd: datagrams to `$NOTIFY_SOCKET` (sd_notify(3), without its library).
package struct NotifySocket: Sendable {
    private let path: [UInt8]?
    /// How often the watchdog wants to hear, nanoseconds; nil without a watchdog.
    package let watchdogInterval: Int64?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    package init(environment: [String: String]) {
        var path = environment["NOTIFY_SOCKET"].map { Array($0.utf8) }
        // A leading @ stands for the NUL of an abstract name.
        if path?.first == UInt8(ascii: "@") { path?[0] = 0 }
        self.path = path.flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        watchdogInterval =
            isForUs && microseconds > 0 ? microseconds.multipliedReportingOverflow(by: 500).partialValue : nil
    }

    /// Sends one or more assignments, such as `READY=1`; false when nobody hears them.
    @discardableResult
    package func send(_ assignments: String...) -> Bool {
        guard let path else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.count <= MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + path.count } ?? 0)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // A manager that does not read must not hold the daemon up.
        var patience = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let message = Array(assignments.joined(separator: "\n").utf8)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), generic, length)
                    == message.count
            }
        }
    }
}
