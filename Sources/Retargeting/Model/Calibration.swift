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
        /// Its driven joints.
        var joints: [Int]
        /// Lengths of the robot's thigh and shank.
        var thigh: Double
        var shank: Double
        /// Hip joint in the root body.
        var hipInRoot: Vector3
        /// Orientation of the sole frame in the foot's body.
        var sole: Quaternion
        /// Points of the sole in the sole frame.
        var corners: [Vector3]
        /// Points of the underside beyond the sole, in the sole frame.
        var rocker: [Vector3]
        var heel: Vector3
        var toe: Vector3
    }

    private(set) var followers: [HumanJoint: Follower] = [:]
    private(set) var bones: [Bone] = []
    /// Left, right; empty for a robot without legs.
    private(set) var legs: [Leg] = []
    /// Joint positions in the T pose.
    private(set) var tPose: [Double] = []
    /// Joint positions with the arms ahead, from where they go up as well as to the sides.
    private(set) var armsAhead: [Double] = []
    /// The robot's leg length over the human's.
    private(set) var scale = 1.0
    /// Middle of the hip joints in the root body.
    private(set) var hipsInRoot = Vector3.zero
    /// Orientation of the root body in the one that follows the pelvis, in the stand pose.
    private(set) var rootInPelvis = Quaternion.identity
    /// What the robot's hips stand higher than the scaled human's when both stand straight.
    private(set) var lift = 0.0
    /// What of the robot may touch the floor.
    private(set) var surface = RobotSurface()

    init(_ profile: RobotProfile, _ tree: KinematicTree) throws(RetargetingError) {
        let workspace = KinematicWorkspace(tree)
        var upright = profile.standPose
        upright.rootPosition = .zero
        let front = profile.orientation(ofRoot: upright.rootRotation).heading
        upright.rootRotation = Quaternion(angle: -front, axis: .up) * upright.rootRotation
        workspace.update(upright)

        try follow(profile, tree, workspace)
        if let pelvis = followers[.pelvis] {
            let turn = workspace.pose(ofBody: pelvis.body).rotation.conjugate * workspace.pose(ofBody: 0).rotation
            rootInPelvis = pelvis.body == 0 ? .identity : turn
        }
        measureBones(profile, workspace)
        let feet = profile.feet?.both ?? []
        if !feet.isEmpty {
            for (side, foot) in zip(Side.both, feet) {
                try addLeg(side, foot, profile, tree, workspace)
            }
        }
        try solveTPose(profile, tree, upright)
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
        armsAhead = solveArmsAhead(profile, tree, upright)
        fitLegs(workspace)
        surface = RobotSurface(profile, tree, self)
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
        _ side: Side, _ foot: RobotProfile.Foot, _ profile: RobotProfile, _ tree: KinematicTree,
        _ upright: KinematicWorkspace
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
                side: side, joints: profile.drivenJoints(above: foot.body),
                thigh: bones.first { $0.end == side.knee }?.length ?? 0,
                shank: bones.first { $0.end == side.ankle }?.length ?? 0, hipInRoot: .zero, sole: sole,
                corners: foot.sole.map(inSole), rocker: foot.rocker.map(inSole), heel: inSole(foot.heel),
                toe: inSole(foot.toe)))
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
    private mutating func solveTPose(
        _ profile: RobotProfile, _ tree: KinematicTree, _ upright: RobotConfiguration
    ) throws(RetargetingError) {
        var aims = tPoseAims()
        let elbows = elbowHinges(profile)
        aims += elbows.map { Aim(task: $0.task, target: TaskTarget(weight: 0)) }
        let solver = InverseKinematics(tree, tasks: aims.map(\.task))
        solver.bound(profile.jointLimits, margin: profile.limits.softMargin)
        let zero = zip(solver.lower, solver.upper).map { min(max(0, $0), $1) }
        for joint in zero.indices { (solver.posture[joint], solver.postureWeight[joint]) = (zero[joint], 1e-4) }
        func solve() throws(RetargetingError) {
            var best = (cost: Double.infinity, joints: zero)
            for start in [zero, upright.jointPositions] {
                var configuration = upright
                configuration.jointPositions = start
                do throws(SolverFailure) {
                    let solution = try solver.solve(
                        aims.map(\.target), &configuration, effort: .init(iterations: 200))
                    if solution.cost < best.cost { best = (solution.cost, configuration.jointPositions) }
                } catch { throw .noTPose }
            }
            tPose = best.joints
        }
        try solve()
        // Straight arms end in straight wrists.
        for side in Side.both {
            guard let from = followers[side.elbow], let to = followers[side.wrist] else { continue }
            let fixed = profile.drivenJoints(above: profile.bodies[from.body].name)
            for joint in profile.drivenJoints(above: profile.bodies[to.body].name) where !fixed.contains(joint) {
                solver.postureWeight[joint] = 0.1
            }
        }
        for (index, elbow) in zip(aims.indices.suffix(elbows.count), elbows) {
            // It bends towards the larger part of its range.
            let limits = profile.jointLimits[elbow.joint]
            let bends: Double = (limits.lower + limits.upper) / 2 < tPose[elbow.joint] ? -1 : 1
            aims[index].target = TaskTarget(position: .up * (-elbow.side.sign * bends), weight: 0.05)
        }
        if !elbows.isEmpty { try solve() }
    }

    private func solveArmsAhead(
        _ profile: RobotProfile, _ tree: KinematicTree, _ tPose: RobotConfiguration
    ) -> [Double] {
        let aims = tPoseAims(arms: Vector3(1, 0, 0))
        let solver = InverseKinematics(tree, tasks: aims.map(\.task))
        solver.bound(profile.jointLimits, margin: profile.limits.softMargin)
        for (joint, q) in tPose.jointPositions.enumerated() {
            (solver.posture[joint], solver.postureWeight[joint]) = (q, 1e-4)
        }
        var configuration = tPose
        // Only a place to begin at: any will do.
        _ = try? solver.solve(aims.map(\.target), &configuration, effort: .init(iterations: 60))
        return configuration.jointPositions
    }

    /// A task with its target.
    private struct Aim {
        var task: any IKTask
        var target: TaskTarget
    }

    private func tPoseAims(arms: Vector3? = nil) -> [Aim] {
        var aims: [Aim] = []
        let human = HumanPose.tPose
        for joint in [HumanJoint.pelvis, .spine3] {
            guard let follower = followers[joint] else { continue }
            aims.append(
                Aim(
                    task: OrientationTask(body: follower.body),
                    target: TaskTarget(rotation: follower.rotation, weight: 1)))
        }
        for bone in bones {
            guard let from = followers[bone.start], let to = followers[bone.end] else { continue }
            let isArm = bone.limb.bend == .leftElbow || bone.limb.bend == .rightElbow
            let straight = human.direction(from: bone.limb.root, to: bone.limb.end)
            let direction = isArm ? arms ?? straight : straight
            aims.append(
                Aim(
                    task: PositionTask(
                        point: BodyPoint(to.body, to.point), relativeTo: BodyPoint(from.body, from.point)),
                    target: TaskTarget(position: direction * bone.length, weight: 1 / (bone.length * bone.length))))
        }
        for leg in legs {
            guard let ankle = followers[leg.side.ankle] else { continue }
            aims.append(
                Aim(
                    task: OrientationTask(body: ankle.body),
                    target: TaskTarget(rotation: leg.sole.conjugate, weight: 0.1)))
        }
        aims.append(Aim(task: PositionTask(point: BodyPoint(0, .zero)), target: TaskTarget(weight: 1)))
        return aims
    }

    /// In SMPL's T pose the elbows bend ahead, about the vertical: so do the robot's, which decides how far the upper arm
    /// is turned about itself, and where the palm looks.
    private func elbowHinges(_ profile: RobotProfile) -> [(side: Side, joint: Int, task: PositionTask)] {
        Side.both.compactMap { side in
            guard let follower = followers[side.elbow],
                let joint = profile.drivenJoints.firstIndex(where: { $0.body == profile.bodies[follower.body].name })
            else { return nil }
            let elbow = BodyPoint(follower.body, follower.point)
            let along = BodyPoint(follower.body, follower.point + profile.drivenJoints[joint].axis)
            return (side, joint, PositionTask(point: along, relativeTo: elbow))
        }
    }

    /// Whether a joint of the human is that of a foot.
    func isFoot(_ joint: HumanJoint) -> Bool { legs.contains { $0.side.ankle == joint } }

    /// The corners of a leg's sole and what lies beyond it, which stay above the floor, rounded as edges are.
    func floorPoints(of leg: Leg) -> [FloorPoint] {
        let radius = 0.005
        guard let ankle = followers[leg.side.ankle] else { return [] }
        return (leg.corners + leg.rocker).map { corner in
            FloorPoint(
                point: BodyPoint(ankle.body, ankle.point + leg.sole.act(corner + .up * radius)), height: radius)
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
