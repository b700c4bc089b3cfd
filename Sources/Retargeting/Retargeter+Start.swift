import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// What capsules that overlap in the first frame cost, 1/m².
    private static let overlapWeight = 300.0
    /// A search through flat country must not take small steps for the end, rad or m.
    private static let startTolerance = 1e-4

    /// The first frame: the root in closed form at whatever heading, the joints from several starts.
    func start(_ state: inout RetargetState) {
        relax(0, &state)
        // Always searched for at the same heading: where two ways are nearly as good, rounding must not choose.
        let target = rootTarget()
        let heading = Quaternion(angle: target.rotation.twist(about: .up), axis: .up)
        let away = RigidTransform(translation: .zero, rotation: heading.conjugate)
        let (root, tasks) = (away * target, state.tasks.prefix(goals.count).map { $0.turned(by: heading.conjugate) })
        var best: (cost: Double, root: RigidTransform, joints: [Double])?
        // Through the capsules and then apart; where that costs much, also around them.
        var free: (cost: Double, joints: [Double])?
        for number in 0..<4 {
            let around = number > 1
            if around, let best, let free, best.cost < 1.2 * free.cost + 0.02 { break }
            var joints = number.isMultiple(of: 2) ? natural : calibration.tPose
            var pose = root
            pose.translation -= root.rotation.act(calibration.hipsInRoot)
            if !around {
                let result = solver.solve(
                    tasks, count: goals.count, root: &pose, joints: &joints,
                    effort: .init(
                        iterations: options.firstIterations, tolerance: Self.startTolerance, keepsApart: false))
                // The same way again needs no second look at how it comes apart.
                let isKnown = free.map { $0.joints.isNear(joints) } ?? false
                if result.cost < free?.cost ?? .infinity { free = (result.cost, joints) }
                if isKnown { continue }
            }
            let result = solver.solve(
                tasks, count: goals.count, root: &pose, joints: &joints,
                effort: .init(
                    iterations: around ? options.firstIterations : options.apartIterations,
                    tolerance: Self.startTolerance))
            pose.translation.z += max(0, result.floor_violation)
            let cost = result.cost + Self.overlapWeight * result.overlap * result.overlap
            if best.map({ cost < $0.cost }) ?? true { best = (cost, pose, joints) }
        }
        guard let best else { return }
        state.slots[0].root = RigidTransform(translation: .zero, rotation: heading) * best.root
        state.joints = best.joints
    }

    /// Bounds, posture and goals of a frame without neighbours.
    func relax(_ t: Int, _ state: inout RetargetState) {
        solver.bound(limits, margin: profile.limits.softMargin)
        for joint in natural.indices {
            (solver.posture[joint], solver.postureWeight[joint]) = (natural[joint], options.naturalness)
        }
        for (index, goal) in goals.enumerated() {
            switch goal.goal {
            // A stiff floor would hold a search where it starts.
            case .smoothRootPosition, .smoothRootRotation, .onFloor: state.tasks[t * goals.count + index].weigh(0)
            default: continue
            }
        }
    }
}

extension [Double] {
    /// Whether no joint differs by more than a degree.
    fileprivate func isNear(_ other: [Double]) -> Bool { zip(self, other).allSatisfy { abs($0 - $1) < 0.02 } }
}
