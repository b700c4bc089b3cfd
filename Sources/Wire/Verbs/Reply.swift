/// What a client gets back: one JSON object with `ok`.
public struct Reply: Hashable, Sendable {
    /// The client's own name for the request.
    public var id: String?
    /// What the verb says, or why it was refused.
    public var result: Result<[JSONValue.Member], RequestError>
    /// Notes on keys that were ignored.
    public var warnings: [String]

    /// Creates a reply.
    public init(id: String?, result: Result<[JSONValue.Member], RequestError>, warnings: [String] = []) {
        self.id = id
        self.result = result
        self.warnings = warnings
    }

    /// The members of an answer.
    public static func members(_ answer: some Encodable) -> [JSONValue.Member] {
        JSONValue(encoding: answer).members ?? []
    }

    /// What every reply has, as a client reads it.
    public struct Envelope: Decodable, Sendable {
        /// Why a request was refused.
        public struct Refusal: Decodable, Sendable {
            /// What kind of mistake it is.
            public var code: String
            /// What was wrong, for a person.
            public var message: String
        }

        /// Whether the daemon agreed.
        public var ok: Bool
        /// Why it did not.
        public var error: Refusal?
        /// Notes on keys that were ignored.
        public var warnings: [String]?
    }

    /// The reply as the wire shows it.
    public var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("v", .integer(Int64(Request.version))), .init("id", JSONValue(id)),
        ]
        switch result {
        case .success(let answer):
            members.append(.init("ok", true))
            members += answer
        case .failure(let error):
            members.append(.init("ok", false))
            members.append(.init("error", error.json))
        }
        if !warnings.isEmpty { members.append(.init("warnings", .array(warnings.map(JSONValue.string)))) }
        return .object(members)
    }
}
