import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// When and how far the centre of mass is kept inside the soles that stand.
    enum Balance {
        /// Speeds of the human's hips, m/s, under which the robot is balanced in full, and over which not at all.
        static let speeds = (full: 0.15, none: 0.2)
        /// Height of the human's heel or toe, m, under which a foot carries.
        static let height = 0.03
        /// Distance kept from the border of the soles, m, where they are wide enough.
        static let margin = 0.025
        /// Weights of the path of the hips' lean, where being balanced weighs 1: of none, of its speed and acceleration.
        enum Weight {
            static let (rest, speed, acceleration) = (0.05, 30.0, 20.0)
        }
    }

    /// Whether the robot could stand still like this: its centre of mass is over the soles that stand. One without legs always
    /// does.
    package func isBalanced(_ frame: RetargetedFrame) -> Bool {
        if calibration.legs.isEmpty { return true }
        return max(frame.contacts.left, frame.contacts.right) > 0.5 && frame.quality.balanceMargin >= 0
    }

    /// Where the centre of mass of a frame is to be, over the soles, and how much that weighs: 0 where it is there or the human
    /// does not stand.
    func balance(_ t: Int, _ state: RetargetState) -> (target: Vector3, weight: Double) {
        guard let (missing, stillness) = imbalance(t, state), missing != .zero else { return (.zero, 0) }
        return (state.slots[t].centerOfMass + missing, stillness * options.balance)
    }

    /// Plans how far the hips move for the balance of the frames that may still change: smoothly, which each frame by
    /// itself would not.
    func lean(_ state: inout RetargetState) {
        guard !calibration.legs.isEmpty else { return }
        let first = state.final
        let count = state.slots.count - first
        let past = first > 0 ? state.slots[first - 1].lean : .zero
        let older = first > 1 ? state.slots[first - 2].lean : past
        leanPath.reset(count)
        for t in 0..<count {
            leanPath.position(t, Balance.Weight.rest, .zero)
            if let (missing, stillness) = imbalance(first + t, state) {
                leanPath.position(t, stillness, state.slots[first + t].lean + missing)
            }
            if first > 0 || t > 0 { leanPath.step(t, Balance.Weight.speed, .zero, past: past) }
            if first > 0 || t > 1 { leanPath.bend(t, Balance.Weight.acceleration, past: past, older: older) }
        }
        leanPath.solve()
        for t in 0..<count { state.slots[first + t].lean = leanPath[t] }
    }

    /// What the centre of mass is away from where it would be balanced, and how much that matters, 0 to 1; nil when it
    /// does not.
    private func imbalance(_ t: Int, _ state: RetargetState) -> (missing: Vector3, stillness: Double)? {
        let speed = hipSpeed(t, state)
        let stillness = min(max((Balance.speeds.none - speed) / (Balance.speeds.none - Balance.speeds.full), 0), 1)
        guard stillness > 0 else { return nil }
        support(t, state)
        guard let (distance, inwards) = polygon.margin(of: state.slots[t].centerOfMass),
            let width = polygon.margin(of: polygon.middle)?.distance
        else { return nil }
        return (inwards * max(0, min(Balance.margin, width / 2) - distance), stillness)
    }

    /// Horizontal speed of the human's hips on the robot's scale, m/s.
    private func hipSpeed(_ t: Int, _ state: RetargetState) -> Double {
        let (before, after) = (max(t - 1, 0), min(t + 1, state.slots.count - 1))
        // Of a single frame nothing is known.
        guard after > before else { return .infinity }
        var way = state.slots[after].hips - state.slots[before].hips
        way.z = 0
        return way.length * state.frameRate / Double(max(after - before, 1))
    }

    /// Wraps the polygon around the planned places of the soles that stand.
    func support(_ t: Int, _ state: RetargetState) {
        polygon.clear()
        for (index, leg) in calibration.legs.enumerated() {
            let foot = state.feet[t * calibration.legs.count + index]
            guard foot.isStanding, min(foot.height.heel, foot.height.toe) < Balance.height else { continue }
            let middle = (foot.path.heel + foot.path.toe) / 2
            let ankle = middle - foot.rotation.act((leg.heel + leg.toe) / 2)
            for corner in leg.corners { polygon.add(ankle + foot.rotation.act(corner)) }
        }
        polygon.wrap()
    }
}
