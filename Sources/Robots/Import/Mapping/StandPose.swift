import Geometry
import HumanBody

/// The pose in which a robot waits: soles level, knees a little bent, arms down, the centre of mass over the feet.
struct StandPose {
    /// Height of the hips as a share of the straight leg: knees at some 30°, so that the solver has room both ways and a
    /// straight leg's singularity is far.
    static let crouch = 0.965

    /// Weights of the goals, 1/m² and 1/rad²: only their order counts, each a few times the next. Soles before the balance, that
    /// before an upright trunk, that before arms and head.
    private enum Weight {
        static let sole = Vector3(500, 200, 1000)
        static let soleTurn = 100.0
        static let balance = 300.0
        static let pelvis = Vector3(0, 100, 100)
        static let pelvisTurn = 20.0
        static let torsoTurn = 5.0
        static let headTurn = 1.0
        /// Of a segment's direction, for a segment of length one.
        static let arm = 2.0
    }

    /// Directions of a hanging arm of the left side: a little out and back from the shoulder, then the forearm 30° ahead, so
    /// that hands hang beside the thighs and clear of them.
    private static let upperArm = Vector3(-0.05, 0, -0.97)
    /// How far out: as people's, and more for robots whose hips or hands are wide.
    static let spreads = [0.22, 0.4, 0.6]
    private static let forearm = Vector3(0.5, 0.02, -0.85)
    /// Bends of knees and elbows that are tried first, rad: a bent start decides which way they go.
    private static let starts = [0.5, -0.5, 0]
    /// What a knee that points back costs more: tells two otherwise equal poses apart.
    private static let backwardKnee = 0.02
    private static let iterations = 400
    /// Joints stay this far from their limits, rad, where the profile's soft margin allows.
    private static let greatestMargin = 0.02

    private(set) var configuration: RobotConfiguration
    /// How far the centre of mass is from the middle of the feet, m; 0 without feet.
    private(set) var imbalance = 0.0

    /// Finds the pose; `spread` says how far the arms hang away from the body, as a share of their length.
    init(
        _ profile: RobotProfile, _ finder: BodyFinder, soles: [SoleFit], spread: Double = spreads[0]
    ) throws(KinematicsError) {
        let tree = try KinematicTree(profile)
        let margin = min(Self.greatestMargin, profile.limits.softMargin * 2)
        var solver = PoseSolver(tree, limits: profile.jointLimits, margin: margin)
        let isFree = profile.hasFloatingRoot
        configuration = RobotConfiguration(
            rootPosition: .zero, rootRotation: .identity, jointPositions: solver.posture)
        if isFree, !finder.legs.isEmpty {
            configuration.rootPosition = Self.askForLegs(&solver, finder, soles)
        }
        Self.askForTrunk(&solver, finder, isFree: isFree)
        for arm in finder.arms { Self.ask(&solver, arm, of: finder.robot, spread: spread) }

        var best = Double.infinity
        let start = configuration
        for bend in Self.starts {
            let (candidate, cost) = Self.solve(&solver, from: start, bend: bend, tree, finder, isFree: isFree)
            if cost < best { (best, configuration) = (cost, candidate) }
        }
        configuration.jointPositions = solver.clamped(
            configuration.jointPositions.map { ($0 * 1e4).rounded() / 1e4 })
        if isFree, !soles.isEmpty {
            settle(solver, finder, soles)
        } else if !isFree {
            configuration.rootPosition = .zero
            configuration.rootRotation = .identity
        }
    }

    /// Goals of hips, soles and balance; returns where the root is to begin.
    private static func askForLegs(
        _ solver: inout PoseSolver, _ finder: BodyFinder, _ soles: [SoleFit]
    ) -> Vector3 {
        let robot = finder.robot
        let hips = finder.legs.map(\.upper).reduce(.zero, +) / 2
        solver.turn(finder.pelvis, to: robot.zero[finder.pelvis].rotation, weight: Weight.pelvisTurn)
        var height = 0.0
        for (leg, sole) in zip(finder.legs, soles) {
            let length = (leg.bend - leg.upper).length + (leg.lower - leg.bend).length
            let middle = (sole.heel + sole.toe) / 2
            let ankle = robot.local(leg.endBody, leg.lower) - middle
            height += (Self.crouch * length + sole.frame.conjugate.act(ankle).z) / 2
            solver.turn(leg.endBody, to: sole.frame.conjugate, weight: Weight.soleTurn)
            solver.place(
                leg.endBody, point: middle, at: Vector3(0, robot.zero[leg.endBody].act(middle).y - hips.y, 0),
                weight: Weight.sole)
        }
        solver.place(
            finder.pelvis, point: robot.local(finder.pelvis, hips), at: Vector3(0, 0, height), weight: Weight.pelvis)
        solver.balance(over: .zero, weight: Weight.balance)
        return Vector3(-hips.x, -hips.y, height - hips.z)
    }

    /// Goals of torso and head: as in the zero pose.
    private static func askForTrunk(_ solver: inout PoseSolver, _ finder: BodyFinder, isFree: Bool) {
        let zero = finder.robot.zero
        if finder.torso != finder.pelvis || !isFree {
            solver.turn(finder.torso, to: zero[finder.torso].rotation, weight: Weight.torsoTurn)
        }
        if let head = finder.head { solver.turn(head, to: zero[head].rotation, weight: Weight.headTurn) }
    }

    /// Goals of an arm that hangs.
    private static func ask(_ solver: inout PoseSolver, _ arm: Limb, of robot: ReducedRobot, spread: Double) {
        let side = arm.side == .left ? 1.0 : -1
        func toSide(_ v: Vector3) -> Vector3 { Vector3(v.x, v.y * side, v.z) }
        let (upper, fore) = ((arm.bend - arm.upper).length, (arm.lower - arm.bend).length)
        let shoulder = (arm.upperBody, robot.local(arm.upperBody, arm.upper))
        let elbow = (arm.middleBody, robot.local(arm.middleBody, arm.bend))
        solver.stretch(
            from: shoulder, to: elbow, toSide(Self.upperArm + Vector3(0, spread, 0)).normalized * upper,
            weight: Weight.arm / max(upper * upper, 1e-4))
        solver.stretch(
            from: elbow, to: (arm.endBody, robot.local(arm.endBody, arm.lower)),
            toSide(Self.forearm).normalized * fore, weight: Weight.arm / max(fore * fore, 1e-4))
    }

    /// The pose that is reached with knees and elbows bent by `bend` at first, and what it costs.
    private static func solve(
        _ solver: inout PoseSolver, from start: RobotConfiguration, bend: Double, _ tree: KinematicTree,
        _ finder: BodyFinder, isFree: Bool
    ) -> (RobotConfiguration, cost: Double) {
        let robot = finder.robot
        var candidate = start
        for (limb, ahead) in finder.legs.map({ ($0, -1.0) }) + finder.arms.map({ ($0, 1.0) }) {
            // Knees bend so that the shank goes back, elbows so that the forearm comes forward.
            let swing = robot.axis(limb.middleBody).cross(limb.lower - limb.bend).x
            if let at = tree.jointNames.firstIndex(of: robot.links[limb.middleBody].joint?.name ?? "") {
                candidate.jointPositions[at] = bend * (swing * ahead < 0 ? -1 : 1)
            }
        }
        candidate.jointPositions = solver.clamped(candidate.jointPositions)
        var cost = solver.solve(&candidate, iterations: Self.iterations)
        solver.workspace.update(candidate)
        for leg in finder.legs where isFree {
            let points = [(leg.upperBody, leg.upper), (leg.middleBody, leg.bend), (leg.endBody, leg.lower)].map {
                solver.workspace.pose(ofBody: $0.0).act(robot.local($0.0, $0.1))
            }
            // Knees that bend backwards are right for robots that have no other way.
            let ahead = points[1].x - (points[0].x + points[2].x) / 2
            if ahead < 0 { cost += Self.backwardKnee }
        }
        return (candidate, cost)
    }

    /// Puts the lowest corner on the floor and the middle of the feet over the origin.
    private mutating func settle(_ solver: PoseSolver, _ finder: BodyFinder, _ soles: [SoleFit]) {
        // Level in the frame of the left sole, whatever the rounding left.
        solver.workspace.update(configuration)
        let left = solver.workspace.pose(ofBody: finder.legs[0].endBody).rotation * soles[0].frame
        let up = left.act(Vector3(0, 0, 1))
        let right = solver.workspace.pose(ofBody: finder.legs[1].endBody).rotation * soles[1].frame
        let level = Quaternion(from: (up + right.act(Vector3(0, 0, 1))).normalized, to: Vector3(0, 0, 1))
        configuration.rootRotation = (level * configuration.rootRotation).normalized
        solver.workspace.update(configuration)
        var corners: [Vector3] = []
        for (leg, sole) in zip(finder.legs, soles) {
            corners += sole.corners.map(solver.workspace.pose(ofBody: leg.endBody).act)
        }
        let lowest = corners.map(\.z).min() ?? 0
        let (xs, ys) = (corners.map(\.x), corners.map(\.y))
        let middle = Vector3(((xs.min() ?? 0) + (xs.max() ?? 0)) / 2, ((ys.min() ?? 0) + (ys.max() ?? 0)) / 2, 0)
        configuration.rootPosition = configuration.rootPosition - middle - Vector3(0, 0, lowest)
        configuration.rootPosition.z = (configuration.rootPosition.z * 1e6).rounded() / 1e6
        var off = solver.workspace.centerOfMass - middle
        off.z = 0
        imbalance = off.length
    }
}
