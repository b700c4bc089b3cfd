import CRigidBody
import Geometry
import HumanBody
import HumanMotion
import Robots

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How the human body fits onto one robot, measured once from the robot's own geometry.
///
/// The robot is brought into SMPL's T pose with its own segment lengths. The orientations of its bodies there are the
/// offsets between human and robot, so that none has to be tuned by hand.
struct Calibration {
    /// A robot body that follows an SMPL joint.
    struct Follower {
        var body: Int
        /// Centre of the human joint in the body.
        var point: Vector3
        var positionWeight: Double
        var orientationWeight: Double
        /// Orientation of the body while the human stands in the T pose at heading 0.
        var rotation: Quaternion
    }

    /// A limb segment, from one SMPL joint to the next, with the robot's length.
    struct Bone {
        var start: HumanJoint
        var end: HumanJoint
        var length: Double
        var limb: HumanLimb
    }

    /// A leg and its foot. The sole frame has its origin in the ankle, x towards the toes, and z up when the foot
    /// stands flat.
    struct Leg {
        var side: Side
        /// Lengths of the robot's thigh and shank.
        var thigh: Double
        var shank: Double
        /// Hip joint in the root body.
        var hipInRoot: Vector3
        /// Orientation of the sole frame in the foot's body.
        var sole: Quaternion
        /// Points of the sole in the sole frame.
        var corners: [Vector3]
        var heel: Vector3
        var toe: Vector3
    }

    private(set) var followers: [HumanJoint: Follower] = [:]
    private(set) var bones: [Bone] = []
    /// Left, right; empty for a robot without legs.
    private(set) var legs: [Leg] = []
    /// Joint positions in the T pose.
    private(set) var tPose: [Double] = []
    /// The robot's leg length over the human's.
    private(set) var scale = 1.0
    /// Middle of the hip joints in the root body.
    private(set) var hipsInRoot = Vector3.zero
    /// What the robot's hips stand higher than the scaled human's when both stand straight.
    private(set) var lift = 0.0

    init(_ profile: RobotProfile, _ tree: KinematicTree) throws(RetargetingError) {
        let workspace = KinematicWorkspace(tree)
        var upright = profile.standPose
        upright.rootPosition = .zero
        upright.rootRotation = Quaternion(angle: -upright.rootRotation.heading, axis: .up) * upright.rootRotation
        workspace.update(upright)

        try follow(profile, tree, workspace)
        measureBones(profile, workspace)
        let feet = profile.feet?.both ?? []
        if !feet.isEmpty {
            for (side, foot) in zip(Side.both, feet) {
                try addLeg(side, foot, tree, workspace)
            }
        }
        solveTPose(profile, tree, upright)
        upright.jointPositions = tPose
        workspace.update(upright)
        let overrides = Dictionary(
            profile.human.entries.map { ($0.joint, $0.rotation) }, uniquingKeysWith: { first, _ in first })
        let limbJoints = Set(HumanLimb.all.flatMap(\.joints))
        for (joint, follower) in followers {
            if let rotation = overrides[joint] ?? nil {
                followers[joint]?.rotation = rotation
            } else if limbJoints.contains(joint) {
                let rotation = swingFromStraight(joint) * workspace.pose(ofBody: follower.body).rotation
                followers[joint]?.rotation = rotation
            }
        }
        fitLegs(workspace)
    }

    private mutating func follow(
        _ profile: RobotProfile, _ tree: KinematicTree, _ upright: KinematicWorkspace
    ) throws(RetargetingError) {
        for entry in profile.human.entries {
            guard let body = tree.index(ofBody: entry.body) else { continue }
            followers[entry.joint] = Follower(
                body: body, point: entry.point, positionWeight: entry.positionWeight,
                orientationWeight: entry.orientationWeight, rotation: upright.pose(ofBody: body).rotation)
        }
        if profile.hasFloatingRoot, followers[.pelvis] == nil { throw .unmappedJoint(.pelvis) }
    }

    private mutating func measureBones(_ profile: RobotProfile, _ upright: KinematicWorkspace) {
        let scales = Dictionary(
            profile.human.entries.map { ($0.joint, $0.scale) }, uniquingKeysWith: { first, _ in first })
        for limb in HumanLimb.all {
            for (start, end) in limb.segments {
                guard let from = followers[start], let to = followers[end] else { continue }
                let length = (point(to, upright) - point(from, upright)).length
                bones.append(
                    Bone(start: start, end: end, length: length * (scales[end] ?? 1), limb: limb))
            }
        }
    }

    private mutating func addLeg(
        _ side: Side, _ foot: RobotProfile.Foot, _ tree: KinematicTree, _ upright: KinematicWorkspace
    ) throws(RetargetingError) {
        for joint in side.leg.joints where followers[joint] == nil { throw .unmappedJoint(joint) }
        guard let ankle = followers[side.ankle], tree.bodyNames[ankle.body] == foot.body else {
            throw .footMismatch(
                path: "/feet/\(side.name)/body",
                expected: followers[side.ankle].map { tree.bodyNames[$0.body] } ?? "")
        }
        let pose = upright.pose(ofBody: ankle.body)
        let ahead = pose.rotation.act(foot.toe - foot.heel)
        let level = Quaternion(angle: atan2(ahead.y, ahead.x), axis: .up)
        let sole = pose.rotation.conjugate * level
        func inSole(_ p: Vector3) -> Vector3 { sole.conjugate.act(p - ankle.point) }
        legs.append(
            Leg(
                side: side, thigh: bones.first { $0.end == side.knee }?.length ?? 0,
                shank: bones.first { $0.end == side.ankle }?.length ?? 0, hipInRoot: .zero, sole: sole,
                corners: foot.sole.map(inSole), heel: inSole(foot.heel), toe: inSole(foot.toe)))
    }

    /// The turn that carries a straight limb's direction onto that of its segment starting at `joint`, with no twist.
    private func swingFromStraight(_ joint: HumanJoint) -> Quaternion {
        guard let bone = bones.first(where: { $0.start == joint }) else { return .identity }
        let human = HumanPose.tPose
        return Quaternion(
            from: human.direction(from: bone.limb.root, to: bone.limb.end),
            to: human.direction(from: bone.start, to: bone.end))
    }

    /// Brings the robot into the T pose from several starts; of equal fits the one nearest to zero wins.
    ///
    /// Its limbs are straight: the few degrees by which SMPL's are bent at rest, in no direction in which elbows and
    /// knees bend, would turn the robot's joints about the limb.
    private mutating func solveTPose(_ profile: RobotProfile, _ tree: KinematicTree, _ upright: RobotConfiguration) {
        let solver = InverseKinematics(tree)
        var tasks: [krb_task] = []
        solver.bound(profile.jointLimits, margin: profile.limits.softMargin)
        let zero = zip(solver.lower, solver.upper).map { min(max(0, $0), $1) }
        for joint in zero.indices { (solver.posture[joint], solver.postureWeight[joint]) = (zero[joint], 1e-4) }
        let human = HumanPose.tPose
        for joint in [HumanJoint.pelvis, .spine3] {
            guard let follower = followers[joint] else { continue }
            tasks.append(.orientation(body: follower.body, target: follower.rotation, weight: 1))
        }
        for bone in bones {
            guard let from = followers[bone.start], let to = followers[bone.end] else { continue }
            let target = human.direction(from: bone.limb.root, to: bone.limb.end) * bone.length
            tasks.append(
                .position(
                    body: to.body, point: to.point, relativeTo: (from.body, from.point), target: target,
                    weight: 1 / (bone.length * bone.length)))
        }
        for leg in legs {
            guard let ankle = followers[leg.side.ankle] else { continue }
            tasks.append(.orientation(body: ankle.body, target: leg.sole.conjugate, weight: 0.1))
        }
        tasks.append(.position(body: 0, point: .zero, weight: 1))

        func solve() {
            var best = (cost: Double.infinity, joints: zero)
            for start in [zero, upright.jointPositions] {
                var configuration = upright
                configuration.jointPositions = start
                let cost = solver.solve(tasks, &configuration, effort: .init(iterations: 200)).cost
                if cost < best.cost { best = (cost, configuration.jointPositions) }
            }
            tPose = best.joints
        }
        solve()
        // Straight arms end in straight wrists.
        for side in Side.both {
            guard let from = followers[side.elbow], let to = followers[side.wrist] else { continue }
            let fixed = profile.drivenJoints(above: profile.bodies[from.body].name)
            for joint in profile.drivenJoints(above: profile.bodies[to.body].name) where !fixed.contains(joint) {
                solver.postureWeight[joint] = 0.1
            }
        }
        let hinges = elbowTasks(profile)
        tasks += hinges
        if !hinges.isEmpty { solve() }
    }

    /// In SMPL's T pose the elbows bend ahead, about the vertical: so do the robot's, which decides how far the upper arm
    /// is turned about itself, and where the palm looks.
    private func elbowTasks(_ profile: RobotProfile) -> [krb_task] {
        Side.both.compactMap { side in
            guard let follower = followers[side.elbow],
                let joint = profile.drivenJoints.firstIndex(where: { $0.body == profile.bodies[follower.body].name })
            else { return nil }
            let (axis, limits) = (profile.drivenJoints[joint].axis, profile.jointLimits[joint])
            // It bends towards the larger part of its range.
            let bends: Double = (limits.lower + limits.upper) / 2 < tPose[joint] ? -1 : 1
            return .position(
                body: follower.body, point: follower.point + axis, relativeTo: (follower.body, follower.point),
                target: .up * (-side.sign * bends), weight: 0.05)
        }
    }

    private mutating func fitLegs(_ tPose: KinematicWorkspace) {
        guard !legs.isEmpty else { return }
        let human = HumanPose.tPose
        let root = tPose.pose(ofBody: 0).inverse
        var (robotLength, humanLength, robotHeight, humanHeight) = (0.0, 0.0, 0.0, 0.0)
        for index in legs.indices {
            let leg = legs[index]
            let side = leg.side
            guard let hip = followers[side.hip] else { continue }
            legs[index].hipInRoot = root.act(point(hip, tPose))
            hipsInRoot += legs[index].hipInRoot / Double(legs.count)
            let (knee, ankle) = (human.positions[side.knee], human.positions[side.ankle])
            robotLength += leg.thigh + leg.shank
            humanLength += (knee - human.positions[side.hip]).length + (ankle - knee).length
            robotHeight -= leg.thigh * human.direction(from: side.hip, to: side.knee).z
            robotHeight -= leg.shank * human.direction(from: side.knee, to: side.ankle).z
            robotHeight -= leg.corners.map(\.z).min() ?? 0
            humanHeight += human.positions[side.hip].z - ankle.z + SMPLFoot.ankleHeight(side)
        }
        scale = robotLength / humanLength
        lift = (robotHeight - scale * humanHeight) / Double(legs.count)
    }

    private func point(_ follower: Follower, _ workspace: KinematicWorkspace) -> Vector3 {
        workspace.pose(ofBody: follower.body).act(follower.point)
    }
}

extension Vector3 {
    static let up = Vector3(0, 0, 1)
}

extension Quaternion {
    /// Direction of the rotated x axis in the horizontal plane, rad.
    var heading: Double {
        let ahead = act(Vector3(1, 0, 0))
        return atan2(ahead.y, ahead.x)
    }
}
