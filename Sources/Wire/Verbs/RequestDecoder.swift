/// Reads the body of a request: JSON, msgpack, or plain text that means `say`.
public struct RequestDecoder {
    /// What a body holds. The `id` is known also for most requests that are refused.
    public struct Outcome: Hashable, Sendable {
        /// The client's own name for the request.
        public var id: String?
        /// The request, or why it was refused.
        public var result: Result<Request, RequestError>
        /// Notes on keys that were ignored.
        public var warnings: [String] = []
        /// The body as JSON; `null` when it could not be read.
        public var value = JSONValue.null

        /// What a body that could not even be read holds.
        public init(refused error: RequestError) { result = .failure(error) }

        fileprivate init(_ decoder: RequestDecoder, _ result: Result<Request, RequestError>) {
            id = decoder.id
            self.result = result
            warnings = decoder.warnings
            value = decoder.value
        }
    }

    private var id: String?
    private var warnings: [String] = []
    private var value = JSONValue.null

    /// Reads a body; never fails, a refusal is a result too.
    public static func decode(_ body: some Collection<UInt8>) -> Outcome {
        var decoder = RequestDecoder()
        let result = Result { () throws(RequestError) in try decoder.request(Array(body)) }
        return Outcome(decoder, result)
    }

    /// Reads a body that is JSON already.
    public static func decode(_ value: JSONValue) -> Outcome {
        var decoder = RequestDecoder()
        let result = Result { () throws(RequestError) in try decoder.request(value) }
        return Outcome(decoder, result)
    }

    /// Refuses a body that is too long.
    public static func checkSize(_ bytes: Int) throws(RequestError) {
        guard bytes <= Request.maximumBodySize else {
            throw RequestError(.tooLarge, "the body has \(bytes) bytes; at most \(Request.maximumBodySize) are read")
        }
    }

    private init() {}

    private mutating func request(_ body: [UInt8]) throws(RequestError) -> Request {
        try RequestDecoder.checkSize(body.count)
        switch body.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return try request(try json(body))
        case .some(let first) where JSONValue.opensMessagePackMap(first): return try request(try messagePack(body))
        default: break
        }
        guard let text = String(validating: body, as: UTF8.self) else {
            throw RequestError(.invalidUTF8, "the body is neither JSON nor msgpack nor valid UTF-8 text")
        }
        let say = Say(text: try Say.checked(text, field: nil))
        value = ["type": "say", "body": ["text": .string(say.text)]]
        return Request(.say(say))
    }

    private func messagePack(_ body: [UInt8]) throws(RequestError) -> JSONValue {
        do throws(MessagePackError) {
            return try JSONValue(messagePack: body)
        } catch {
            throw RequestError(
                .invalidMessagePack, "the body is not a valid msgpack map at byte \(error.offset): \(error.reason)")
        }
    }

    private func json(_ body: [UInt8]) throws(RequestError) -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONValue(parsing: body)
        } catch {
            let isText = error.reason.contains("UTF-8")
            throw RequestError(
                isText ? .invalidUTF8 : .invalidJSON,
                "the body is not valid JSON at byte \(error.offset): \(error.reason)")
        }
    }

    private mutating func request(_ body: JSONValue) throws(RequestError) -> Request {
        value = body
        guard case .object(let members) = value else {
            throw RequestError(.invalidType, "a request is a JSON object, not \(value.kind)")
        }
        var envelope = RequestFields(members, path: "")
        id = try envelope.string("id", maximumLength: Request.maximumIDLength)
        if let version = try envelope.integer("v", in: Int64.min...Int64.max), version != Request.version {
            throw RequestError(
                .unsupportedVersion, "the request is of version \(version); this daemon speaks \(Request.version)",
                field: "v")
        }
        guard let type = try envelope.string("type") else {
            throw RequestError(.missingField, "a request needs a `type`, such as \"say\"", field: "type")
        }
        let robots = try envelope.strings("robot", count: 1...Request.maximumRobots)
        let deadline = try envelope.integer("deadline_ms", in: 0...86_400_000)
        let sent = try envelope.integer("sent_ns", in: 0...Int64.max / 2)
        var body = RequestFields(try envelope.object("body") ?? [], path: "body.")
        let verb = try verb(type, body: &body)
        warnings = envelope.ignored + body.ignored

        var request = Request(verb, id: id)
        request.robots = robots
        request.deadline = deadline.map(Request.Deadline.init(milliseconds:))
        request.sentNanoseconds = sent
        request.warnings = warnings
        return request
    }

    private func verb(_ type: String, body: inout RequestFields) throws(RequestError) -> Verb {
        guard let declaration = VerbDeclaration.all.first(where: { $0.name == type }) else {
            throw RequestError(
                .unknownVerb, "there is no verb `\(type.prefix(64))`; `hello` lists those there are", field: "type")
        }
        return try declaration.read(&body)
    }
}
