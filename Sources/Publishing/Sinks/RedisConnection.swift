internal import Glibc
internal import ServiceCore

/// A connection to a Redis server that never waits: commands go out if the server takes them, and are left out if not.
///
/// Connects by itself, and again when the connection breaks. Answers are read for errors only.
final class RedisConnection {
    private let address: sockaddr_in
    private let greeting: [UInt8]
    private var descriptor: Int32 = -1
    private var isConnected = false
    private var nextAttempt: Int64 = 0
    /// What the socket took only a part of must be sent to its end, or the server reads nonsense.
    private let pending = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 8)
    private var pendingRange = 0..<0
    private let answers = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 8)
    private var isAtLineStart = true
    /// Why nothing reaches the server; nil when all is well.
    private(set) var problem: String? = "not connected yet"

    private static let retryNanoseconds: Int64 = 500_000_000
    private static let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)

    /// Finds the server of an endpoint `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`; looks the name up, so call it at
    /// start.
    init(_ endpoint: String) throws(StartError) {
        func fail(_ reason: String) -> StartError {
            .invalidConfiguration("\(RedisConnection.shown(endpoint)): \(reason)")
        }
        var rest = Substring(endpoint.dropFirst("redis://".count))
        var greeting: [UInt8] = []
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw fail("before the @ a password is expected, as in redis://:secret@host")
            }
            greeting += RedisConnection.command(["AUTH"] + parts.filter { !$0.isEmpty }.map(String.init))
            rest = rest[rest.index(after: at)...]
        }
        if let slash = rest.firstIndex(of: "/") {
            let database = rest[rest.index(after: slash)...]
            guard database.isEmpty || (Int(database).map { $0 >= 0 } ?? false) else {
                throw fail("after the / the number of a database is expected")
            }
            if !database.isEmpty, database != "0" { greeting += RedisConnection.command(["SELECT", String(database)]) }
            rest = rest[..<slash]
        }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty else { throw fail("a host is missing") }
        guard let port = UInt16(parts.count > 1 ? parts[1] : "6379") else { throw fail("the port is no number") }
        guard let address = RedisConnection.address(of: String(host), port: port) else {
            throw fail("the host \"\(host)\" has no IPv4 address")
        }
        self.address = address
        self.greeting = greeting
    }

    /// An endpoint as others may see it, without the password.
    static func shown(_ endpoint: String) -> String {
        guard let at = endpoint.lastIndex(of: "@") else { return endpoint }
        return "redis://…" + endpoint[at...]
    }

    deinit {
        close()
        pending.deallocate()
        answers.deallocate()
    }

    /// Hands bytes over, all or none; false when the server does not take them now, or refused the last ones.
    func send(_ bytes: UnsafeRawBufferPointer, now: Int64) -> Bool { hand(bytes, now: now) && problem == nil }

    private func hand(_ bytes: UnsafeRawBufferPointer, now: Int64) -> Bool {
        guard connect(now: now) else { return false }
        readAnswers()
        guard descriptor >= 0, flush(), bytes.count <= pending.count else { return false }
        let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Self.flags)
        if sent == bytes.count { return true }
        if sent < 0 {
            if errno != EAGAIN { fail(errno, now: now) }
            return false
        }
        pending.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[sent..<bytes.count]))
        pendingRange = 0..<bytes.count - sent
        return true
    }

    /// Closes the connection.
    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        isConnected = false
    }

    // MARK: Connecting

    /// Whether the connection stands; goes on with making it otherwise.
    private func connect(now: Int64) -> Bool {
        if isConnected { return true }
        if descriptor < 0 {
            guard now >= nextAttempt else { return false }
            nextAttempt = now + Self.retryNanoseconds
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            guard descriptor >= 0 else { return false }
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
            var target = address
            let status = withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if status != 0, errno != EINPROGRESS {
                fail(errno, now: now)
                return false
            }
        }
        var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&item, 1, 0) > 0 else { return false }
        var error: Int32 = 0
        var size = socklen_t(4)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        guard error == 0 else {
            fail(error, now: now)
            return false
        }
        isConnected = true
        isAtLineStart = true
        pendingRange = 0..<0
        problem = nil
        if !greeting.isEmpty {
            for (index, byte) in greeting.enumerated() { pending[index] = byte }
            pendingRange = 0..<greeting.count
        }
        return true
    }

    private func fail(_ code: Int32, now: Int64) {
        close()
        nextAttempt = now + Self.retryNanoseconds
        if problem == nil || problem == "not connected yet" { problem = String(cString: strerror(code)) }
    }

    private func flush() -> Bool {
        guard !pendingRange.isEmpty else { return true }
        let rest = UnsafeRawBufferPointer(rebasing: pending[pendingRange])
        let sent = Glibc.send(descriptor, rest.baseAddress, rest.count, Self.flags)
        if sent > 0 { pendingRange = pendingRange.lowerBound + sent..<pendingRange.upperBound }
        return pendingRange.isEmpty
    }

    /// Takes what the server says; a line that begins with `-` is an error.
    private func readAnswers() {
        while descriptor >= 0 {
            let count = recv(descriptor, answers.baseAddress, answers.count, Self.flags)
            if count == 0 {
                problem = nil
                return fail(ECONNRESET, now: nextAttempt)
            }
            guard count > 0 else { return }
            for index in 0..<count {
                if isAtLineStart {
                    if answers[index] == UInt8(ascii: "-") {
                        // The first refusal is the cause of the others.
                        guard problem == nil else {
                            isAtLineStart = false
                            continue
                        }
                        let line = answers[index..<count].prefix { $0 != UInt8(ascii: "\r") }
                        problem = String(decoding: line.dropFirst(), as: UTF8.self)
                    } else if problem != nil, answers[index] == UInt8(ascii: "+") {
                        problem = nil
                    }
                }
                isAtLineStart = answers[index] == UInt8(ascii: "\n")
            }
        }
    }

    private static func command(_ words: [String]) -> [UInt8] {
        Array((["*\(words.count)"] + words.flatMap { ["$\($0.utf8.count)", $0] }).map { $0 + "\r\n" }.joined().utf8)
    }

    private static func address(of host: String, port: UInt16) -> sockaddr_in? {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else { return nil }
        defer { freeaddrinfo(list) }
        return first.pointee.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee }
    }
}
