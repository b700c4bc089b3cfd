internal import Geometry
internal import Robots
internal import Timeline

/// Velocities of all of a robot's bodies in a frame, exactly as its joints' velocities give them. Allocates nothing after
/// creation.
struct BodyVelocities {
    private struct Link {
        var parent: Int?
        /// The driven joint that moves the body, how many times as far it goes, and its axis and a point of it in the body.
        var joint: (index: Int, ratio: Double, slides: Bool, axis: Vector3, origin: Vector3)?
    }

    private let links: [Link]
    /// Velocity of every body's origin in the world, m/s.
    private(set) var linear: [Vector3]
    /// Angular velocity of every body in the world's axes, rad/s.
    private(set) var angular: [Vector3]

    init(_ profile: RobotProfile) {
        let driven = profile.jointNames
        links = profile.bodies.map { body in
            let joint = profile.joints.first { $0.body == body.name }
            let driver = joint?.mimic?.joint ?? joint?.name
            let index = driver.flatMap { driven.firstIndex(of: $0) }
            let parent = body.parent.flatMap { name in profile.bodies.firstIndex { $0.name == name } }
            guard let joint, let index, joint.kind.moves else { return Link(parent: parent, joint: nil) }
            return Link(
                parent: parent,
                joint: (index, joint.mimic?.ratio ?? 1, joint.kind == .prismatic, joint.axis, joint.origin))
        }
        linear = Array(repeating: .zero, count: links.count)
        angular = linear
    }

    /// Takes in a frame for which `workspace` has the bodies' poses.
    mutating func update(_ frame: PublishedFrame, _ workspace: KinematicWorkspace) {
        for (body, link) in links.enumerated() {
            guard let parent = link.parent else {
                (linear[body], angular[body]) = (frame.rootLinearVelocity, frame.rootAngularVelocity)
                continue
            }
            let (pose, base) = (workspace.pose(ofBody: body), workspace.pose(ofBody: parent).translation)
            var turn = angular[parent]
            // The velocity of a point that belongs to both, and from there on that of the body.
            let shared = link.joint.map { pose.act($0.origin) } ?? pose.translation
            var velocity = linear[parent] + turn.cross(shared - base)
            if let joint = link.joint {
                let rate = pose.rotation.act(joint.axis) * (joint.ratio * frame.jointVelocities[joint.index])
                if joint.slides { velocity += rate } else { turn += rate }
            }
            linear[body] = velocity + turn.cross(pose.translation - shared)
            angular[body] = turn
        }
    }
}
