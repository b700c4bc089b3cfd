import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// When and how far the centre of mass is kept inside the soles that stand.
    enum Balance {
        /// Speeds of the human's hips, m/s, under which the robot is balanced in full, and over which not at all.
        static let speeds = (full: 0.2, none: 0.5)
        /// Height of the human's heel or toe, m, under which a foot carries.
        static let height = 0.03
        /// Distance kept from the border of the soles, m, where they are wide enough.
        static let margin = 0.02
    }

    /// Draws the centre of mass of a frame over the soles, as far as it is not there and the human stands.
    func balance(_ t: Int, _ task: inout krb_task, _ state: RetargetState) {
        task.weigh(0)
        let speed = hipSpeed(t, state)
        let stillness = min(max((Balance.speeds.none - speed) / (Balance.speeds.none - Balance.speeds.full), 0), 1)
        guard stillness > 0 else { return }
        support(t, state)
        let center = state.slots[t].centerOfMass
        guard let (distance, inwards) = polygon.margin(of: center),
            let width = polygon.margin(of: polygon.middle)?.distance
        else { return }
        let wanted = min(Balance.margin, width / 2)
        guard distance < wanted else { return }
        let weight = stillness * options.balance
        task.target = krb_vector3(center + inwards * (wanted - distance))
        task.weight = krb_vector3(x: weight, y: weight, z: 0)
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
