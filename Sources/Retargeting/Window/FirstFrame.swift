import Geometry
import HumanBody
import Robots

/// The first frame of a motion: the root in closed form at whatever heading, the joints from several starts.
struct FirstFrame {
    /// What capsules that overlap cost, 1/m².
    private static let overlapWeight = 300.0
    /// A search through flat country must not take small steps for the end, rad or m.
    private static let tolerance = 1e-4
    /// A way around the capsules is looked for where coming apart costs more than this factor and this much more than going
    /// through them.
    private static let detour = (factor: 1.2, more: 0.02)

    let problem: FrameProblem

    /// Solves the frame; where no start leads anywhere it stays in the natural pose.
    func solve(_ state: inout RetargetState, root target: RigidTransform, of human: HumanPose) {
        let (model, solver) = (problem.model, problem.solver)
        problem.setAlone(0, &state)
        // Always searched for at the same heading: where two ways are nearly as good, rounding must not choose.
        let heading = Quaternion(angle: target.rotation.twist(about: .up), axis: .up)
        let away = RigidTransform(translation: .zero, rotation: heading.conjugate)
        let (root, targets) = (
            away * target, state.targets.prefix(model.tasks.count).map { $0.turned(by: heading.conjugate) }
        )
        var best: (cost: Double, root: RigidTransform, joints: [Double])?
        // Through the capsules and then apart; where that costs much, also around them.
        var free: (cost: Double, joints: [Double])?
        var starts = [model.natural, model.calibration.tPose]
        if human.raisesArm { starts.append(model.calibration.armsAhead) }
        if state.slots[0].rest > 0, let pose = directed(targets, root) { starts.append(pose) }
        for number in 0..<2 * starts.count {
            let around = number >= starts.count
            if around, let best, let free, best.cost < Self.detour.factor * free.cost + Self.detour.more { break }
            var joints = starts[number % starts.count]
            var pose = root
            pose.translation -= root.rotation.act(model.calibration.hipsInRoot)
            do throws(SolverFailure) {
                if !around {
                    let through = try solver.solve(
                        targets, root: &pose, joints: &joints,
                        effort: .init(
                            iterations: model.options.firstIterations, tolerance: Self.tolerance, keepsApart: false,
                            keepsFloor: state.slots[0].rest == 0))
                    // The same way again needs no second look at how it comes apart.
                    let isKnown = free.map { $0.joints.isNear(joints) } ?? false
                    if through.cost < free?.cost ?? .infinity { free = (through.cost, joints) }
                    if isKnown { continue }
                }
                let apart = try solver.solve(
                    targets, root: &pose, joints: &joints,
                    effort: .init(
                        iterations: around ? model.options.firstIterations : model.options.apartIterations,
                        tolerance: Self.tolerance))
                pose.translation.z += apart.floorViolation
                let cost = apart.cost + Self.overlapWeight * apart.overlap * apart.overlap
                if best.map({ cost < $0.cost }) ?? true { best = (cost, pose, joints) }
            } catch {
                // Another start may lead somewhere.
                continue
            }
        }
        guard let best else { return }
        state.slots[0].root = RigidTransform(translation: .zero, rotation: heading) * best.root
        state.joints = best.joints
    }

    /// Joint positions in which the limbs point as the human's do, whatever touches: from a standing pose the way to one that
    /// lies or kneels is long, and contacts hold it up.
    private func directed(_ targets: [TaskTarget], _ root: RigidTransform) -> [Double]? {
        let model = problem.model
        var free = targets
        for (index, task) in model.tasks.enumerated() {
            switch task {
            case let shank as ShankTask: free[index].weigh(shank.full)
            case is LimbTask, is OrientationFollowTask, is HipsTask: break
            default: free[index].weigh(0)
            }
        }
        var joints = model.natural
        var pose = root
        pose.translation -= root.rotation.act(model.calibration.hipsInRoot)
        let found = try? problem.solver.solve(
            free, root: &pose, joints: &joints,
            effort: .init(
                iterations: model.options.firstIterations, tolerance: Self.tolerance, keepsApart: false,
                keepsFloor: false))
        return found == nil ? nil : joints
    }
}

extension HumanPose {
    /// Whether an upper arm points up along the trunk.
    fileprivate var raisesArm: Bool {
        let trunk = direction(from: .pelvis, to: .neck)
        return Side.both.contains { direction(from: $0.shoulder, to: $0.elbow).dot(trunk) > 0.5 }
    }
}

extension [Double] {
    /// Whether no joint differs by more than a degree.
    fileprivate func isNear(_ other: [Double]) -> Bool { zip(self, other).allSatisfy { abs($0 - $1) < 0.02 } }
}
