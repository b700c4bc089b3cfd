/// Address and port of `http://ADDRESS:PORT`.
struct HTTPAddress: Hashable, Sendable {
    /// A name, or an address; one of IPv6 in brackets.
    let host: String
    let port: Int

    /// Reads the written form; nil when it is none.
    init?(_ text: String) {
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst("http://".count)
        guard let colon = rest.lastIndex(of: ":"), colon != rest.startIndex,
            let port = UInt16(rest[rest.index(after: colon)...])
        else { return nil }
        host = String(rest[..<colon])
        self.port = Int(port)
    }
}
