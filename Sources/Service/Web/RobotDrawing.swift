internal import Geometry
internal import Robots
internal import Wire

/// A robot as line segments with a thickness: its bones, and the capsules that stand for its shapes.
struct RobotDrawing {
    private struct Segment {
        var from: (body: Int, point: Vector3)
        var to: (body: Int, point: Vector3)
        var radius: Double
    }

    private let workspace: KinematicWorkspace
    private let segments: [Segment]
    /// The profile that it draws.
    let profile: String

    /// A drawing of the robot that a profile describes.
    init(_ profile: RobotProfile) throws(KinematicsError) {
        let tree = try KinematicTree(profile)
        workspace = KinematicWorkspace(tree)
        self.profile = profile.contentHash
        let bones = profile.bodies.enumerated().compactMap { index, body -> Segment? in
            guard let parent = body.parent.flatMap({ tree.index(ofBody: $0) }) else { return nil }
            return Segment(from: (parent, .zero), to: (index, .zero), radius: 0.015)
        }
        let shapes = profile.collision.capsules.compactMap { capsule -> Segment? in
            tree.index(ofBody: capsule.body).map { body in
                Segment(from: (body, capsule.from), to: (body, capsule.to), radius: capsule.radius)
            }
        }
        segments = bones + shapes
    }

    /// Radius of every segment, metres.
    var radii: JSONValue { .array(segments.map { RobotDrawing.rounded($0.radius) }) }

    /// Both ends of every segment in the world, six numbers each, metres.
    func ends(_ pose: RobotConfiguration) -> JSONValue {
        workspace.update(pose)
        return .array(
            segments.flatMap { segment in
                [segment.from, segment.to].flatMap { body, point -> [JSONValue] in
                    let place = workspace.pose(ofBody: body).act(point)
                    return [place.x, place.y, place.z].map(RobotDrawing.rounded)
                }
            })
    }

    private static func rounded(_ value: Double) -> JSONValue { .number((value * 1000).rounded() / 1000) }
}
