public import Geometry

/// The bones of SMPL's mean body (zero betas).
///
/// Rest pose: T pose, y up, facing +z, left side on +x; all joint frames parallel to the world.
/// Loper et al., "SMPL: A Skinned Multi-Person Linear Model", SIGGRAPH Asia 2015.
public enum SMPLSkeleton {
    /// Position of the pelvis relative to the body's origin in the rest pose, metres: SMPL's `transl` is
    /// `pelvis - restPelvis`.
    public static let restPelvis = Vector3(-0.001795, -0.223333, 0.028219)
    /// By joint: rest offset in the parent's frame, metres; null for the pelvis.
    public static let offsets: [Vector3] = [
        .zero, Vector3(0.069520, -0.091406, -0.006815), Vector3(-0.067670, -0.090522, -0.004320),
        Vector3(-0.002533, 0.108963, -0.026696), Vector3(0.034277, -0.375199, -0.004496),
        Vector3(-0.038290, -0.382569, -0.008850), Vector3(0.005487, 0.135180, 0.001092),
        Vector3(-0.013596, -0.397961, -0.043693), Vector3(0.015774, -0.398415, -0.042312),
        Vector3(0.001457, 0.052922, 0.025425), Vector3(0.026358, -0.055791, 0.119288),
        Vector3(-0.025372, -0.048144, 0.123348), Vector3(-0.002778, 0.213870, -0.042857),
        Vector3(0.078845, 0.121749, -0.034090), Vector3(-0.081759, 0.118833, -0.038615),
        Vector3(0.005152, 0.064970, 0.051349), Vector3(0.090977, 0.030469, -0.008868),
        Vector3(-0.096012, 0.032551, -0.009143), Vector3(0.259612, -0.012772, -0.027456),
        Vector3(-0.253742, -0.013329, -0.021401), Vector3(0.249234, 0.008986, -0.001171),
        Vector3(-0.255298, 0.007772, -0.005559),
    ]

    /// By joint: the rotations of the rest pose.
    public static let restRotations = [Quaternion](repeating: .identity, count: HumanJoint.count)

    /// Middle of the hip joints in the pelvis' frame, metres.
    public static let hipCentre = (offsets[.leftHip] + offsets[.rightHip]) / 2

    /// Thigh and shank, mean of both sides, metres.
    public static let legLength =
        [HumanJoint.leftKnee, .rightKnee, .leftAnkle, .rightAnkle].reduce(0) { $0 + offsets[$1].length } / 2

    /// World poses of all joints of a frame.
    public static func forwardKinematics(_ frame: HumanFrame) -> [RigidTransform] {
        var poses = [RigidTransform(translation: frame.pelvis, rotation: frame.rotations[.pelvis])]
        poses.reserveCapacity(HumanJoint.count)
        for (parent, joint) in HumanJoint.bones {
            poses.append(
                poses[parent] * RigidTransform(translation: offsets[joint], rotation: frame.rotations[joint]))
        }
        return poses
    }

    /// World rotations of joints from those in their parents.
    public static func worldRotations(_ local: [Quaternion]) -> [Quaternion] {
        var world = local
        for (parent, joint) in HumanJoint.bones { world[joint] = world[parent] * local[joint] }
        return world
    }

    /// Rotations in the parents from those in the world.
    public static func localRotations(_ world: [Quaternion]) -> [Quaternion] {
        var local = world
        for (parent, joint) in HumanJoint.bones { local[joint] = world[parent].conjugate * world[joint] }
        return local.map(\.normalized)
    }
}
