import CRigidBody
public import Geometry

/// Scratch memory for the kinematics of one tree, for use by one thread at a time. Nothing allocates after creation,
/// but for the arrays that are returned.
public final class KinematicWorkspace {
    /// The tree.
    public let tree: KinematicTree
    package let handle: OpaquePointer

    /// Creates a workspace whose solver takes up to `maxFloorPoints`.
    public init(_ tree: KinematicTree, maxFloorPoints: Int = 0) {
        var workspace: OpaquePointer?
        let status = krb_workspace_create(tree.handle, Int32(maxFloorPoints), &workspace)
        guard status == KRB_OK, let workspace else { fatalError("out of memory") }
        self.tree = tree
        handle = workspace
    }

    deinit { krb_workspace_destroy(handle) }

    /// Moves the robot to `configuration`, of which a fixed root ignores the root's pose; the other members answer for
    /// the configuration given last.
    public func update(_ configuration: RobotConfiguration) {
        precondition(configuration.jointPositions.count == tree.jointCount, "one position for each driven joint")
        let root =
            tree.hasFloatingRoot
            ? RigidTransform(translation: configuration.rootPosition, rotation: configuration.rootRotation)
            : RigidTransform(translation: .zero, rotation: tree.restingRoot)
        _ = krb_forward(handle, krb_pose(root), configuration.jointPositions)
    }

    /// Pose of a body in the world.
    public func pose(ofBody body: Int) -> RigidTransform {
        precondition(tree.bodyNames.indices.contains(body), "no such body")
        return RigidTransform(krb_body_pose(handle, Int32(body)))
    }

    /// Centre of mass of the whole robot in the world, m.
    public var centerOfMass: Vector3 { Vector3(krb_center_of_mass(handle)) }

    /// Geometric Jacobians of all bodies, [body][6][degree of freedom]: linear velocity of the body's origin, then
    /// angular velocity, both in world axes.
    public func jacobians() -> [Double] {
        let count = tree.bodyNames.count * 6 * tree.degreesOfFreedom
        return [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            base.initialize(repeating: 0, count: count)
            _ = krb_jacobians(handle, base)
            initialized = count
        }
    }

    /// Jacobian of the centre of mass, [3][degree of freedom].
    public func centerOfMassJacobian() -> [Double] {
        var jacobian = [Double](repeating: 0, count: 3 * tree.degreesOfFreedom)
        _ = krb_center_of_mass_jacobian(handle, &jacobian)
        return jacobian
    }
}
