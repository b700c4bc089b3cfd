public import Geometry

/// Where a robot is, as its own sensors say: a message `state.<robot>.` in the container of the stream.
public struct MeasuredState: Hashable, Sendable {
    /// The robot's name.
    public var robot: String
    /// Position of every driven joint, radians.
    public var jointPositions: [Double]
    /// Velocity of every driven joint, rad/s; empty when not sent.
    public var jointVelocities: [Double]
    /// Orientation of the root in the world, unit length; nil when not sent.
    public var rootRotation: Quaternion?
    /// Position of the root in the robot's own world, metres; nil when not sent.
    public var rootPosition: Vector3?

    /// When the sensors were read by the sender's clock, nanoseconds since 1970; nil when not sent.
    public var wallNanoseconds: Int64?

    /// Creates a state.
    public init(
        robot: String, jointPositions: [Double], jointVelocities: [Double] = [], rootRotation: Quaternion? = nil,
        rootPosition: Vector3? = nil
    ) {
        self.robot = robot
        self.jointPositions = jointPositions
        self.jointVelocities = jointVelocities
        self.rootRotation = rootRotation
        self.rootPosition = rootPosition
    }

    /// Reads `joint_pos`, and `joint_vel`, `root_quat` (w, x, y, z), `root_pos` and, as an array of one or in the header,
    /// `t_wall_ns` where they are there.
    ///
    /// - Throws: ``MeasuredStateError`` when a field is missing, of another length, or not finite.
    public init(_ message: StreamMessage) throws(MeasuredStateError) {
        guard message.topic.hasPrefix("state."), message.topic.hasSuffix("."), message.topic.utf8.count > 7 else {
            throw .topic(String(message.topic.prefix(64)))
        }
        robot = String(message.topic.dropFirst("state.".count).dropLast())
        guard let joints = try MeasuredState.numbers("joint_pos", in: message) else { throw .missing("joint_pos") }
        jointPositions = joints
        jointVelocities = try MeasuredState.numbers("joint_vel", in: message, count: joints.count) ?? []
        rootRotation = try MeasuredState.numbers("root_quat", in: message, count: 4).map {
            Quaternion(w: $0[0], x: $0[1], y: $0[2], z: $0[3])
        }
        rootPosition = try MeasuredState.numbers("root_pos", in: message, count: 3).map { Vector3($0[0], $0[1], $0[2]) }
        if let rotation = rootRotation {
            guard abs(rotation.length - 1) < 0.05 else { throw .notUnit }
            rootRotation = rotation.normalized
        }
        switch message["t_wall_ns"]?.elements {
        case nil: wallNanoseconds = message.header.first { $0.key == "t_wall_ns" }?.value.integer
        case .integer(let times)? where times.count == 1: wallNanoseconds = times[0]
        default: throw .format("`t_wall_ns` is not one i64")
        }
    }

    /// Whether a sensor may say so: what is beyond a million metres or radians is no measurement, and no whole number holds what comes
    /// of it.
    static func isPossible(_ value: Double) -> Bool { abs(value) < 1e6 }

    private static func numbers(
        _ name: String, in message: StreamMessage, count: Int? = nil
    ) throws(MeasuredStateError) -> [Double]? {
        guard let field = message[name] else { return nil }
        let values: [Double]
        switch field.elements {
        case .float(let floats): values = floats.map(Double.init)
        case .double(let doubles): values = doubles
        default: throw .type(name)
        }
        if let count, values.count != count { throw .count(name, found: values.count, expected: count) }
        guard values.allSatisfy(isPossible) else { throw .notFinite(name) }
        return values
    }
}

/// Why a message is no measured state.
public enum MeasuredStateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The topic is not `state.<robot>.`, or not the one of the format.
    case topic(String)
    /// The message is not of the format.
    case format(String)
    /// A field that is needed is not there.
    case missing(String)
    /// A field is neither f32 nor f64.
    case type(String)
    /// A field has another length than it should.
    case count(String, found: Int, expected: Int)
    /// A number is infinite, not a number, or beyond a million.
    case notFinite(String)
    /// The orientation is no unit quaternion.
    case notUnit

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .topic(let topic): "the topic \"\(topic)\" is not the one that is expected"
        case .format(let reason): "the message is not of the format: \(reason)"
        case .missing(let name): "`\(name)` is missing"
        case .type(let name): "`\(name)` is neither f32 nor f64"
        case .count(let name, let found, let expected): "`\(name)` has \(found) numbers; expected \(expected)"
        case .notFinite(let name): "`\(name)` holds a number that is not finite, or beyond a million"
        case .notUnit: "the root's orientation is no unit quaternion"
        }
    }
}
