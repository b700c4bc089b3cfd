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
        let say = Say(text: try checked(text, field: nil))
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
        var envelope = Fields(members, path: "")
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
        var body = Fields(try envelope.object("body") ?? [], path: "body.")
        let verb = try verb(type, body: &body)
        warnings = envelope.ignored + body.ignored

        var request = Request(verb, id: id)
        request.robots = robots
        request.deadline = deadline.map(Request.Deadline.init(milliseconds:))
        request.sentNanoseconds = sent
        request.warnings = warnings
        return request
    }

    private func verb(_ type: String, body: inout Fields) throws(RequestError) -> Verb {
        switch type {
        case "hello": return .hello
        case "say": return .say(try say(&body))
        case "play":
            guard let file = try body.string("file", maximumLength: 256) else {
                throw RequestError(.missingField, "`play` needs the name of a motion file", field: "body.file")
            }
            var play = Say(text: try checked(file, field: "body.file"))
            try readPlacement(of: &play, &body)
            return .play(play)
        case "cancel":
            guard let command = try body.string("command") else {
                throw RequestError(
                    .missingField, "`cancel` needs the name of a command, such as \"c-000001\"", field: "body.command")
            }
            return .cancel(command: command)
        case "hold": return .hold
        case "resume": return .resume
        case "stop": return .stop
        case "halt": return .halt
        case "reset": return .reset
        case "status": return .status(command: try body.string("command"))
        case "record": return .record(try record(&body))
        case "replay":
            guard let name = try body.string("name", maximumLength: 64) else {
                throw RequestError(.missingField, "`replay` needs the name of a recording", field: "body.name")
            }
            return .replay(Replay(name: name, isDryRun: try body.boolean("dry_run") ?? false))
        case "robots": return .robots
        case "robot": return .robot
        case "reload": return .reload
        default:
            throw RequestError(
                .unknownVerb, "there is no verb `\(type.prefix(64))`; `hello` lists those there are", field: "type")
        }
    }

    private func say(_ body: inout Fields) throws(RequestError) -> Say {
        guard let text = try body.string("text") else {
            throw RequestError(.missingField, "`say` needs a text", field: "body.text")
        }
        var say = Say(text: try checked(text, field: "body.text"))
        try readPlacement(of: &say, &body)
        say.duration = try body.number("duration_s", in: 0.2...120)
        say.seed = try body.integer("seed", in: 0...Int64.max)
        say.guidance = try body.number("guidance", in: 0...20)
        say.temperature = try body.number("temperature", in: Double.leastNormalMagnitude...5)
        return say
    }

    /// Where a motion goes on the timeline, and how often.
    private func readPlacement(of say: inout Say, _ body: inout Fields) throws(RequestError) {
        if let mode = try body.choice("mode", of: Say.Mode.self) { say.mode = mode }
        let moment = try body.choice("at", of: Say.Moment.self)
        if let moment, say.mode == .append, moment != .now {
            throw RequestError(
                .invalidCombination, "`at` belongs to `replace`; with `append` motion always follows at the end",
                field: "body.at")
        }
        if let moment { say.moment = moment }
        if let repeats = try body.integer("repeat", in: 1...100) { say.repeats = Int(repeats) }
    }

    private func record(_ body: inout Fields) throws(RequestError) -> Record {
        guard let action = try body.choice("action", of: Record.Action.self) else {
            throw RequestError(.missingField, "`record` needs an `action`: start or stop", field: "body.action")
        }
        let name = try body.string("name", maximumLength: 64)
        if action == .stop, name != nil {
            throw RequestError(
                .invalidCombination, "`name` belongs to the start of a recording", field: "body.name")
        }
        return Record(action, name: name)
    }

    private func checked(_ text: String, field: String?) throws(RequestError) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { throw RequestError(.emptyText, "the text is empty", field: field) }
        let length = text.unicodeScalars.count
        guard length <= Request.maximumTextLength else {
            throw RequestError(
                .textTooLong, "the text has \(length) characters; at most \(Request.maximumTextLength) are taken",
                field: field)
        }
        return String(text[first...last])
    }
}

/// The members of an object, taken one by one; what is left over was not understood.
private struct Fields {
    private var members: [JSONValue.Member]
    private let path: String

    init(_ members: [JSONValue.Member], path: String) {
        self.members = members
        self.path = path
    }

    /// Notes on the members that nobody took.
    var ignored: [String] { members.map { "`\(path)\($0.key.prefix(64))` is not known and was ignored" } }

    /// The member's value; nil when absent or `null`.
    private mutating func take(_ key: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
        let value = members.remove(at: index).value
        return value == .null ? nil : value
    }

    private func mistyped(_ key: String, _ value: JSONValue, expected: String) -> RequestError {
        RequestError(.invalidType, "`\(path)\(key)` is \(value.kind), expected \(expected)", field: path + key)
    }

    mutating func string(_ key: String, maximumLength: Int = .max) throws(RequestError) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.string else { throw mistyped(key, value, expected: "a string") }
        guard text.unicodeScalars.count <= maximumLength else {
            throw RequestError(
                .outOfRange, "`\(path)\(key)` is longer than \(maximumLength) characters", field: path + key)
        }
        return text
    }

    /// One text, or a list of different ones; empty when absent.
    mutating func strings(_ key: String, count: ClosedRange<Int>) throws(RequestError) -> [String] {
        guard let value = take(key) else { return [] }
        if let text = value.string { return [text] }
        guard let list = value.array?.map(\.string) else {
            throw mistyped(key, value, expected: "a string or a list of strings")
        }
        let texts = list.compactMap(\.self)
        guard texts.count == list.count, count.contains(texts.count), Set(texts).count == texts.count else {
            throw RequestError(
                .outOfRange, "`\(path)\(key)` has to list \(count.lowerBound) to \(count.upperBound) different strings",
                field: path + key)
        }
        return texts
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int64>) throws(RequestError) -> Int64? {
        guard let value = take(key) else { return nil }
        guard let integer = value.integer else { throw mistyped(key, value, expected: "a whole number") }
        guard range.contains(integer) else { throw outOfRange(key, "\(integer)", "\(range)") }
        return integer
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(RequestError) -> Double? {
        guard let value = take(key) else { return nil }
        guard let number = value.number else { throw mistyped(key, value, expected: "a number") }
        guard range.contains(number) else {
            let shown = range.lowerBound == .leastNormalMagnitude ? "above 0, to \(range.upperBound)" : "\(range)"
            throw outOfRange(key, "\(number)", shown)
        }
        return number
    }

    mutating func boolean(_ key: String) throws(RequestError) -> Bool? {
        guard let value = take(key) else { return nil }
        guard let boolean = value.bool else { throw mistyped(key, value, expected: "true or false") }
        return boolean
    }

    mutating func object(_ key: String) throws(RequestError) -> [JSONValue.Member]? {
        guard let value = take(key) else { return nil }
        guard let members = value.members else { throw mistyped(key, value, expected: "an object") }
        return members
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, of type: Choice.Type
    ) throws(RequestError) -> Choice? {
        guard let text = try string(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw outOfRange(key, "\"\(text.prefix(64))\"", Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    private func outOfRange(_ key: String, _ value: String, _ range: String) -> RequestError {
        RequestError(.outOfRange, "`\(path)\(key)` is \(value); allowed: \(range)", field: path + key)
    }
}
