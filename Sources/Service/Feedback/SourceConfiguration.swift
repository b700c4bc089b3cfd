public import ServiceCore
internal import Wire

/// Where the measured state of one robot comes from. Without one, what comes to the state socket is taken as it comes; with
/// one, the robot holds when it falls silent.
///
/// Written as `[ROBOT:]FORMAT[=ENDPOINT]`, such as `sonic`, `native` or `unitree_g1:sim2real=tcp://10.0.0.2:5590`.
public struct SourceConfiguration: Hashable, Sendable {
    /// Whose messages are read.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// The daemon's own state socket.
        case native
        /// SONIC's feedback.
        case sonic
        /// sim2real's low state.
        case sim2real
        /// LeRobot's bridge.
        case lerobot

        /// Where the controller publishes; nil for the state socket.
        public var defaultEndpoint: String? {
            switch self {
            case .native: nil
            case .sonic: "tcp://127.0.0.1:5557"
            case .sim2real: "tcp://127.0.0.1:5590"
            case .lerobot: "tcp://127.0.0.1:6001"
            }
        }

        var decoded: FeedbackDecoder.Format? { FeedbackDecoder.Format(rawValue: rawValue) }
    }

    /// The robot; nil for the first one.
    public var robot: String?
    /// Whose messages are read.
    public var format: Format
    /// Where they are published; nil for the state socket.
    public var endpoint: String?

    /// A source with the format's defaults.
    public init(_ format: Format, robot: String? = nil, endpoint: String? = nil) {
        self.format = format
        self.robot = robot
        self.endpoint = endpoint ?? format.defaultEndpoint
    }

    /// Reads the written form.
    ///
    /// - Throws: `invalidConfiguration`, which says what would be right.
    public init(_ text: String) throws(StartError) {
        func fail(_ reason: String) -> StartError { .invalidConfiguration("the source \"\(text)\" \(reason)") }
        var head = text
        var endpoint: String?
        if let equals = head.firstIndex(of: "=") {
            endpoint = String(head[head.index(after: equals)...])
            head = String(head[..<equals])
        }
        var robot: String?
        if let colon = head.lastIndex(of: ":") {
            robot = String(head[..<colon])
            head = String(head[head.index(after: colon)...])
        }
        guard let format = Format(rawValue: head) else {
            throw fail("is of no known format; known: \(Format.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        if let endpoint, format == .native || !endpoint.contains("://") {
            let example = format.defaultEndpoint.map { "as it should be: \($0)" } ?? "`native` has none"
            throw fail("has an endpoint that is none of \(format.rawValue)'s; \(example)")
        }
        self.init(format, robot: robot, endpoint: endpoint)
    }
}
