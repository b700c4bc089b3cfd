/// Whether a recording begins or ends, or what is done in it from now on.
public struct Record: Hashable, Sendable, Encodable {
    /// What shall happen.
    public enum Action: String, Hashable, Sendable, CaseIterable, Encodable {
        /// A recording begins.
        case start
        /// It ends.
        case stop
        /// From now on people do what a text says.
        case caption
    }

    /// What shall happen.
    public var action: Action
    /// The recording's name; nil lets the daemon choose one.
    public var name: String?
    /// For `caption`: what people do from now on; empty when it is of no use.
    public var text: String?
    /// For `caption`: which live person does; nil for all.
    public var person: String?

    /// Creates the arguments.
    public init(_ action: Action, name: String? = nil, text: String? = nil, person: String? = nil) {
        (self.action, self.name, self.text, self.person) = (action, name, text, person)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case action, name, text, person }

    /// Longest text of a caption, bytes.
    private static let longestText = 500

    static let arguments = CodingKeys.allCases.map(\.rawValue)

    init(_ body: inout RequestFields) throws(RequestError) {
        guard let action = try body.choice(CodingKeys.action, of: Action.self) else {
            throw body.missing(CodingKeys.action, "`record` needs an `action`: start, stop or caption")
        }
        self.init(
            action, name: try body.string(CodingKeys.name, maximumLength: 64),
            text: try body.string(CodingKeys.text, maximumLength: Self.longestText),
            person: try body.string(CodingKeys.person, maximumLength: 64))
        if action == .caption, text == nil {
            throw body.missing(CodingKeys.text, "a caption needs its `text`, such as \"a person waves\"")
        }
        if action != .caption, text != nil || person != nil {
            throw RequestError(
                .invalidCombination, "`text` and `person` belong to a caption",
                field: text == nil ? "body.person" : "body.text")
        }
        if action != .start, name != nil {
            throw RequestError(
                .invalidCombination, "`name` belongs to the start of a recording", field: "body.name")
        }
    }
}

/// Which recording is published again.
public struct Replay: Hashable, Sendable, Encodable {
    /// The recording's name.
    public var name: String
    /// Whether it is only checked, and published to nobody.
    public var isDryRun: Bool

    /// Creates the arguments.
    public init(name: String, isDryRun: Bool = false) {
        self.name = name
        self.isDryRun = isDryRun
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case isDryRun = "dry_run"
    }

    static let arguments = CodingKeys.allCases.map(\.rawValue)

    init(_ body: inout RequestFields) throws(RequestError) {
        guard let name = try body.string(CodingKeys.name, maximumLength: 64) else {
            throw body.missing(CodingKeys.name, "`replay` needs the name of a recording")
        }
        self.init(name: name, isDryRun: try body.boolean(CodingKeys.isDryRun) ?? false)
    }
}
