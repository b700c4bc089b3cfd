import Geometry
import HumanBody
import Robots

/// A part of the body that carries it: its lowest point on what it rests on, and not slipping there.
struct PartTask: RetargetTask {
    /// How high the point may be at no cost, m, and how much lower another one has to be to take its place.
    private static let (slack, change) = (0.003, 0.005)
    /// Weight of a part that touches beside soles that carry, as a share.
    private static let touching = 0.05
    /// Speeds of the human's part (m/s) up to which the robot's is held, and from which on it slides along.
    private static let sliding = (from: 0.1, full: 0.3)

    let part: BodyPart
    /// What the robot may touch with: indices of its surface's points, and those.
    let indices: [Int]
    let points: [FloorPoint]
    /// The robot's leg length over the human's.
    let scale: Double
    let height: Double
    let hold: Double

    static func tasks(_ calibration: Calibration, _ options: RetargetOptions) -> [any RetargetTask] {
        BodyPart.allCases.compactMap { part in
            let indices = calibration.surface[part]
            guard !indices.isEmpty else { return nil }
            return PartTask(
                part: part, indices: indices, points: indices.map { calibration.surface.points[$0] },
                scale: calibration.scale, height: options.restHeight, hold: options.restPosition)
        }
    }

    func error(_ target: TaskTarget, _ robot: KinematicWorkspace) -> Vector3 {
        let place = robot.position(of: points[target.choice].point)
        let missing = target.position - place
        return Vector3(missing.x, missing.y, lift(target, place))
    }

    func jacobian(_ target: TaskTarget, _ robot: KinematicWorkspace, into rows: JacobianRows) {
        let point = points[target.choice].point
        rows.point(point)
        if lift(target, robot.position(of: point)) == 0 { rows.map { Vector3($0.x, $0.y, 0) } }
    }

    func judge(_ judgement: inout FrameJudgement, _ target: TaskTarget, _ t: Int, _ state: inout RetargetState) {
        guard state.part(part, t).touches, share(t, state) > 0.5 else { return }
        let point = points[target.choice]
        let place = judgement.robot.position(of: point.point)
        let height = place.z - point.height - target.position.z
        judgement.quality.restHeight = max(judgement.quality.restHeight, height)
        guard t > 0, state.part(part, t - 1).touches, share(t - 1, state) > 0.5 else { return }
        var way = place - state.surface(indices[target.choice], t - 1)
        way.z = 0
        judgement.quality.slip = max(judgement.quality.slip, way.length * state.frameRate)
    }

    /// The floor holds from below; what else carries does not.
    private func lift(_ target: TaskTarget, _ place: Vector3) -> Double {
        let missing = target.position.z - (place.z - points[target.choice].height)
        return target.position.z > 0 ? missing : min(0, missing + Self.slack)
    }

    func target(for human: HumanPose) -> TaskTarget { TaskTarget(weight: 0) }

    func prepare(_ target: inout TaskTarget, _ t: Int, _ state: RetargetState, for solve: FrameSolve) {
        let frame = state.part(part, t)
        let share = share(t, state) * frame.grip * frame.grip
        guard share > 0 else { return target.weigh(0) }
        target.choice = lowest(t, state, before: target.choice)
        let anchor =
            switch solve {
            case .alone: Optional<Vector3>.none
            // Where it was when it was solved alone.
            case .inWindow: frame.touches ? state.surface(indices[target.choice], t) : nil
            case .amongNeighbours: held(indices[target.choice], t, state)
            }
        target.position = anchor ?? .zero
        target.position.z = frame.level * scale
        let hold = anchor == nil ? 0 : hold * share
        target.weight = Vector3(hold, hold, height * share)
    }

    private func share(_ t: Int, _ state: RetargetState) -> Double {
        if part.isFoot { return part.leg.map { state.foot($0, t).loose } ?? 0 }
        return max(state.slots[t].rest, Self.touching)
    }

    /// The point that is lowest, or the one before as long as it nearly is.
    private func lowest(_ t: Int, _ state: RetargetState, before: Int) -> Int {
        func height(_ choice: Int) -> Double { state.surface(indices[choice], t).z - points[choice].height }
        var lowest = before
        for choice in points.indices where height(choice) < height(lowest) { lowest = choice }
        return height(lowest) < height(before) - Self.change ? lowest : before
    }

    /// Where a point stays beside where it is in the frames around, if the part touches there.
    private func held(_ point: Int, _ t: Int, _ state: RetargetState) -> Vector3? {
        var (sum, count) = (Vector3.zero, 0.0)
        for other in [t - 1, t + 1] where other >= 0 && other < state.slots.count {
            guard state.part(part, other).touches else { continue }
            var way = state.part(part, t).place - state.part(part, other).place
            way.z = 0
            let speed = way.length * state.frameRate
            let slides = min(max((speed - Self.sliding.from) / (Self.sliding.full - Self.sliding.from), 0), 1)
            sum += state.surface(point, other) + way * (slides * scale)
            count += 1
        }
        return count > 0 ? sum / count : nil
    }
}
