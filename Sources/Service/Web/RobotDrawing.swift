package import Geometry
internal import HumanBody
package import JSON
package import Robots

/// A robot as the page draws it: capsules on its bodies, which stand for its shapes and its bones, and where the bodies are.
package struct RobotDrawing {
    private struct Segment {
        var body: Int
        var from: Vector3
        var to: Vector3
        var radius: Double
    }

    private let workspace: KinematicWorkspace
    private let robot: RobotProfile
    private let segments: [Segment]
    /// Height over the floor and place to the left of every body, standing, metres.
    private let standing: [RigidTransform]
    /// Hash of the profile that it draws.
    var profile: String { robot.contentHash }

    /// Half the thickness of a bone, metres.
    private static let boneRadius = 0.015
    /// Nearer to the middle than this a body has no side, metres.
    private static let sideMargin = 0.02

    /// A drawing of the robot that a profile describes.
    package init(_ profile: RobotProfile) throws(KinematicsError) {
        let tree = try KinematicTree(profile)
        let workspace = KinematicWorkspace(tree)
        workspace.update(profile.standPose)
        let standing = tree.bodyNames.indices.map { workspace.pose(ofBody: $0) }
        let bones = profile.bodies.compactMap { body -> Segment? in
            guard let parent = body.parent.flatMap({ tree.index(ofBody: $0) }) else { return nil }
            return Segment(body: parent, from: .zero, to: body.pose.translation, radius: RobotDrawing.boneRadius)
        }
        let shapes = profile.collision.capsules.compactMap { capsule -> Segment? in
            tree.index(ofBody: capsule.body).map { body in
                Segment(body: body, from: capsule.from, to: capsule.to, radius: capsule.radius)
            }
        }
        segments = bones + shapes + RobotDrawing.head(of: profile, tree, standing, over: shapes)
        (self.workspace, self.standing, robot) = (workspace, standing, profile)
    }

    /// A head for a robot that has no body of that name and does not reach a shoulder's width over its shoulders.
    private static func head(
        of profile: RobotProfile, _ tree: KinematicTree, _ standing: [RigidTransform], over shapes: [Segment]
    ) -> [Segment] {
        func body(_ joint: String) -> Int? {
            profile.human.entries.first { $0.joint.name == joint }.flatMap { tree.index(ofBody: $0.body) }
        }
        guard let trunk = body("spine3") ?? body("spine2"), let left = body("left_shoulder"),
            let right = body("right_shoulder")
        else { return [] }
        let middle = (standing[left].translation + standing[right].translation) / 2
        let width = (standing[left].translation - standing[right].translation).length
        func top(_ shape: Segment) -> Double {
            shape.radius + max(standing[shape.body].act(shape.from).z, standing[shape.body].act(shape.to).z)
        }
        guard let highest = shapes.max(by: { top($0) < top($1) }) else { return [] }
        let rise = (top(highest) - middle.z) / width
        guard rise < 1, !tree.bodyNames.contains(where: { $0.lowercased().contains("head") }) else { return [] }
        // Where the trunk's capsules reach up to the crown, the head is what is wider than they are.
        let radius = max(0.24 * width, rise > 0.5 ? 1.3 * highest.radius : 0)
        let height = max(top(highest) - 0.8 * radius, middle.z + 0.3 * width + radius)
        let place = standing[trunk].inverse
        func point(_ above: Double) -> Vector3 { place.act(Vector3(middle.x, middle.y, height + above * radius)) }
        return [Segment(body: trunk, from: point(-0.2), to: point(0.2), radius: radius)]
    }

    /// Left 1, right -1, else 0.
    private func side(ofBody body: Int) -> Int {
        let place = standing[body].translation.y
        return place > RobotDrawing.sideMargin ? 1 : place < -RobotDrawing.sideMargin ? -1 : 0
    }

    /// What does not change: bodies, capsules and joints, with the address of the meshes where there are some.
    package func description(rate: Int, mesh: String?) -> JSONValue {
        let names = workspace.tree.bodyNames
        let members: [JSONValue.Member] = [
            .init("robot", .string(robot.name)), .init("name", .string(robot.displayName)),
            .init("profile", .string(profile)), .init("rate_hz", JSONValue(rate)),
            .init("bodies", .array(names.map { .string($0) })),
            .init("sides", .array(standing.indices.map { JSONValue(side(ofBody: $0)) })),
            .init(
                "segments",
                .array(
                    segments.map { segment in
                        [
                            "body": JSONValue(segment.body), "from": RobotDrawing.vector(segment.from),
                            "to": RobotDrawing.vector(segment.to), "radius": RobotDrawing.rounded(segment.radius),
                        ]
                    })),
            .init(
                "joints",
                .array(
                    robot.drivenJoints.map { joint in
                        [
                            "name": .string(joint.name),
                            "range": .array([
                                RobotDrawing.rounded(joint.limits.lower), RobotDrawing.rounded(joint.limits.upper),
                            ]),
                        ]
                    })),
        ]
        return .object(members + (mesh.map { [.init("mesh", .string($0))] } ?? []))
    }

    /// The robot's capsules in the world, metres; `side` is 1 for left ones, -1 for right ones, else 0.
    package func capsules(
        _ pose: RobotConfiguration
    ) -> [(from: Vector3, to: Vector3, radius: Double, side: Int)] {
        workspace.update(pose)
        return segments.map { segment in
            let place = workspace.pose(ofBody: segment.body)
            return (place.act(segment.from), place.act(segment.to), segment.radius, side(ofBody: segment.body))
        }
    }

    /// Where every body is: position, metres, and orientation (w, x, y, z), seven numbers each.
    package func bodies(_ pose: RobotConfiguration) -> JSONValue {
        workspace.update(pose)
        return .array(
            workspace.tree.bodyNames.indices.flatMap { body -> [JSONValue] in
                let place = workspace.pose(ofBody: body)
                let (p, q) = (place.translation, place.rotation)
                return [p.x, p.y, p.z, q.w, q.x, q.y, q.z].map(RobotDrawing.rounded)
            })
    }

    /// Numbers with as many digits as can be seen.
    static func numbers(_ values: [Double]) -> JSONValue { .array(values.map(rounded)) }

    private static func vector(_ value: Vector3) -> JSONValue { numbers([value.x, value.y, value.z]) }

    private static func rounded(_ value: Double) -> JSONValue {
        guard value.isFinite else { return .null }
        return .number((value * 10_000).rounded() / 10_000)
    }
}
