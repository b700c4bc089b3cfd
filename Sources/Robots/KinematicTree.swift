package import CRigidBody
package import Geometry

/// Why a kinematic tree cannot be built.
public enum KinematicsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A joint that the kinematics do not know how to move.
    case unsupportedJoint(name: String, reason: String)
    /// The bodies and joints do not make a tree.
    case invalidTree

    /// What was wrong.
    public var description: String {
        switch self {
        case .unsupportedJoint(let name, let reason): "joint \"\(name)\": \(reason)"
        case .invalidTree: "the bodies and joints do not make a tree; see the findings of the profile's validation"
        }
    }
}

/// The immutable kinematic tree of a robot. Bodies are addressed by their index in the profile.
///
/// Unchecked Sendable: the native model behind the pointer never changes after creation.
public final class KinematicTree: @unchecked Sendable {
    /// Names of the bodies in the order of the profile; the root is the first.
    public let bodyNames: [String]
    /// Number of driven joints.
    public let jointCount: Int
    /// Whether the root moves freely.
    public let hasFloatingRoot: Bool
    /// Orientation of a root that does not float.
    let restingRoot: Quaternion
    package let handle: OpaquePointer

    /// Degrees of freedom: six of a floating root (velocity, angular velocity, in world axes), then the driven joints.
    public var degreesOfFreedom: Int { jointCount + (hasFloatingRoot ? 6 : 0) }

    /// Names of the driven joints in order.
    public let jointNames: [String]

    /// Builds the tree of a profile; mimic joints follow their joint, ball joints are held.
    public convenience init(_ profile: RobotProfile) throws(KinematicsError) {
        try self.init(bodies: profile.bodies, joints: profile.joints, restingRoot: profile.restingRoot)
    }

    /// Builds the tree of bodies, every parent before its children, and of their joints.
    init(
        bodies profileBodies: [RobotProfile.Body], joints profileJoints: [RobotProfile.Joint],
        restingRoot: Quaternion = .identity
    ) throws(KinematicsError) {
        self.restingRoot = restingRoot
        let names = profileJoints.filter(\.isDriven).map(\.name)
        jointNames = names
        bodyNames = profileBodies.map(\.name)
        jointCount = names.count
        hasFloatingRoot = profileJoints.contains { $0.kind == .floating }
        let index = Dictionary(zip(bodyNames, bodyNames.indices), uniquingKeysWith: { first, _ in first })
        let joints = Dictionary(profileJoints.map { ($0.body, $0) }, uniquingKeysWith: { first, _ in first })
        var bodies: [krb_body] = []
        for body in profileBodies {
            let joint = joints[body.name]
            if body.parent == nil, let joint, joint.kind != .floating, joint.kind != .fixed {
                throw .unsupportedJoint(name: joint.name, reason: "the root must be floating or fixed")
            }
            let driver = joint?.mimic?.joint ?? joint?.name
            bodies.append(
                krb_body(
                    parent: Int32(body.parent.flatMap { index[$0] } ?? -1), kind: joint?.nativeKind ?? KRB_FIXED,
                    placement: body.parent == nil ? krb_pose(.identity) : krb_pose(body.pose),
                    axis: krb_vector3(joint?.axis ?? Vector3(0, 0, 1)), origin: krb_vector3(joint?.origin ?? .zero),
                    variable: Int32(driver.flatMap { names.firstIndex(of: $0) } ?? -1),
                    ratio: joint?.mimic?.ratio ?? 1, constant: joint?.mimic?.offset ?? 0, mass: body.mass,
                    center_of_mass: krb_vector3(body.centerOfMass)))
        }
        var model: OpaquePointer?
        let status = krb_model_create(bodies, Int32(bodies.count), Int32(jointCount), hasFloatingRoot ? 1 : 0, &model)
        guard status == KRB_OK, let model else { throw .invalidTree }
        handle = model
    }

    deinit { krb_model_destroy(handle) }

    /// Index of a body; nil when there is none of that name.
    public func index(ofBody name: String) -> Int? { bodyNames.firstIndex(of: name) }
}

extension RobotProfile.Joint {
    fileprivate var nativeKind: krb_joint_kind {
        switch kind {
        case .revolute, .continuous: KRB_REVOLUTE
        case .prismatic: KRB_PRISMATIC
        case .fixed, .ball, .floating: KRB_FIXED
        }
    }
}

extension krb_vector3 {
    package init(_ v: Vector3) { self.init(x: v.x, y: v.y, z: v.z) }
}

extension krb_quaternion {
    package init(_ q: Quaternion) { self.init(w: q.w, x: q.x, y: q.y, z: q.z) }
}

extension krb_pose {
    package init(_ pose: RigidTransform) {
        self.init(position: krb_vector3(pose.translation), rotation: krb_quaternion(pose.rotation))
    }
}

extension Vector3 {
    package init(_ v: krb_vector3) { self.init(v.x, v.y, v.z) }
}

extension Quaternion {
    package init(_ q: krb_quaternion) { self.init(w: q.w, x: q.x, y: q.y, z: q.z) }
}

extension RigidTransform {
    package init(_ pose: krb_pose) {
        self.init(translation: Vector3(pose.position), rotation: Quaternion(pose.rotation))
    }
}
