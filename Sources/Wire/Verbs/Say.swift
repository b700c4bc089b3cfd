/// A text to be carried out, and how.
public struct Say: Hashable, Sendable {
    /// What happens to motion that is planned already.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// The new motion follows it.
        case append
        /// The new motion takes its place.
        case replace
    }

    /// When a replacement begins.
    public enum Moment: String, Hashable, Sendable, CaseIterable {
        /// As soon as it can.
        case now
        /// When a foot next meets the floor.
        case contact
        /// When the action at hand is over.
        case end
    }

    /// What is done with a text that is not understood.
    public enum Policy: String, Hashable, Sendable, CaseIterable {
        /// It is refused.
        case strict
        /// It is done as well as can be, and the answer says what was not understood.
        case warn
        /// It goes to the model as it is.
        case any
    }

    /// The sentence, without white space around it.
    public var text: String
    /// What happens to motion that is planned already.
    public var mode = Mode.append
    /// When a replacement begins.
    public var moment = Moment.now
    /// Wanted length of all actions together, seconds; 0.2 to 120.
    public var duration: Double?
    /// Seed of the random choices; 0 or more.
    public var seed: Int64?
    /// Classifier-free guidance scale; 0 to 20.
    public var guidance: Double?
    /// Softmax temperature; above 0, to 5.
    public var temperature: Double?
    /// How many times the whole text is carried out; 1 to 100.
    public var repeats = 1
    /// What is done with the text when it is not understood; nil for what the daemon is set to.
    public var policy: Policy?

    /// Creates a text with the defaults for the rest.
    public init(text: String) { self.text = text }

    enum Member: String, CodingKey, CaseIterable {
        case text, file, mode
        case moment = "at"
        case repeats = "repeat"
        case duration = "duration_s"
        case seed, guidance, temperature, policy
    }

    static let textArguments = Member.allCases.filter { $0 != .file }.map(\.rawValue)
    static let fileArguments = [Member.file, .mode, .moment, .repeats].map(\.rawValue)

    /// The members that say it; the text, or the name of the file, under `name`.
    func members(named name: Member) -> [JSONValue.Member] {
        let members: [(Member, JSONValue?)] = [
            (name, .string(text)), (.mode, mode == .append ? nil : .string(mode.rawValue)),
            (.moment, moment == .now ? nil : .string(moment.rawValue)),
            (.repeats, repeats == 1 ? nil : JSONValue(repeats)),
            (.duration, duration.map(JSONValue.number)), (.seed, seed.map(JSONValue.integer)),
            (.guidance, guidance.map(JSONValue.number)), (.temperature, temperature.map(JSONValue.number)),
            (.policy, policy.map { .string($0.rawValue) }),
        ]
        return members.compactMap { member, value in value.map { .init(member.rawValue, $0) } }
    }

    /// Reads the arguments of `say`.
    init(text body: inout RequestFields) throws(RequestError) {
        guard let text = try body.string(Member.text) else { throw body.missing(Member.text, "`say` needs a text") }
        self.init(text: try Say.checked(text, field: "body.text"))
        try readPlacement(&body)
        duration = try body.number(Member.duration, in: 0.2...120)
        seed = try body.integer(Member.seed, in: 0...Int64.max)
        guidance = try body.number(Member.guidance, in: 0...20)
        temperature = try body.number(Member.temperature, in: Double.leastNormalMagnitude...5)
        policy = try body.choice(Member.policy, of: Policy.self)
    }

    /// Reads the arguments of `play`.
    init(file body: inout RequestFields) throws(RequestError) {
        guard let file = try body.string(Member.file) else {
            throw body.missing(Member.file, "`play` needs the name of a motion file")
        }
        self.init(text: try Say.checked(file, field: "body.file"))
        try readPlacement(&body)
    }

    /// Where a motion goes on the timeline, and how often.
    private mutating func readPlacement(_ body: inout RequestFields) throws(RequestError) {
        if let mode = try body.choice(Member.mode, of: Mode.self) { self.mode = mode }
        let moment = try body.choice(Member.moment, of: Moment.self)
        if let moment, mode == .append, moment != .now {
            throw RequestError(
                .invalidCombination, "`at` belongs to `replace`; with `append` motion always follows at the end",
                field: "body.at")
        }
        if let moment { self.moment = moment }
        if let repeats = try body.integer(Member.repeats, in: 1...100) { self.repeats = Int(repeats) }
    }

    /// A text without white space around it, which must hold something and not too much.
    static func checked(_ text: String, field: String?) throws(RequestError) -> String {
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
