import Geometry
import Robots

/// When and how far the centre of mass is kept inside the soles that stand.
struct BalancePlan {
    /// Speeds of the human's hips, m/s, under which the robot is balanced in full, and over which not at all.
    private static let speeds = (full: 0.15, none: 0.2)
    /// Height of the human's heel or toe, m, under which a foot carries.
    private static let height = 0.03
    /// Distance kept from the border of the soles, m, where they are wide enough.
    private static let margin = 0.025
    /// Weights of the path of the hips' lean, where being balanced weighs 1: of none, of its speed and acceleration.
    private enum Weight {
        static let (rest, speed, acceleration) = (0.05, 30.0, 20.0)
    }

    /// Distance of the human's centre of mass from the hull of all that is known to carry it (m), beyond which something else
    /// does: of one who sits, hips lower than a share of the legs, a chair; of one who stands, a rail.
    private static let unknown = (sitting: 0.1, standing: 0.25, hips: 0.8)

    /// Share of the balance that goes where other parts than soles carry: they are where the person's are, and so is the rest.
    private static let leaning = 0.8

    /// How far the hips lean for it at most, m, on soles and on other parts: these move along with the hips, which would follow them
    /// without end.
    private static let farthest = (soles: 0.3, others: 0.06)

    private let calibration: Calibration
    private var legs: [Calibration.Leg] { calibration.legs }
    private var polygon = SupportPolygon(capacity: 128)
    private var path = PathSmoother(capacity: 256)

    init(_ calibration: Calibration) { self.calibration = calibration }

    /// Plans how far the hips move for the balance of the frames that may still change: smoothly, which each frame by
    /// itself would not.
    mutating func lean(_ state: inout RetargetState) {
        guard !legs.isEmpty else { return }
        let first = state.final
        let count = state.slots.count - first
        let past = first > 0 ? state.slots[first - 1].lean : .zero
        let older = first > 1 ? state.slots[first - 2].lean : past
        path.reset(count)
        for t in 0..<count {
            measure(first + t, &state)
            path.position(t, Weight.rest, .zero)
            let (slot, imbalance) = (state.slots[first + t], state.slots[first + t].imbalance)
            let farthest = Self.farthest.soles + (Self.farthest.others - Self.farthest.soles) * slot.rest
            path.position(t, imbalance.stillness, (slot.lean + imbalance.missing).shortened(to: farthest))
            if first > 0 || t > 0 { path.step(t, Weight.speed, .zero, past: past) }
            if first > 0 || t > 1 { path.bend(t, Weight.acceleration, past: past, older: older) }
        }
        path.solve()
        for t in 0..<count { state.slots[first + t].lean = path[t] }
    }

    /// Finds out what the centre of mass of a frame is away from where it would be balanced.
    mutating func measure(_ t: Int, _ state: inout RetargetState) {
        state.slots[t].isSupportKnown = true
        state.slots[t].imbalance = imbalance(t, &state) ?? Imbalance()
    }

    private mutating func imbalance(_ t: Int, _ state: inout RetargetState) -> Imbalance? {
        guard !legs.isEmpty else { return nil }
        let speed = hipSpeed(t, state)
        let stillness = min(max((Self.speeds.none - speed) / (Self.speeds.none - Self.speeds.full), 0), 1)
        guard stillness > 0 else { return nil }
        guard isSupportKnown(t, state) else {
            state.slots[t].isSupportKnown = false
            return nil
        }
        support(t, state)
        guard let (distance, inwards) = polygon.margin(of: state.slots[t].centerOfMass),
            let width = polygon.margin(of: polygon.middle)?.distance
        else { return nil }
        let farthest =
            Self.farthest.soles + (Self.farthest.others - Self.farthest.soles) * state.slots[t].rest
        return Imbalance(
            missing: inwards * min(max(0, min(Self.margin, width / 2) - distance), farthest),
            stillness: stillness * (1 - Self.leaning * state.slots[t].rest))
    }

    /// Distance of a point over the floor from the border of the planned soles that stand, m, negative outside; nil while
    /// none does.
    mutating func margin(of point: Vector3, _ t: Int, _ state: RetargetState) -> Double? {
        support(t, state)
        return polygon.margin(of: point)?.distance
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
    private mutating func support(_ t: Int, _ state: RetargetState) {
        polygon.clear()
        for (index, leg) in legs.enumerated() {
            let foot = state.foot(index, t)
            guard foot.isStanding, min(foot.height.heel, foot.height.toe) < Self.height else { continue }
            let middle = (foot.path.heel + foot.path.toe) / 2
            let ankle = middle - foot.rotation.act((leg.heel + leg.toe) / 2)
            for corner in leg.corners { polygon.add(ankle + foot.rotation.act(corner)) }
        }
        for part in BodyPart.allCases where state.part(part, t).grip > 0.5 {
            guard part.isFoot ? state.foot(part.leg ?? 0, t).loose > 0.5 : state.slots[t].rest > 0.5 else { continue }
            let points = calibration.surface[part]
            func height(_ point: Int) -> Double { calibration.surface.height(point, state.surface(point, t)) }
            let lowest = points.reduce(.infinity) { min($0, height($1)) }
            for point in points where height(point) < lowest + Self.height { polygon.add(state.surface(point, t)) }
        }
        polygon.wrap()
    }

    /// Whether the human's centre of mass is over, or nearly over, what is known to carry it.
    private mutating func isSupportKnown(_ t: Int, _ state: RetargetState) -> Bool {
        polygon.clear()
        let length = legs.first.map { $0.thigh + $0.shank } ?? 0
        let isLow = state.slots[t].hips.z < Self.unknown.hips * length
        let reach = isLow ? Self.unknown.sitting : Self.unknown.standing
        for part in BodyPart.allCases {
            let isFoot = part.leg.map { part.isFoot && state.foot($0, t).isStanding } ?? false
            guard isFoot || (!part.isFoot && state.part(part, t).touches) else { continue }
            let place = state.part(part, t).place
            let toe = part.leg.map { isFoot ? state.foot($0, t).human.toe : place } ?? place
            for (x, y) in [(1.0, 1.0), (1, -1), (-1, 1), (-1, -1)] {
                polygon.add(place + Vector3(x, y, 0) * reach)
                polygon.add(toe + Vector3(x, y, 0) * reach)
            }
        }
        polygon.wrap()
        // Who touches nothing flies.
        return polygon.margin(of: state.slots[t].humanCenter).map { $0.distance >= 0 } ?? true
    }
}

/// What the centre of mass is away from where it would be balanced.
struct Imbalance: Sendable {
    /// Where it would have to go, m, level.
    var missing = Vector3.zero
    /// How much that matters, 0 to 1.
    var stillness = 0.0
}

extension Vector3 {
    /// The same way, no longer than this.
    fileprivate func shortened(to length: Double) -> Vector3 {
        self.length > length ? normalized * length : self
    }
}
