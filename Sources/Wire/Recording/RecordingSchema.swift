/// What the messages in JSON of a recording are, as JSON Schema: viewers such as Foxglove plot only what has one.
public enum RecordingSchema: String, CaseIterable, Sendable {
    /// A request as it came.
    case request = "kmmd.Request"
    /// Something happened to a command.
    case commandEvent = "kmmd.CommandEvent"
    /// Something happened to a robot.
    case robotEvent = "kmmd.RobotEvent"
    /// All that is static about a robot.
    case profile = "kmmd.Profile"
    /// A robot's description, URDF. The name is ROS's, by which viewers know it.
    case robotDescription = "std_msgs/String"

    /// The schema of a topic's messages; nil where they are not in JSON.
    public init?(topic: String) {
        switch topic {
        case "request": self = .request
        case _ where topic.hasPrefix("event."): self = .commandEvent
        case _ where topic.hasPrefix("profile."): self = .profile
        case _ where topic.hasPrefix("robot."), _ where topic.hasPrefix("source."), _ where topic.hasPrefix("daemon."):
            self = .robotEvent
        default: return nil
        }
    }

    /// The schema itself, JSON Schema 2020-12. Further members may always be there.
    public var json: JSONValue {
        .object([
            .init("$schema", "https://json-schema.org/draft/2020-12/schema"), .init("title", .string(rawValue)),
            .init("type", "object"),
            .init(
                "properties",
                .object(members.map { .init($0.name, .object([.init("type", .string($0.kind))])) })),
        ])
    }

    private var members: [(name: String, kind: String)] {
        let told = [("epoch", "integer"), ("seq", "integer"), ("t_wall_ns", "integer"), ("t_mono_ns", "integer")]
        switch self {
        case .request:
            return [("v", "integer"), ("id", "string"), ("type", "string"), ("robot", "string"), ("body", "object")]
        case .commandEvent:
            return [
                ("event", "string"), ("command", "string"), ("robot", "string"), ("state", "string"),
                ("frame", "integer"), ("segment", "integer"), ("first_frame", "integer"), ("latency_ms", "number"),
                ("reason", "string"), ("segments", "array"), ("achieved", "array"),
            ] + told
        case .robotEvent:
            return [
                ("event", "string"), ("robot", "string"), ("state", "string"), ("frame", "integer"),
                ("slowed_frames", "integer"), ("joints", "object"), ("problem", "string"),
            ] + told
        case .profile:
            return [
                ("robot", "string"), ("profile", "string"), ("rate_hz", "integer"), ("joint_names", "array"),
                ("joint_lower", "array"), ("joint_upper", "array"), ("stand", "array"),
            ]
        case .robotDescription: return [("data", "string")]
        }
    }
}
