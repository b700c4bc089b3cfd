public import ServiceCore
internal import Wire

/// One receiver that a robot's references are sent to besides the native stream. None is on unless configured.
///
/// Written as `[ROBOT:]FORMAT[=ENDPOINT][,OPTION[=VALUE]]…`, such as `sonic`, `sonic,look_ahead=10,control` or
/// `unitree_g1:twist2=redis://127.0.0.1:6379/0`.
public struct SinkConfiguration: Hashable, Sendable {
    /// The robot; nil for the first one.
    public var robot: String?
    /// The receiver's format.
    public var format: SinkFormat
    /// Where a socket is bound for it, or the Redis server.
    public var endpoint: String
    /// SONIC: frames that the receiver's policy looks ahead, 1 to 200; nil for as many as the default policy does.
    public var lookAhead: Int?
    /// SONIC: whether the daemon also starts the robot's control, and stops it on `halt` and at its own end.
    public var sendsControl = false

    /// A sink with the format's defaults.
    public init(_ format: SinkFormat, robot: String? = nil, endpoint: String? = nil) {
        self.format = format
        self.robot = robot
        self.endpoint = endpoint ?? format.defaultEndpoint
    }

    /// The written form without the robot.
    public var text: String {
        var text = "\(format.name)=\(endpoint)"
        if let lookAhead { text += ",look_ahead=\(lookAhead)" }
        if sendsControl { text += ",control" }
        return text
    }

    /// Reads the written form.
    ///
    /// - Throws: `invalidConfiguration`, which says what would be right.
    public init(_ text: String) throws(StartError) {
        func fail(_ reason: String) -> StartError { .invalidConfiguration("the sink \"\(text)\" \(reason)") }
        var parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var head = parts.removeFirst()
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
        guard let format = SinkFormat.named(head) else {
            throw fail("is of no known format; known: \(SinkFormat.all.map(\.name).joined(separator: ", "))")
        }
        self.init(format, robot: robot, endpoint: endpoint)
        for part in parts {
            let (name, value) =
                part.firstIndex(of: "=").map {
                    (String(part[..<$0]), String(part[part.index(after: $0)...]))
                } ?? (part, "")
            switch name {
            case "look_ahead" where format.isSonic:
                guard let frames = Int(value), (1...200).contains(frames) else {
                    throw fail("needs look_ahead=1 to 200, in frames")
                }
                lookAhead = frames
            case "control" where format.isSonic: sendsControl = true
            default: throw fail("has the option \"\(name)\", which \(format.name) does not know")
            }
        }
        let isRedis = self.endpoint.hasPrefix("redis://")
        let wantsRedis = format.defaultEndpoint.hasPrefix("redis://")
        guard isRedis == wantsRedis, isRedis || self.endpoint.contains("://") else {
            throw fail(
                "has an endpoint that is none of \(format.name)'s; as it should be: \(format.defaultEndpoint)")
        }
    }
}
