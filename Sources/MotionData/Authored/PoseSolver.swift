import Geometry
import HumanBody
import HumanMotion

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Changes parts of a frame as an author asks for them.
enum PoseSolver {
    static let legs = Side.both.flatMap { $0.leg.joints + [$0.toe] }
    /// Joints that share a lean, with their shares.
    static let trunk: [(joint: HumanJoint, share: Double)] = [(.spine1, 0.4), (.spine2, 0.35), (.spine3, 0.25)]
    static let neck: [(joint: HumanJoint, share: Double)] = [(.neck, 0.4), (.head, 0.6)]

    /// 0 for a joint of the left arm, 1 for one of the right; nil for others.
    static func side(ofArm joint: HumanJoint) -> Int? {
        guard DerivedMotion.arms.contains(joint) else { return nil }
        return joint.side == .left ? 0 : 1
    }

    /// Forward, to the left, to the left, radians.
    static func rotation(_ lean: Vector3) -> Quaternion {
        Quaternion(angle: lean.y, axis: Vector3(0, 1, 0)) * Quaternion(angle: lean.x, axis: Vector3(1, 0, 0))
            * Quaternion(angle: -lean.z, axis: Vector3(0, 0, 1))
    }

    static func lean(_ lean: Vector3, over joints: [(joint: HumanJoint, share: Double)], in frame: inout HumanFrame) {
        for (joint, share) in joints { frame.rotations[joint] = rotation(lean * share) * frame.rotations[joint] }
    }

    /// The chest's rotation in the world.
    static func chest(_ frame: HumanFrame) -> Quaternion {
        [HumanJoint.pelvis, .spine1, .spine2, .spine3].reduce(Quaternion.identity) { $0 * frame.rotations[$1] }
    }

    /// Where an elbow points unless told: down, outward and a little back.
    static func elbow(_ side: Side) -> Vector3 { Vector3(0.45 * side.sign, -1, -0.3) }

    /// The chest turns after a hand that reaches ahead or aside: radians for each metre.
    private static let following = (yaw: 0.25, roll: 0.1)

    static func follow(_ at: Vector3, _ side: Side, in frame: inout HumanFrame) {
        let ahead = min(max(at.z - 0.1, -0.3), 0.4)
        lean(
            Vector3(0, -side.sign * following.yaw * ahead, -side.sign * following.roll * max(at.y, 0)),
            over: trunk, in: &frame)
    }

    /// A place in the world.
    static func place(
        _ at: Vector3, from landmark: AuthoredAction.Landmark, _ side: Side, in frame: HumanFrame, standing: Standing
    ) -> Vector3 {
        let poses = SMPLSkeleton.forwardKinematics(frame)
        switch landmark {
        case .chest:
            return (poses[.leftShoulder].translation + poses[.rightShoulder].translation) / 2
                + poses[.spine3].rotation.act(at)
        case .head: return poses[.head].act(at)
        case .shoulder: return poses[side.shoulder].translation + poses[.spine3].rotation.act(at)
        case .hip: return poses[side.hip].translation + poses[.pelvis].rotation.act(at)
        case .floor:
            let feet = (standing.soles[0].toe + standing.soles[1].toe) / 2
            return Vector3(feet.x, 0, feet.z) + at
        }
    }

    /// The share of what an arm rises over the horizontal that the shoulder blade makes: about a third in people.
    private static let bladeLift = 0.35

    /// Reaches for a place with a wrist.
    static func reach(_ side: Side, to target: Vector3, pole: Vector3, palm: Vector3?, in frame: inout HumanFrame) {
        let (solver, limb, collar) = (LimbSolver.arm(side), side.arm, side.collar)
        var poses = SMPLSkeleton.forwardKinematics(frame)
        let chest = poses[.spine3].rotation
        let way = chest.conjugate.act(target - poses[limb.root].translation)
        let rise = max(atan2(way.y, (way.x * way.x + way.z * way.z).squareRoot()), 0)
        // A lift about the axis ahead, and forward about the vertical one as far as the hand is ahead or across.
        let lift = Quaternion(angle: side.sign * bladeLift * rise, axis: Vector3(0, 0, 1))
        let across = min(max(way.z, 0), 0.5) * 0.25 + max(-side.sign * way.x, 0) * 0.4
        let forward = Quaternion(angle: -side.sign * across, axis: Vector3(0, 1, 0))
        frame.rotations[collar] = forward * lift * frame.rotations[collar]
        poses = SMPLSkeleton.forwardKinematics(frame)
        let solved = solver.reach(from: poses[limb.root].translation, to: target, pole: pole)
        frame.rotations[limb.root] = (poses[collar].rotation.conjugate * solved.upper).normalized
        frame.rotations[limb.bend] = (solved.upper.conjugate * solved.lower).normalized
        var wrist = Quaternion.identity
        if let palm {
            // In the T pose the palms face down; the forearm turns them.
            let axis = SMPLSkeleton.offsets[limb.end].normalized
            let wanted = solved.lower.conjugate.act(palm)
            let facing = Vector3(0, -1, 0)
            let (a, b) = (facing - axis * axis.dot(facing), wanted - axis * axis.dot(wanted))
            if b.length > 0.2 {
                let angle = atan2(axis.dot(a.cross(b)), a.dot(b))
                wrist = Quaternion(angle: min(max(angle, -1.7), 1.7), axis: axis)
            }
        }
        frame.rotations[limb.end] = wrist
    }

    /// Lets an arm hang as it hung when the person stood, however the trunk leans.
    static func hang(_ side: Side, like standing: Standing, in frame: inout HumanFrame) {
        let (collar, shoulder) = (side.collar, side.shoulder)
        let poses = SMPLSkeleton.forwardKinematics(frame)
        frame.rotations[shoulder] =
            (poses[collar].rotation.conjugate * standing.poses[shoulder].rotation).normalized
    }

    /// Puts a foot where it stands or is lifted to, and solves the leg. A heel is lifted about the ball of the foot, toes about the
    /// ankle.
    static func setFoot(
        _ side: Side, _ recorded: FootTarget, move: Vector3, pitch: Double, yaw: Double, in frame: inout HumanFrame
    ) {
        let (solver, limb, toe) = (LimbSolver.leg(side), side.leg, side.toe)
        let turn = Quaternion(angle: yaw, axis: Vector3(0, 1, 0))
        let flat = turn * recorded.rotation
        let across = flat.act(Vector3(1, 0, 0))
        let level = Vector3(across.x, 0, across.z)
        let foot = Quaternion(angle: pitch, axis: level.length > 0.1 ? level : across) * flat
        let flatAnkle = recorded.toe + move - flat.act(SMPLSkeleton.offsets[toe])
        let ankle = pitch > 0 ? recorded.toe + move - foot.act(SMPLSkeleton.offsets[toe]) : flatAnkle
        let poses = SMPLSkeleton.forwardKinematics(frame)
        let hip = poses[limb.root].translation
        // Knees point where the feet do, as far as they do not point at the floor.
        let ahead = poses[.pelvis].rotation.act(Vector3(0, 0, 1)) * 0.5 + flat.act(Vector3(0, 0, 1)) * 0.5
        let pole = ahead + flat.act(Vector3(0.08 * side.sign, 0, 0))
        let solved = solver.reach(from: hip, to: ankle, pole: pole)
        frame.rotations[limb.root] = (poses[.pelvis].rotation.conjugate * solved.upper).normalized
        frame.rotations[limb.bend] = (solved.upper.conjugate * solved.lower).normalized
        frame.rotations[limb.end] = (solved.lower.conjugate * foot).normalized
        // Toes stay on the floor while the heel is up.
        let isDown = move.y < 0.03
        frame.rotations[toe] =
            isDown && pitch > 0 ? Quaternion(angle: -min(pitch, 0.9), axis: Vector3(1, 0, 0)) : .identity
    }
}
