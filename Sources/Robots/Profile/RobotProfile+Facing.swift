public import Geometry

extension RobotProfile {
    /// Orientation of the frame in which x points ahead, y left and z up, in the world, when the root's is `rotation`.
    public func orientation(ofRoot rotation: Quaternion) -> Quaternion { rotation * facing }

    /// Where the root stands when it does not float: its own front looks along the world's x.
    public var restingRoot: Quaternion { facing.conjugate }

    /// Tells the same robot with another frame of its root body: what was `v` in it is `turn` applied to `v` now.
    mutating func turnRoot(by turn: Quaternion) {
        guard let root = bodies.first?.name, turn.angle > 1e-6 else { return }
        let rotation = RigidTransform(translation: .zero, rotation: turn)
        bodies[0].centerOfMass = turn.act(bodies[0].centerOfMass).tidy
        bodies[0].inertia = bodies[0].inertia.rotated(by: turn).map { ($0 * 1e10).rounded() / 1e10 + 0 }
        for index in bodies.indices where bodies[index].parent == root {
            let turned = rotation * bodies[index].pose
            bodies[index].pose = RigidTransform(
                translation: turned.translation.tidy, rotation: turned.rotation.tidy)
        }
        for index in human.entries.indices where human.entries[index].body == root {
            human.entries[index].point = turn.act(human.entries[index].point).rounded6
            if let rotation = human.entries[index].rotation {
                human.entries[index].rotation = (rotation * turn.conjugate).tidy
            }
        }
        for index in collision.capsules.indices where collision.capsules[index].body == root {
            collision.capsules[index].from = turn.act(collision.capsules[index].from).rounded6
            collision.capsules[index].to = turn.act(collision.capsules[index].to).rounded6
        }
        for name in poses.keys {
            guard var pose = poses[name] else { continue }
            pose.rootRotation = (pose.rootRotation * turn.conjugate).tidy
            poses[name] = pose
        }
        facing = (turn * facing).tidy
    }
}
