/// Why a request was refused: what a client gets as `error`.
public struct RequestError: Error, Hashable, Sendable {
    /// What kind of mistake it is; stable, for programs.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The message has too many or misplaced parts.
        case badFraming = "bad_framing"
        /// The body is longer than `Request.maximumBodySize`.
        case tooLarge = "too_large"
        /// The text is not UTF-8.
        case invalidUTF8 = "invalid_utf8"
        /// The body begins like JSON and does not parse.
        case invalidJSON = "invalid_json"
        /// The body begins like a msgpack map and does not parse.
        case invalidMessagePack = "invalid_msgpack"
        /// The request is of another version of the protocol.
        case unsupportedVersion = "unsupported_version"
        /// A field that the verb needs is not there.
        case missingField = "missing_field"
        /// A field has another type than it should.
        case invalidType = "invalid_type"
        /// A field's value lies outside its range.
        case outOfRange = "out_of_range"
        /// Fields that exclude each other.
        case invalidCombination = "invalid_combination"
        /// No such verb.
        case unknownVerb = "unknown_verb"
        /// No robot of that name is active.
        case unknownRobot = "unknown_robot"
        /// No command of that name, or it is over.
        case unknownCommand = "unknown_command"
        /// No motion file of that name, or none that may be read.
        case unknownMotion = "unknown_motion"
        /// No live person of that name is heard.
        case unknownPerson = "unknown_person"
        /// The robot has to come to rest first.
        case stillMoving = "still_moving"
        /// The robot is farther from where its references are than a ramp may go.
        case tooFar = "too_far"
        /// The robot's sensors say that it has fallen; it has to be put on its feet first.
        case fallen
        /// The text holds nothing but white space.
        case emptyText = "empty_text"
        /// The text is longer than `Request.maximumTextLength`.
        case textTooLong = "text_too_long"
        /// The text is like nothing that can be done, or it is understood and not to be done.
        case notUnderstood = "not_understood"
        /// The robot lacks what the text asks for, such as fingers.
        case unsupported
        /// The request's `id` was used before for something else.
        case duplicateID = "duplicate_id"
        /// The client's key does not allow the verb.
        case forbidden
        /// The client sends more requests than it may.
        case rateLimited = "rate_limited"
        /// The deadline passed before the command could act.
        case expired
        /// The robot's queue holds as many commands as it may.
        case queueFull = "queue_full"
        /// The robot is halted; an operator has to send `reset` first.
        case halted
        /// Models or profile are still being loaded.
        case notReady = "not_ready"
        /// The daemon is going down.
        case shuttingDown = "shutting_down"
        /// A failure inside the daemon.
        case failed = "internal"
    }

    /// What kind of mistake it is.
    public var code: Code
    /// What was wrong and what would be right, for a person.
    public var message: String
    /// The offending field, such as `body.text`.
    public var field: String?
    /// Of a text that is not understood: why, for programs.
    public var reason: String?
    /// Of a text that is not understood: the nearest ones that can be done, the best first.
    public var nearest: [String]

    /// Creates an error.
    public init(
        _ code: Code, _ message: String, field: String? = nil, reason: String? = nil, nearest: [String] = []
    ) {
        self.code = code
        self.message = message
        self.field = field
        self.reason = reason
        self.nearest = nearest
    }

    /// Whether the same request may succeed later.
    public var isRetryable: Bool {
        switch code {
        case .queueFull, .notReady, .shuttingDown, .halted, .fallen, .stillMoving, .rateLimited, .unknownPerson: true
        default: false
        }
    }

    /// The error as the wire shows it.
    public var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("code", .string(code.rawValue)), .init("message", .string(message)),
            .init("field", JSONValue(field)), .init("retryable", .bool(isRetryable)),
        ]
        if let reason { members.append(.init("reason", .string(reason))) }
        if !nearest.isEmpty { members.append(.init("nearest", .array(nearest.map { .string($0) }))) }
        return .object(members)
    }
}
