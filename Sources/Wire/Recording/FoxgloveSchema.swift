public import Geometry

/// The schemas of Foxglove's viewer that recordings use, in protobuf; field numbers as it publishes them.
public enum FoxgloveSchema: String, Hashable, Sendable, CaseIterable {
    /// Positions and velocities of named joints.
    case jointStates = "foxglove.JointStates"
    /// Poses of named frames in others.
    case frameTransforms = "foxglove.FrameTransforms"

    /// The schema as a serialised `FileDescriptorSet`, as MCAP asks for.
    public var descriptor: [UInt8] {
        var timestamp = ProtobufMessage()
        timestamp.text(1, "google/protobuf/timestamp.proto")
        timestamp.text(2, "google.protobuf")
        timestamp.message(4, Self.type("Timestamp", [("seconds", .integer), ("nanos", .shortInteger)]))
        timestamp.text(12, "proto3")

        var file = ProtobufMessage()
        file.text(1, "\(rawValue.split(separator: ".").joined(separator: "/")).proto")
        file.text(2, "foxglove")
        file.text(3, "google/protobuf/timestamp.proto")
        let time = Kind.message(".google.protobuf.Timestamp")
        switch self {
        case .jointStates:
            file.message(
                4, Self.type("JointState", [("name", .text), ("position", .optional), ("velocity", .optional)]))
            file.message(
                4, Self.type("JointStates", [("timestamp", time), ("joints", .repeated(".foxglove.JointState"))]))
        case .frameTransforms:
            file.message(4, Self.type("Vector3", [("x", .double), ("y", .double), ("z", .double)]))
            file.message(4, Self.type("Quaternion", [("x", .double), ("y", .double), ("z", .double), ("w", .double)]))
            file.message(
                4,
                Self.type(
                    "FrameTransform",
                    [
                        ("timestamp", time), ("parent_frame_id", .text), ("child_frame_id", .text),
                        ("translation", .message(".foxglove.Vector3")), ("rotation", .message(".foxglove.Quaternion")),
                    ]))
            file.message(
                4, Self.type("FrameTransforms", [("transforms", .repeated(".foxglove.FrameTransform"))]))
        }
        file.text(12, "proto3")

        var set = ProtobufMessage()
        set.message(1, timestamp)
        set.message(1, file)
        return set.bytes
    }

    private enum Kind {
        case double, optional, integer, shortInteger, text
        case message(String)
        case repeated(String)

        /// Number of the type in `FieldDescriptorProto`.
        var number: Int64 {
            switch self {
            case .double, .optional: 1
            case .integer: 3
            case .shortInteger: 5
            case .text: 9
            case .message, .repeated: 11
            }
        }
    }

    /// A message type whose fields are numbered from 1.
    private static func type(_ name: String, _ fields: [(name: String, kind: Kind)]) -> ProtobufMessage {
        var type = ProtobufMessage()
        type.text(1, name)
        var choices: Int64 = 0
        for (index, field) in fields.enumerated() {
            var description = ProtobufMessage()
            description.text(1, field.name)
            description.integer(3, Int64(index + 1))
            if case .repeated = field.kind { description.integer(4, 3) } else { description.integer(4, 1) }
            description.integer(5, field.kind.number)
            switch field.kind {
            case .message(let type), .repeated(let type): description.text(6, type)
            case .optional:
                description.integer(9, choices)
                description.integer(17, 1)
                choices += 1
            default: break
            }
            type.message(2, description)
        }
        for field in fields {
            guard case .optional = field.kind else { continue }
            var choice = ProtobufMessage()
            choice.text(1, "_" + field.name)
            type.message(8, choice)
        }
        return type
    }

    // MARK: Messages

    /// A message of `jointStates`.
    ///
    /// - Parameters:
    ///   - nanoseconds: UTC since 1970.
    ///   - names: The joints.
    ///   - positions: Their positions, rad.
    ///   - velocities: Their velocities, rad/s; none leaves them out.
    /// - Returns: Its bytes.
    public static func jointStates(
        at nanoseconds: Int64, names: [String], positions: [Double], velocities: [Double]? = nil
    ) -> [UInt8] {
        var message = ProtobufMessage()
        message.message(1, timestamp(nanoseconds))
        for (index, name) in names.enumerated() {
            var joint = ProtobufMessage()
            joint.text(1, name)
            joint.double(2, positions[index])
            if let velocities { joint.double(3, velocities[index]) }
            message.message(2, joint)
        }
        return message.bytes
    }

    /// A message of `frameTransforms`.
    ///
    /// - Parameters:
    ///   - nanoseconds: UTC since 1970.
    ///   - frames: Poses of frames in their parents.
    /// - Returns: Its bytes.
    public static func frameTransforms(
        at nanoseconds: Int64, _ frames: [(parent: String, child: String, pose: RigidTransform)]
    ) -> [UInt8] {
        var message = ProtobufMessage()
        for frame in frames {
            var translation = ProtobufMessage()
            let place = frame.pose.translation
            for (field, value) in [(1, place.x), (2, place.y), (3, place.z)] as [(UInt64, Double)] {
                translation.double(field, value)
            }
            var rotation = ProtobufMessage()
            let turn = frame.pose.rotation
            for (field, value) in [(1, turn.x), (2, turn.y), (3, turn.z), (4, turn.w)] as [(UInt64, Double)] {
                rotation.double(field, value)
            }
            var transform = ProtobufMessage()
            transform.message(1, timestamp(nanoseconds))
            transform.text(2, frame.parent)
            transform.text(3, frame.child)
            transform.message(4, translation)
            transform.message(5, rotation)
            message.message(1, transform)
        }
        return message.bytes
    }

    private static func timestamp(_ nanoseconds: Int64) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.integer(1, nanoseconds / 1_000_000_000)
        message.integer(2, nanoseconds % 1_000_000_000)
        return message
    }
}
