internal import Glibc
public import Logging
internal import ServiceCore
internal import Synchronization
internal import Wire

/// Writes log lines to standard error: one JSON object each under journald, readable text elsewhere.
///
/// Logging waits for nobody (see ``LogWriter``), one place of the program logs only so often (see ``LogThrottle``), and what
/// clients send can forge no line and move no cursor.
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
        let throttle = Mutex(LogThrottle())
    }
    /// Characters of a line, at most.
    private static let longest = 4096

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
        let (passes, withheld) = level.throttle.withLock {
            $0.pass("\(event.file):\(event.line)", at: Clock.monotonic())
        }
        guard passes || event.level == .critical else { return }
        var values = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        if withheld > 0 { values.append(("and_before", "\(withheld)")) }
        let now = Clock.wall()
        let message = "\(event.message)".prefix(LogOutput.longest)
        if isJSON {
            var members: [JSONValue.Member] = [
                .init("t_wall_ns", .integer(now)), .init("level", .string(event.level.rawValue)),
                .init("message", .string(String(message))),
            ]
            members += values.map { .init($0.key, .string(String("\($0.value)".prefix(LogOutput.longest)))) }
            LogWriter.standardError.add(JSONValue.object(members).text)
        } else {
            let details = values.map { " \($0.key)=\("\($0.value)".prefix(LogOutput.longest))" }.joined()
            let line = LogOutput.escaped("\(message)\(details)")
            LogWriter.standardError.add("\(LogOutput.timeOfDay(now)) \(event.level.rawValue): \(line)")
        }
    }

    /// The text with what is no visible character written out: a line of the log stays one.
    static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                escaped.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
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
