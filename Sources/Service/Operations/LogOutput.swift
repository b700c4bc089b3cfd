internal import Glibc
public import Logging
internal import ServiceCore
internal import Synchronization
internal import Wire

/// Writes log lines to standard error: one JSON object each under journald, readable text elsewhere.
public struct LogOutput: LogHandler {
    /// The least severe level that is written. All copies share it, so that it can change while the daemon runs.
    public var logLevel: Logger.Level {
        get { level.value.withLock { $0 } }
        set { level.value.withLock { $0 = newValue } }
    }
    /// What every line carries.
    public var metadata: Logger.Metadata = [:]
    private let isJSON: Bool
    private let level = Level()

    private final class Level: Sendable {
        let value = Mutex(Logger.Level.info)
    }

    /// Creates an output; with `auto` it writes JSON when `JOURNAL_STREAM` is set and standard error is no terminal.
    public init(_ settings: LogSettings, environment: [String: String]) {
        switch settings.format {
        case "json": isJSON = true
        case "text": isJSON = false
        default: isJSON = environment["JOURNAL_STREAM"] != nil && isatty(STDERR_FILENO) == 0
        }
        take(settings)
    }

    /// From now on lines of the level of `settings` are written; the form stays.
    func take(_ settings: LogSettings) {
        level.value.withLock { $0 = Logger.Level(rawValue: settings.level) ?? .info }
    }

    /// Reads or sets one value that every line carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let now = Clock.wall()
        let line: String
        if isJSON {
            var members: [JSONValue.Member] = [
                .init("t_wall_ns", .integer(now)), .init("level", .string(event.level.rawValue)),
                .init("message", .string("\(event.message)")),
            ]
            members += values.map { .init($0.key, .string("\($0.value)")) }
            line = JSONValue.object(members).text
        } else {
            let details = values.map { " \($0.key)=\($0.value)" }.joined()
            line = "\(LogOutput.timeOfDay(now)) \(event.level.rawValue): \(event.message)\(details)"
        }
        let bytes = Array((line + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    private static func timeOfDay(_ nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milliseconds = String(1000 + nanoseconds / 1_000_000 % 1000).dropFirst()
        return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)"
    }
}
