/// Refuses what a browser sends for a page that is not the daemon's own: Host and Origin are checked, which keeps out names
/// that were bent to this address (DNS rebinding) and other sites' pages.
struct WebGuard: Sendable {
    /// Names and addresses by which the daemon may be called, without port.
    let hosts: Set<String>
    /// What commands need to show; nil when none are taken.
    let token: String?

    /// A guard of a server on an address.
    init(address: String, hosts: [String], token: String?) {
        self.hosts = Set(["localhost", "127.0.0.1", "[::1]", address] + hosts).subtracting(["0.0.0.0", "[::]"])
        self.token = token
    }

    /// Why a request is not answered; nil when it is.
    func objection(to request: WebRequest) -> String? {
        guard let host = request.host, hosts.contains(WebGuard.name(host)) else {
            return "this host is not served under that name; http.hosts in the configuration allows more"
        }
        if let origin = request.origin, origin.lowercased() != "http://" + host.lowercased() {
            return "pages of another origin may not ask"
        }
        return nil
    }

    /// Whether a request shows the token.
    func mayCommand(_ request: WebRequest) -> Bool {
        guard let token, let shown = request.authorization, shown.hasPrefix("Bearer ") else { return false }
        let (a, b) = (Array(token.utf8), Array(shown.dropFirst("Bearer ".count).utf8))
        // In a time that does not tell how much of it was right.
        return a.count == b.count && zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A host without its port, in small letters.
    private static func name(_ host: String) -> String {
        let isAddress6 = host.hasPrefix("[")
        let name = isAddress6 ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        return name.lowercased()
    }
}
