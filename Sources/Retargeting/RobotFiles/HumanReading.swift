import Geometry
import HumanBody
public import HumanMotion
public import Robots

/// A robot's motion as that of a person: forward kinematics through the profile's own map, read backwards.
///
/// Limbs point as the robot's do; trunk, head, feet and hands turn as the bodies that follow them. The legs' length cancels, as it
/// does on the way from a person to a robot.
public struct HumanReading {
    private let calibration: Calibration
    private let workspace: KinematicWorkspace
    private let fit: PositionFit
    private let joints: [HumanJoint]

    /// Parts whose turn is taken from the body that follows them.
    private static let turned: [HumanJoint] = [.pelvis, .spine3, .head] + Side.both.flatMap { [$0.ankle, $0.wrist] }

    /// Prepares the way of one robot's motions.
    ///
    /// - Throws: `RetargetingError` for a robot that is not mapped, or lacks a limb.
    public init(_ profile: RobotProfile) throws {
        let tree = try KinematicTree(profile)
        calibration = try Calibration(profile, tree)
        workspace = KinematicWorkspace(tree)
        let followers = calibration.followers
        if let missing = PositionFit.needed.first(where: { followers[$0] == nil }) {
            throw RetargetingError.unmappedJoint(missing)
        }
        joints = PositionFit.needed
        let leg = calibration.legs.first.map { $0.thigh + $0.shank } ?? 0
        fit = PositionFit(legLength: leg > 1e-6 ? leg : SMPLSkeleton.legLength)
    }

    /// The motion of a person; it stands where the robot's hips are over the floor, in a person's measure.
    public func clip(_ motion: RobotMotionFile) -> HumanClip {
        HumanClip(frameRate: motion.frameRate, frames: motion.frames.compactMap(frame))
    }

    private func frame(_ configuration: RobotConfiguration) -> HumanFrame? {
        workspace.update(configuration)
        var positions: [HumanJoint: Vector3] = [:]
        var rotations: [HumanJoint: Quaternion] = [:]
        for (joint, follower) in calibration.followers {
            let pose = workspace.pose(ofBody: follower.body)
            if joints.contains(joint) { positions[joint] = Vector3(toSMPL: pose.act(follower.point)) }
            if Self.turned.contains(joint), joint.side == nil || follower.orientationWeight > 0 {
                rotations[joint] = Quaternion(toSMPL: pose.rotation * follower.rotation.conjugate)
            }
        }
        return fit.frame(.init(positions: positions, rotations: rotations))
    }
}

extension Vector3 {
    /// From the robots' world to SMPL's axes.
    fileprivate init(toSMPL v: Vector3) { self.init(v.y, v.z, v.x) }
}

extension Quaternion {
    fileprivate init(toSMPL q: Quaternion) { self.init(w: q.w, x: q.y, y: q.z, z: q.x) }
}
