import Geometry
import HumanBody
import HumanMotion

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Plans where heels and toes go: the smoothest paths near the human's that do not move while a point stands.
///
/// A banded least-squares problem over the frames that may still change, so that a foot that is about to land is led to
/// the place where it will stand, and one that has left takes up the free motion with no jump.
struct FootPath {
    /// Weights of the terms of a point's path, 1/m².
    private enum Weight {
        /// Of the distance to the free motion, and of the difference to its speed.
        static let (nearness, motion) = (0.1, 1.0)
        /// Of the path's acceleration.
        static let acceleration = 0.5
        /// Of the speed of a point that stands, and of its height.
        static let standing = 1e4
        /// Of the speed of one that is dragged along.
        static let dragging = 1.0
        /// Of the height while it does not stand.
        static let height = 1.0
    }
    /// Distance to the free motion at which a standing point is dragged along, m, and difference of the foot's heading at
    /// which its heel is, rad.
    private static let slack = (distance: 0.12, turn: 0.5)

    private var level: PathSmoother
    private var upright: PathSmoother
    private var shift: PathSmoother

    init(capacity: Int) {
        level = PathSmoother(capacity: capacity)
        upright = PathSmoother(capacity: capacity)
        shift = PathSmoother(capacity: capacity)
    }

    /// Plans one point of all feet and the shift of the hips that follows from it.
    mutating func plan(_ state: inout RetargetState, _ legs: [Calibration.Leg]) {
        guard !legs.isEmpty, state.final < state.slots.count else { return }
        for leg in legs.indices {
            plan(&state, leg, legs.count, .heel)
            plan(&state, leg, legs.count, .toe)
            for t in state.final..<state.slots.count { orient(&state.feet[t * legs.count + leg]) }
        }
        shiftHips(&state, legs.count)
    }

    private mutating func plan(_ state: inout RetargetState, _ leg: Int, _ legs: Int, _ end: SoleEnd) {
        let first = state.final
        let count = state.slots.count - first
        func index(_ t: Int) -> Int { max(first + t, 0) * legs + leg }
        let begins = first == 0
        let (past, older) = begins ? (.zero, .zero) : (state.feet[index(-1)].path[end], state.feet[index(-2)].path[end])
        let pastFree = begins ? Vector3.zero : state.feet[index(-1)].freePoints[end]
        level.reset(count)
        upright.reset(count)
        var held = !begins && state.feet[index(-1)].stands[end]
        var freeBefore = pastFree
        for t in 0..<count {
            let free = state.feet[index(t)].freePoints[end]
            let stays = state.feet[index(t)].stands[end]
            level.position(t, Weight.nearness, free)
            upright.position(t, stays ? Weight.standing : Weight.height, stays ? .zero : free)
            if !(begins && t == 0) {
                level.step(t, Weight.motion, free - freeBefore, past: past)
                if stays && held {
                    var ahead = free - past
                    ahead.z = 0
                    let dragged = t == 0 && ahead.length > Self.slack.distance
                    level.step(t, dragged ? Weight.dragging : Weight.standing, .zero, past: past)
                }
            }
            if !begins || t > 1 {
                level.bend(t, Weight.acceleration, past: past, older: older)
                upright.bend(t, Weight.acceleration, past: past, older: older)
            }
            held = stays
            freeBefore = free
        }
        level.solve()
        upright.solve()
        for t in 0..<count {
            var place = level[t]
            place.z = max(upright[t].z, 0)
            state.feet[index(t)].path[end] = place
        }
    }

    /// The foot points from its heel's path to its toes'; where it stands it does not roll.
    private func orient(_ foot: inout FootFrame) {
        let along = foot.path.toe - foot.path.heel
        let ahead = foot.free.rotation.act(Vector3(1, 0, 0))
        // Toes straight up or down have no heading.
        guard abs(ahead.z) < 0.9, along.length > 1e-3 else {
            foot.rotation = foot.free.rotation
            return
        }
        func frame(_ x: Vector3) -> Quaternion {
            Quaternion(angle: atan2(x.y, x.x), axis: .up)
                * Quaternion(angle: -asin(min(max(x.normalized.z, -1), 1)), axis: Vector3(0, 1, 0))
        }
        let roll = (frame(ahead).conjugate * foot.free.rotation).twist(about: Vector3(1, 0, 0))
        let free = 1 - max(foot.grip.heel, foot.grip.toe)
        foot.rotation = (frame(along) * Quaternion(angle: roll * free, axis: Vector3(1, 0, 0))).normalized
    }

    /// What standing feet are away from the free motion moves the hips too, so that the legs keep their directions.
    private mutating func shiftHips(_ state: inout RetargetState, _ legs: Int) {
        let first = state.final
        let count = state.slots.count - first
        let past = first > 0 ? state.slots[first - 1].shift : .zero
        let older = first > 1 ? state.slots[first - 2].shift : past
        shift.reset(count)
        for t in 0..<count {
            shift.position(t, 0.05, .zero)
            for leg in 0..<legs {
                let foot = state.feet[(first + t) * legs + leg]
                shift.position(t, foot.grip.heel * (1 - foot.loose), foot.path.heel - foot.freePoints.heel)
                shift.position(t, foot.grip.toe * (1 - foot.loose), foot.path.toe - foot.freePoints.toe)
            }
            if first > 0 || t > 0 { shift.step(t, 10, .zero, past: past) }
            if first > 0 || t > 1 { shift.bend(t, 20, past: past, older: older) }
        }
        shift.solve()
        for t in 0..<count { state.slots[first + t].shift = shift[t] }
    }
}

extension Calibration {
    /// The pose of ankle and sole frame without contacts: the human leg's directions with the robot's lengths.
    func freeFoot(_ leg: Leg, hips: Vector3, root: Quaternion, human: HumanPose) -> RigidTransform {
        let hip = hips + root.act(leg.hipInRoot - hipsInRoot)
        var ankle =
            hip + human.direction(from: leg.side.hip, to: leg.side.knee) * leg.thigh
            + human.direction(from: leg.side.knee, to: leg.side.ankle) * leg.shank
        let rotation = human.rotations[leg.side.ankle]
        // The floor by construction: the lowest point of the robot's sole is as high as the human's, scaled.
        let heel = human.heel(leg.side).z
        let toe = human.positions[leg.side.toe].z - SMPLFoot.toeHeight
        ankle.z = max(0, min(heel, toe)) * scale - leg.lowest(rotation)
        return RigidTransform(translation: ankle, rotation: rotation)
    }
}

extension HumanPose {
    /// The sole's point under the back of the heel.
    func heel(_ side: Side) -> Vector3 {
        positions[side.ankle] + rotations[side.ankle].act(Vector3(-0.045, 0, -SMPLFoot.ankleHeight(side)))
    }
}

extension Calibration.Leg {
    /// Height of the lowest corner of the sole over the ankle.
    func lowest(_ rotation: Quaternion) -> Double {
        var lowest = Double.infinity
        for corner in corners { lowest = min(lowest, rotation.act(corner).z) }
        return lowest
    }
}
