import Geometry
import HumanBody
import HumanMotion

/// Makes motion of an authored action on top of a recorded one.
///
/// The poses are solved once each: trunk and head lean, hands are reached for by inverse kinematics, shoulder blades and trunk follow
/// the arms. Between poses every joint goes the way of least jerk (Flash and Hogan, "The coordination of arm movements", 1985), lower joints
/// a little after upper ones. Legs are solved in every frame, so that feet stay where they stand; what the recorded person does
/// besides, breathing and swaying, stays underneath.
struct ActionSynthesizer {
    private let variant: ActionVariant
    private let base: HumanClip
    private let isWalk: Bool

    /// The action over somebody who stands or walks, at any place.
    init(_ variant: ActionVariant, over base: HumanClip, isWalk: Bool) {
        self.variant = variant
        self.base = base.placedAtOrigin()
        self.isWalk = isWalk
    }

    /// The clip; nil when the base holds no frame.
    func clip() -> HumanClip? {
        guard let first = base.frames.first else { return nil }
        let standing = Standing(first)
        let course = Course(variant, standing: standing)
        let seconds = isWalk ? min(course.end, base.duration) : course.end
        let recorded = isWalk ? base : DerivedMotion.held(base, count: Int(seconds * base.frameRate) + 1)
        let count = min(Int(seconds * base.frameRate) + 1, recorded.frames.count)
        let frames = (0..<count).map { frame in
            course.frame(
                at: Double(frame) / base.frameRate, over: recorded.frames[frame], standing: standing, isWalk: isWalk)
        }
        var clip = HumanClip(frameRate: base.frameRate, frames: frames)
        clip.detectContacts()
        return clip
    }
}

/// How somebody stands before an action begins.
struct Standing {
    let frame: HumanFrame
    let poses: [RigidTransform]
    /// Left, right.
    let soles: [FootTarget]

    init(_ frame: HumanFrame) {
        self.frame = frame
        poses = SMPLSkeleton.forwardKinematics(frame)
        soles = Side.both.map { [poses] in FootTarget(of: poses, side: $0) }
    }
}

/// Where a foot stands: its ball, and how it is turned.
struct FootTarget {
    var toe: Vector3
    var rotation: Quaternion

    init(of poses: [RigidTransform], side: Side) {
        toe = poses[side.toe].translation
        rotation = poses[side.ankle].rotation
    }
}

/// The poses of an action over time.
struct Course {
    /// Numbers of a pose besides its rotations: the pelvis' move, then move, pitch and yaw of each foot, then the place of each
    /// hand that holds on to the floor, then how much of each arm is authored.
    private enum Column {
        static let pelvis = 0
        static let feet = pelvis + 3
        static let hands = feet + 10
        static let arms = hands + 6
        static let count = arms + 2
    }

    private struct Waypoint {
        var time: Double
        var rotations: [Quaternion]
        var values: [Double]
        var passes: Bool
        /// Hands on the floor: left, right.
        var grips: [Bool]
        var poles: [Vector3]
        /// What `values` change by in a second, and how the joints turn, in their own frames, where the pose is passed through.
        var slopes = [Double](repeating: 0, count: Column.count)
        var turns = [Vector3](repeating: .zero, count: HumanJoint.count)
    }

    private var waypoints: [Waypoint] = []
    private var movesLegs = false
    /// Seconds.
    let end: Double

    /// Seconds by which joints come after the shoulders: elbows and wrists trail, the head leads; less in quick moves, of which they
    /// are a tenth at most, so that hands that meet still do.
    private static let lags: [HumanJoint: Double] = [
        .leftElbow: 0.03, .rightElbow: 0.03, .leftWrist: 0.06, .rightWrist: 0.06, .neck: -0.05, .head: -0.05,
    ]
    private static let largestLag = 0.1
    /// How far an authored arm still follows the recorded one's swing.
    private static let looseness = 0.2

    init(_ variant: ActionVariant, standing: Standing) {
        var state = PoseState()
        var time = variant.keys.first.map { $0.seconds > 0 ? variant.lead : 0 } ?? 0
        let startsElsewhere = variant.keys.first.map { $0.seconds <= 0 } ?? false
        if !startsElsewhere {
            waypoints.append(Self.waypoint(state, at: 0, passes: false, standing))
            if time > 0 { waypoints.append(Self.waypoint(state, at: time, passes: false, standing)) }
        }
        for key in variant.keys {
            state.apply(key)
            movesLegs = movesLegs || key.pelvisMove != nil || key.pelvisLean != nil || !key.feet.isEmpty
            time += key.seconds
            if let last = waypoints.last, time - last.time < 1e-3 { time = last.time + 1e-3 }
            waypoints.append(Self.waypoint(state, at: time, passes: key.passes && key.hold <= 0, standing))
            if key.hold > 0 {
                time += key.hold
                waypoints.append(Self.waypoint(state, at: time, passes: false, standing))
            }
        }
        end = time + variant.tail
        for index in waypoints.indices.dropFirst().dropLast() where waypoints[index].passes {
            let (before, now, after) = (waypoints[index - 1], waypoints[index], waypoints[index + 1])
            let seconds = after.time - before.time
            waypoints[index].slopes = now.values.indices.map { column in
                Self.slope(
                    (now.values[column] - before.values[column]) / (now.time - before.time),
                    (after.values[column] - now.values[column]) / (after.time - now.time),
                    mean: (after.values[column] - before.values[column]) / seconds)
            }
            waypoints[index].turns = HumanJoint.allCases.map { joint in
                let come = Self.turn(before.rotations[joint], now.rotations[joint])
                let go = Self.turn(now.rotations[joint], after.rotations[joint])
                return (come + go) / seconds
            }
        }
    }

    /// The speed at a pose that is passed: nothing overshoots, so that a foot that has come down stays where it is
    /// (F. N. Fritsch and R. E. Carlson, "Monotone piecewise cubic interpolation", 1980).
    private static func slope(_ before: Double, _ after: Double, mean: Double) -> Double {
        guard before * after > 0 else { return 0 }
        let most = 3 * min(abs(before), abs(after))
        return min(max(mean, -most), most)
    }

    /// The rotation vector from one rotation to another, in the frame of the first.
    private static func turn(_ a: Quaternion, _ b: Quaternion) -> Vector3 {
        (a.conjugate * b).aligned(with: .identity).rotationVector
    }

    /// Which waypoints a time lies between, and how far, 0 to 1.
    private func place(_ time: Double) -> (index: Int, share: Double) {
        guard let last = waypoints.indices.last, last > 0, time > waypoints[0].time else { return (0, 0) }
        let next = waypoints.firstIndex { $0.time > time } ?? last
        let index = max(next - 1, 0)
        guard index < last else { return (last, 0) }
        let length = waypoints[index + 1].time - waypoints[index].time
        return (index, min(max((time - waypoints[index].time) / length, 0), 1))
    }

    private func value(_ column: Int, _ place: (index: Int, share: Double)) -> Double {
        let index = place.index
        guard place.share > 0, index + 1 < waypoints.count else { return waypoints[index].values[column] }
        let length = waypoints[index + 1].time - waypoints[index].time
        let curve = QuinticHermite(
            from: CurvePoint(
                value: waypoints[index].values[column], velocity: waypoints[index].slopes[column] * length),
            to: CurvePoint(
                value: waypoints[index + 1].values[column], velocity: waypoints[index + 1].slopes[column] * length))
        return curve(place.share).value
    }

    private func vector(_ column: Int, _ place: (index: Int, share: Double)) -> Vector3 {
        Vector3(value(column, place), value(column + 1, place), value(column + 2, place))
    }

    /// A joint's rotation: the shortest way from pose to pose.
    private func rotation(_ joint: HumanJoint, _ place: (index: Int, share: Double)) -> Quaternion {
        let now = waypoints[place.index]
        guard place.share > 0, place.index + 1 < waypoints.count else { return now.rotations[joint] }
        let next = waypoints[place.index + 1]
        let way = Self.turn(now.rotations[joint], next.rotations[joint])
        let length = next.time - now.time
        let start = now.turns[joint] * length
        let end = RotationVector.rate(way, bodyAngularVelocity: next.turns[joint] * length)
        let turned = (0..<3).map { axis in
            QuinticHermite(
                from: CurvePoint(value: 0, velocity: start[axis]), to: CurvePoint(value: way[axis], velocity: end[axis])
            )(place.share).value
        }
        return now.rotations[joint] * Quaternion(rotationVector: Vector3(turned[0], turned[1], turned[2]))
    }

    /// The frame at a time over a recorded one.
    func frame(at time: Double, over recorded: HumanFrame, standing: Standing, isWalk: Bool) -> HumanFrame {
        let now = place(time)
        var frame = recorded
        let next = min(now.index + 1, waypoints.count - 1)
        let longestLag = Self.lags.values.max() ?? 0
        let lagged = min(Self.largestLag * (waypoints[next].time - waypoints[now.index].time) / longestLag, 1)
        let armWeights = [value(Column.arms, now), value(Column.arms + 1, now)]
        for joint in HumanJoint.allCases {
            if isWalk, !DerivedMotion.arms.contains(joint) { continue }
            if PoseSolver.legs.contains(joint) { continue }
            let authored = rotation(joint, Self.lags[joint].map { place(time - $0 * lagged) } ?? now)
            let rest = standing.frame.rotations[joint]
            var stirred = (rest.conjugate * recorded.rotations[joint]).aligned(with: .identity)
            if let side = PoseSolver.side(ofArm: joint) {
                let share = 1 - armWeights[side] * (1 - Self.looseness)
                stirred = Quaternion.identity.slerp(to: stirred, share)
            }
            frame.rotations[joint] = (authored * stirred).normalized
        }
        guard !isWalk else { return frame }
        frame.pelvis = recorded.pelvis + vector(Column.pelvis, now)
        let feet = Side.both.indices.map { side in
            let column = Column.feet + 5 * side
            return (move: vector(column, now), pitch: value(column + 3, now), yaw: value(column + 4, now))
        }
        if movesLegs {
            let recordedPoses = SMPLSkeleton.forwardKinematics(recorded)
            for (side, foot) in zip(Side.both, feet) {
                PoseSolver.setFoot(
                    side, FootTarget(of: recordedPoses, side: side), move: foot.move, pitch: foot.pitch, yaw: foot.yaw,
                    in: &frame)
            }
        }
        for side in 0..<2 where waypoints[now.index].grips[side] && waypoints[next].grips[side] {
            let pole = waypoints[now.index].poles[side]
            PoseSolver.reach(
                Side.both[side], to: vector(Column.hands + 3 * side, now), pole: pole, palm: nil, in: &frame)
        }
        return frame
    }

    /// A pose as it has come to be, key by key.
    private struct PoseState {
        var trunk = Vector3.zero
        var head = Vector3.zero
        var pelvisMove = Vector3.zero
        var pelvisLean = Vector3.zero
        var hands: [ActionVariant.Hand] = [.rest, .rest]
        var feet = [(move: Vector3.zero, pitch: 0.0, yaw: 0.0), (move: Vector3.zero, pitch: 0.0, yaw: 0.0)]

        mutating func apply(_ key: ActionVariant.Key) {
            if key.isRest {
                // Back to how somebody stands, where the feet have come to.
                let place = (feet[0].move + feet[1].move) / 2
                let ground = Vector3(place.x, 0, place.z)
                self = PoseState()
                pelvisMove = ground
                for side in 0..<2 { feet[side].move = ground }
            }
            trunk = key.trunk ?? trunk
            head = key.head ?? head
            pelvisMove = key.pelvisMove ?? pelvisMove
            pelvisLean = key.pelvisLean ?? pelvisLean
            for hand in key.hands { hands[hand.side == .left ? 0 : 1] = hand.value }
            for foot in key.feet {
                let side = foot.side == .left ? 0 : 1
                feet[side].move = foot.value.move ?? feet[side].move
                feet[side].pitch = foot.value.pitch ?? 0
                feet[side].yaw = foot.value.yaw ?? 0
            }
        }
    }

    private static func waypoint(_ state: PoseState, at time: Double, passes: Bool, _ standing: Standing) -> Waypoint {
        var frame = standing.frame
        frame.pelvis += state.pelvisMove
        frame.rotations[.pelvis] = PoseSolver.rotation(state.pelvisLean) * frame.rotations[.pelvis]
        PoseSolver.lean(state.trunk, over: PoseSolver.trunk, in: &frame)
        PoseSolver.lean(state.head, over: PoseSolver.neck, in: &frame)
        var waypoint = Waypoint(
            time: time, rotations: [], values: [], passes: passes, grips: [false, false], poles: [.zero, .zero])
        var places = [Vector3.zero, Vector3.zero]
        var weights = [0.0, 0.0]
        // The trunk follows both arms before either is solved.
        for (side, hand) in state.hands.enumerated() {
            guard case .reach(let at, let from, _, _) = hand, from == .chest || from == .shoulder else { continue }
            PoseSolver.follow(at, Side.both[side], in: &frame)
        }
        for (side, hand) in state.hands.enumerated() {
            let body = Side.both[side]
            switch hand {
            case .rest: break
            case .hang:
                weights[side] = 1
                PoseSolver.hang(body, like: standing, in: &frame)
            case .reach(let at, let from, let elbow, let palm):
                weights[side] = 1
                let target = PoseSolver.place(at, from: from, body, in: frame, standing: standing)
                places[side] = target
                let pole = PoseSolver.chest(frame).act(elbow ?? PoseSolver.elbow(body))
                waypoint.grips[side] = from == .floor
                waypoint.poles[side] = pole
                PoseSolver.reach(
                    body, to: target, pole: pole, palm: palm.map { PoseSolver.chest(frame).act($0) },
                    in: &frame)
            }
        }
        waypoint.rotations = frame.rotations
        waypoint.values = [state.pelvisMove.x, state.pelvisMove.y, state.pelvisMove.z]
        for foot in state.feet { waypoint.values += [foot.move.x, foot.move.y, foot.move.z, foot.pitch, foot.yaw] }
        for v in places { waypoint.values += [v.x, v.y, v.z] }
        waypoint.values += weights
        return waypoint
    }
}
