internal import Glibc

/// What the system knows of the other side of a TCP connection.
enum TCPPeer {
    /// `TCP_INFO` of <linux/tcp.h>, and where `tcpi_bytes_received` stands in it, which the C library's own header may lack.
    private static let (infoOption, bytesReceived) = (Int32(11), 128)
    /// `SO_COOKIE` of <asm-generic/socket.h>.
    private static let cookieOption = Int32(57)

    /// Bytes that the peer has sent since the connection began; -1 where the system does not tell.
    static func receivedBytes(_ descriptor: Int32) -> Int64 {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { info in
            var size = socklen_t(info.count)
            guard getsockopt(descriptor, Int32(IPPROTO_TCP), infoOption, info.baseAddress, &size) == 0,
                Int(size) >= bytesReceived + MemoryLayout<Int64>.size
            else { return -1 }
            return info.loadUnaligned(fromByteOffset: bytesReceived, as: Int64.self)
        }
    }

    /// Bytes of the peer that wait to be read.
    static func unreadBytes(_ descriptor: Int32) -> Int64 {
        var count: CInt = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int64(count) : 0
    }

    /// Ends a connection and throws away what waits to be read of it, so that its owner finds nothing but the end.
    static func end(_ descriptor: Int32) {
        shutdown(descriptor, Int32(SHUT_RDWR))
        // With this flag TCP takes no buffer (see tcp(7)); what comes from now on is answered with a reset.
        let flags = Int32(MSG_TRUNC | MSG_DONTWAIT)
        for _ in 0..<16 where recv(descriptor, nil, 1 << 20, flags) <= 0 { return }
    }

    /// Whether bytes of the peer wait to be read, or it has ended the connection, which a reader finds as soon.
    static func hasUnread(_ descriptor: Int32) -> Bool {
        // POLLRDHUP of <poll.h>, which Swift does not import.
        let ended = Int16(0x2000) | Int16(POLLHUP) | Int16(POLLERR)
        var item = pollfd(fd: descriptor, events: Int16(POLLIN) | ended, revents: 0)
        return poll(&item, 1, 0) > 0 && item.revents & (Int16(POLLIN) | ended) != 0
    }

    /// A number that only this socket has while the system runs; 0 where there is none.
    static func cookie(of descriptor: Int32) -> UInt64 {
        var (cookie, size) = (UInt64(0), socklen_t(MemoryLayout<UInt64>.size))
        return getsockopt(descriptor, SOL_SOCKET, cookieOption, &cookie, &size) == 0 ? cookie : 0
    }
}
