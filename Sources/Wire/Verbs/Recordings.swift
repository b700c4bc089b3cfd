/// Whether a recording begins or ends.
public struct Record: Hashable, Sendable, Encodable {
    /// What shall happen.
    public enum Action: String, Hashable, Sendable, CaseIterable, Encodable {
        /// A recording begins.
        case start
        /// It ends.
        case stop
    }

    /// What shall happen.
    public var action: Action
    /// The recording's name; nil lets the daemon choose one.
    public var name: String?

    /// Creates the arguments.
    public init(_ action: Action, name: String? = nil) {
        self.action = action
        self.name = name
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case action, name }

    static let arguments = CodingKeys.allCases.map(\.rawValue)

    init(_ body: inout RequestFields) throws(RequestError) {
        guard let action = try body.choice(CodingKeys.action, of: Action.self) else {
            throw body.missing(CodingKeys.action, "`record` needs an `action`: start or stop")
        }
        self.init(action, name: try body.string(CodingKeys.name, maximumLength: 64))
        if action == .stop, name != nil {
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
