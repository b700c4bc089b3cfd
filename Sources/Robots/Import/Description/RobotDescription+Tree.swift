import Geometry

extension RobotDescription {
    /// The bodies in the form of a profile.
    var profileBodies: [RobotProfile.Body] {
        bodies.map { body in
            RobotProfile.Body(
                name: body.name, parent: body.parent.map { bodies[$0].name }, pose: body.pose,
                mass: body.inertial.mass, centerOfMass: body.inertial.center, inertia: body.inertial.moments)
        }
    }

    /// The joints in the form of a profile; limits that the file does not give are infinite.
    var profileJoints: [RobotProfile.Joint] {
        bodies.compactMap { body in
            body.joint.map { joint in
                RobotProfile.Joint(
                    name: joint.name, body: body.name, kind: joint.kind, axis: joint.axis, origin: joint.origin,
                    limits: JointLimits(
                        lower: joint.range?.lowerBound ?? -.infinity, upper: joint.range?.upperBound ?? .infinity,
                        velocity: joint.velocity ?? .infinity, acceleration: .infinity, jerk: .infinity),
                    effort: joint.effort, mimic: joint.mimic, defaults: [])
            }
        }
    }
}

extension KinematicTree {
    /// Builds the tree of a description, with mimic joints driven on their own when `couplings` is false.
    public convenience init(_ description: RobotDescription, couplings: Bool = true) throws(KinematicsError) {
        var joints = description.profileJoints
        if !couplings { for index in joints.indices { joints[index].mimic = nil } }
        try self.init(bodies: description.profileBodies, joints: joints)
    }
}
