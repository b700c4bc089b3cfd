/// What a client asks for: an envelope around one verb.
public struct Request: Hashable, Sendable {
    /// The protocol's version that this build speaks.
    public static let version = 1
    /// Longest body that is read, bytes.
    public static let maximumBodySize = 64 * 1024
    /// Longest text, in Unicode scalars.
    public static let maximumTextLength = 2000
    /// Most robots that one request names.
    public static let maximumRobots = 32
    /// Longest `id`, in Unicode scalars.
    public static let maximumIDLength = 128

    /// The client's own name for the request; the same one again gets the same answer.
    public var id: String?
    /// The robots' names; none means the default one. Several do the same, in step.
    public var robots: [String] = []
    /// Bound on the time to the first changed frame.
    public var deadline: Deadline?
    /// When the client sent it by its own UTC clock, nanoseconds.
    public var sentNanoseconds: Int64?
    /// What shall be done.
    public var verb: Verb
    /// Notes on keys that were ignored.
    public var warnings: [String] = []

    /// Creates a request.
    public init(_ verb: Verb, id: String? = nil, robot: String? = nil) {
        self.verb = verb
        self.id = id
        robots = robot.map { [$0] } ?? []
    }

    /// A bound on the time to the first changed frame.
    public struct Deadline: Hashable, Sendable {
        /// Milliseconds from `sentNanoseconds` of the request, or from receipt without it.
        public var milliseconds: Int64

        /// Creates a deadline.
        public init(milliseconds: Int64) { self.milliseconds = milliseconds }
    }

    /// The request as the wire shows it.
    public var json: JSONValue {
        var members: [JSONValue.Member] = [.init("v", .integer(Int64(Request.version)))]
        if let id { members.append(.init("id", .string(id))) }
        members.append(.init("type", .string(verb.name)))
        if let sentNanoseconds { members.append(.init("sent_ns", .integer(sentNanoseconds))) }
        if robots.count == 1 {
            members.append(.init("robot", .string(robots[0])))
        } else if !robots.isEmpty {
            members.append(.init("robot", .array(robots.map(JSONValue.string))))
        }
        if let deadline { members.append(.init("deadline_ms", .integer(deadline.milliseconds))) }
        let body = verb.body
        if body.members?.isEmpty == false { members.append(.init("body", body)) }
        return .object(members)
    }

    /// When the request expires on the daemon's UTC clock, nanoseconds, if ever.
    public func expiry(receivedAt received: Int64) -> Int64? {
        guard let deadline else { return nil }
        return (sentNanoseconds ?? received).addingReportingOverflow(deadline.milliseconds * 1_000_000).partialValue
    }
}
