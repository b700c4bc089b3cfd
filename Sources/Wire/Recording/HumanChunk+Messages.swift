internal import Geometry
internal import HumanBody
internal import HumanMotion
internal import JSON
internal import Robots
public import Timeline

extension HumanChunk {
    /// The frames as they were generated: a message `generated.<robot>.` with `frame` (waypoints of the trajectory), `pelvis`
    /// [N,3], `rotations` [N,22,4] in SMPL's order (the pelvis in the world, y up; the others in their parents), and
    /// `contacts` [N,4] (left ankle and toe, right ankle and toe).
    public func generated(_ tag: MotionTag, robot: String) -> StreamMessage {
        StreamMessage(
            topic: "generated.\(robot).", header: header(tag, frame: "smpl"),
            fields: [
                numbers, .init("pelvis", shape: [frames.count, 3], .float(frames.flatMap { Self.list($0.pelvis) })),
                .init(
                    "rotations", shape: [frames.count, HumanJoint.count, 4],
                    .float(frames.flatMap { $0.rotations.flatMap(Self.list) })),
                .init(
                    "contacts", shape: [frames.count, 4],
                    .float(frames.flatMap { $0.contacts.values.map(Float.init) })),
            ])
    }

    /// What retargeting made of them: a message `retargeted.<robot>.` with `frame` (waypoints of the trajectory), `root_pos`,
    /// `root_quat`, `joint_pos` and `contacts`, in the motion's own world, before any limit. There is a waypoint for each frame.
    public func retargeted(_ waypoints: [MotionWaypoint], _ tag: MotionTag, robot: String) -> StreamMessage {
        let poses = waypoints.map(\.configuration)
        let (joints, soles) = (poses.first?.jointPositions.count ?? 0, waypoints.first?.contacts.count ?? 0)
        return StreamMessage(
            topic: "retargeted.\(robot).", header: header(tag, frame: "motion"),
            fields: [
                numbers,
                .init("root_pos", shape: [poses.count, 3], .float(poses.flatMap { Self.list($0.rootPosition) })),
                .init("root_quat", shape: [poses.count, 4], .float(poses.flatMap { Self.list($0.rootRotation) })),
                .init(
                    "joint_pos", shape: [poses.count, joints],
                    .float(poses.flatMap { $0.jointPositions.map(Float.init) })),
                .init("contacts", shape: [poses.count, soles], .float(waypoints.flatMap(\.contacts))),
            ])
    }

    private var numbers: StreamMessage.Field {
        .init("frame", shape: [frames.count], .integer(frames.indices.map { Int64(firstWaypoint + $0) }))
    }

    private func header(_ tag: MotionTag, frame: String) -> [JSONValue.Member] {
        [
            .init("stretch", .integer(Int64(clamping: trajectory))),
            .init("command", .string(CommandName.text(Int64(clamping: tag.command)))),
            .init("segment", .integer(Int64(tag.segment))), .init("rate_hz", 30), .init("quat", "wxyz"),
            .init("frame_id", .string(frame)),
        ]
    }

    private static func list(_ vector: Vector3) -> [Float] { [vector.x, vector.y, vector.z].map(Float.init) }

    private static func list(_ turn: Quaternion) -> [Float] { [turn.w, turn.x, turn.y, turn.z].map(Float.init) }
}
