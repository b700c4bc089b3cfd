/// A request over HTTP, as far as the daemon cares.
struct WebRequest: Sendable {
    /// The method, in capitals.
    var method: String
    /// Path and query.
    var target: String
    /// Whom the client believes to talk to.
    var host: String?
    /// The page that a browser sends it for.
    var origin: String?
    /// What the client shows to be allowed something.
    var authorization: String?
    /// The body.
    var body: [UInt8] = []

    /// The path without the query.
    var path: String { String(target.prefix { $0 != "?" }) }
}

/// An answer over HTTP.
struct WebResponse: Sendable {
    var status: Int
    var type: String
    var body: [UInt8]

    init(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") {
        self.init(status, Array(text.utf8), type: type)
    }

    init(_ status: Int, _ body: [UInt8], type: String) {
        self.status = status
        self.type = type
        self.body = body
    }
}
