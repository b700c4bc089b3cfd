import Glibc
import Service
import Testing

/// A datagram socket as systemd would listen on.
private final class Manager {
    let path: String
    let descriptor: Int32

    init() throws {
        path = "/tmp/kmmd-notify-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(status == 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func next() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

@Suite struct NotifySocketTests {
    @Test func `assignments come as one datagram, a line each`() throws {
        let manager = try Manager()
        let notify = NotifySocket(environment: ["NOTIFY_SOCKET": manager.path])
        #expect(notify.send("READY=1", "STATUS=serving"))
        #expect(manager.next() == "READY=1\nSTATUS=serving")
    }

    @Test func `without a manager nothing happens`() {
        #expect(!NotifySocket(environment: [:]).send("READY=1"))
        #expect(!NotifySocket(environment: ["NOTIFY_SOCKET": ""]).send("READY=1"))
        #expect(!NotifySocket(environment: ["NOTIFY_SOCKET": "/nowhere"]).send("READY=1"))
        #expect(!NotifySocket(environment: ["NOTIFY_SOCKET": String(repeating: "x", count: 500)]).send("READY=1"))
    }

    @Test func `a manager that does not read does not hold the daemon up`() throws {
        let manager = try Manager()
        let notify = NotifySocket(environment: ["NOTIFY_SOCKET": manager.path])
        var isFull = false
        for _ in 0..<2000 where !isFull { isFull = !notify.send("WATCHDOG=1") }
        #expect(isFull)
    }

    @Test(arguments: [
        ("1000000", nil, 500_000_000), ("0", nil, nil), ("x", nil, nil), (nil, nil, nil), ("1000000", "1", nil),
    ])
    func `the watchdog is fed at half its time, if it is ours`(time: String?, process: String?, interval: Int64?) {
        var environment: [String: String] = [:]
        environment["WATCHDOG_USEC"] = time
        environment["WATCHDOG_PID"] = process
        #expect(NotifySocket(environment: environment).watchdogInterval == interval)
    }
}
