internal import Logging

/// How log lines are written.
public struct LogSettings: Hashable, Sendable {
    /// Least severe level that is written.
    public var level = "info"
    /// `text`, `json`, or `auto`: JSON under journald, text elsewhere.
    public var format = "auto"

    /// The defaults.
    public init() {}

    static let levels = Logger.Level.allCases.map(\.rawValue)
    static let formats = ["auto", "text", "json"]
}
