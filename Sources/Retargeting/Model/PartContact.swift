import Geometry
import HumanBody
import HumanMotion

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Decides which parts of the body carry it beside the soles, from the human's motion.
///
/// A part touches when it is low and slow. It carries only when soles do not: when the centre of mass is not over the feet that
/// stand, or none does.
struct PartContact {
    /// Heights over the floor (m, human) at which a part comes to touch and leaves. Generous beside the feet's: flesh and
    /// skeletons differ by some centimetres.
    private static let heights = (enter: 0.06, leave: 0.085)
    /// Speeds (m/s, human) at which it does.
    private static let speeds = (enter: 0.4, leave: 0.55)
    /// Share of its grip that a frame beside a touching one has, at 30 frames a second.
    private static let spread = 0.7
    /// How fast the grip of a live motion grows, 1/s.
    private static let rise = 8.0
    /// Distances of the centre of mass from the hull of the standing feet (m, human) up to which they carry it, and from which
    /// on they do not.
    private static let reach = (carried: 0.06, not: 0.12)
    /// Half the width of a foot, m, human.
    private static let footWidth = 0.045
    /// Tilts of a sole (cosine) at which a foot is one that stands, and at which it lies or stands on its tips.
    private static let tilts = (flat: 0.77, loose: 0.5)

    private var hull = SupportPolygon(capacity: 32)

    /// Decides for all frames that may still change.
    mutating func decide(_ state: inout RetargetState) {
        guard state.slots.indices.suffix(from: max(state.final - 1, 0)).contains(where: { state.isLow($0) }) else {
            return
        }
        for part in BodyPart.allCases { touch(part, &state) }
        for t in state.final..<state.slots.count { carry(t, &state) }
        spread(&state)
    }

    private func touch(_ part: BodyPart, _ state: inout RetargetState) {
        for t in state.final..<state.slots.count {
            let (before, after) = (max(t - 1, 0), min(t + 1, state.slots.count - 1))
            let time = Double(max(after - before, 1)) / state.frameRate
            let speed = (state.part(part, after).place - state.part(part, before).place).length / time
            let touched = t == 0 || state.part(part, before).touches
            let (height, slow) =
                touched ? (Self.heights.leave, Self.speeds.leave) : (Self.heights.enter, Self.speeds.enter)
            state.withPart(part, t) { $0.touches = $0.height < height && speed < slow }
        }
    }

    /// How much of the body rests on other parts than soles.
    private mutating func carry(_ t: Int, _ state: inout RetargetState) {
        let legs = state.legCount
        let isTouched = BodyPart.allCases.contains { !$0.isFoot && state.part($0, t).touches }
        guard isTouched else { return state.slots[t].rest = 0 }
        hull.clear()
        for leg in 0..<legs {
            let foot = state.foot(leg, t)
            guard foot.stands.heel || foot.stands.toe, foot.flatness > Self.tilts.loose else { continue }
            for point in [foot.human.heel, foot.human.toe] { addBlot(point) }
        }
        hull.wrap()
        guard let margin = hull.margin(of: state.slots[t].humanCenter)?.distance else {
            return state.slots[t].rest = 1
        }
        state.slots[t].rest = min(max((-margin - Self.reach.carried) / (Self.reach.not - Self.reach.carried), 0), 1)
    }

    private mutating func addBlot(_ place: Vector3) {
        for (x, y) in [(1.0, 1.0), (1, -1), (-1, 1), (-1, -1)] {
            hull.add(place + Vector3(x, y, 0) * Self.footWidth)
        }
    }

    private func spread(_ state: inout RetargetState) {
        let keeps = pow(Self.spread, 30 / state.frameRate)
        let rise = state.horizon == 0 ? Self.rise / state.frameRate : 1
        let (first, count) = (state.final, state.slots.count)
        for part in BodyPart.allCases {
            var grip = first > 0 ? state.part(part, first - 1).grip : state.part(part, 0).touches ? 1 : 0
            for t in first..<count {
                grip = state.part(part, t).touches ? min(1, max(grip, 0.2) + rise) : grip * keeps
                state.withPart(part, t) { $0.grip = grip < 0.01 ? 0 : grip }
            }
            grip = 0
            for t in stride(from: count - 1, through: first, by: -1) {
                grip = max(state.part(part, t).grip, grip * keeps)
                state.withPart(part, t) { $0.grip = grip < 0.01 ? 0 : grip }
            }
        }
        var rest = first > 0 ? state.slots[first - 1].rest : state.slots[0].rest
        for t in first..<count {
            let wanted = state.slots[t].rest
            rest = wanted > rest ? min(wanted, rest + rise) : max(wanted, rest * keeps)
            state.slots[t].rest = rest < 0.01 ? 0 : rest
        }
        rest = 0
        for t in stride(from: count - 1, through: first, by: -1) {
            rest = max(state.slots[t].rest, rest * keeps)
            state.slots[t].rest = rest < 0.01 ? 0 : rest
            loosen(t, &state)
        }
    }

    /// Feet whose soles carry nothing follow the human's directions and touch with what is lowest.
    private func loosen(_ t: Int, _ state: inout RetargetState) {
        for leg in 0..<state.legCount {
            let knee = state.part(leg == 0 ? .leftKnee : .rightKnee, t).grip
            let flatness = state.foot(leg, t).flatness
            let tilted = min(max((Self.tilts.flat - flatness) / (Self.tilts.flat - Self.tilts.loose), 0), 1)
            let carried = max(state.slots[t].rest, knee)
            state.withFoot(leg, t) { $0.loose = carried * tilted }
        }
    }
}

extension RetargetState {
    /// Height under which a part is looked at, m, human.
    private static let lowHeight = 0.15

    var legCount: Int { slots.isEmpty ? 0 : feet.count / slots.count }

    /// Where a point of the robot's surface is.
    func surface(_ point: Int, _ t: Int) -> Vector3 { surface[t * (surface.count / slots.count) + point] }

    func part(_ part: BodyPart, _ t: Int) -> PartFrame { parts[t * BodyPart.count + part.rawValue] }

    mutating func withPart(_ part: BodyPart, _ t: Int, _ change: (inout PartFrame) -> Void) {
        change(&parts[t * BodyPart.count + part.rawValue])
    }

    mutating func withFoot(_ leg: Int, _ t: Int, _ change: (inout FootFrame) -> Void) {
        change(&feet[t * legCount + leg])
    }

    /// Whether some part but the feet is near what would carry it, or was held.
    func isLow(_ t: Int) -> Bool {
        slots[t].rest > 0
            || BodyPart.allCases.contains { part in
                let frame = self.part(part, t)
                return !part.isFoot && (frame.grip > 0 || frame.height < Self.lowHeight)
            }
    }

    /// The height of the lowest part of the human over the floor, m; feet included.
    func humanClearance(_ t: Int) -> Double {
        BodyPart.allCases.reduce(.infinity) { min($0, part($1, t).height) }
    }
}
