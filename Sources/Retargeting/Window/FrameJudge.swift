import Geometry
import Robots

/// Says how good final frames are.
struct FrameJudge {
    let problem: FrameProblem

    /// Fills in a final frame and how good it is.
    func judge(
        _ t: Int, _ state: inout RetargetState, _ balance: inout BalancePlan, into frame: inout RetargetedFrame
    ) {
        let (model, solver) = (problem.model, problem.solver)
        let (limits, legs) = (model.limits, model.calibration.legs.count)
        var judgement = FrameJudgement(robot: solver.workspace)
        judgement.quality.activeBounds = state.slots[t].activeBounds
        problem.setRange()
        // No step: joints into their range, and the kinematics of this frame.
        let posed = try? solver.solve(
            state.targets, frame: t, root: &state.slots[t].root, joints: &state.joints, from: t * limits.count,
            effort: .init(iterations: 0))
        judgement.quality.isSolved = posed != nil && state.slots[t].isSolved
        judgeJoints(t, state, &judgement.quality)
        for (index, task) in model.tasks.enumerated() {
            task.judge(&judgement, state.targets[t * model.tasks.count + index], t, &state)
        }
        var quality = judgement.quality
        quality.limbError = judgement.limbCount > 0 ? (judgement.limbSquares / judgement.limbCount).squareRoot() : 0
        for corner in model.surface.points {
            quality.clearance = min(quality.clearance, solver.workspace.position(of: corner.point).z - corner.height)
        }
        quality.collisionDistance = min(quality.collisionDistance, solver.leastGap + WatchedCapsules.distance)
        quality.rest = state.slots[t].rest
        quality.isSupportKnown = state.slots[t].isSupportKnown
        let center = solver.workspace.centerOfMass
        if quality.isSupportKnown, let margin = balance.margin(of: center, t, state) { quality.balanceMargin = margin }

        frame.configuration.rootPosition = state.slots[t].root.translation
        frame.configuration.rootRotation = state.slots[t].root.rotation
        frame.configuration.jointPositions.removeAll(keepingCapacity: true)
        frame.configuration.jointPositions.reserveCapacity(limits.count)
        for joint in limits.indices {
            frame.configuration.jointPositions.append(state.joints[t * limits.count + joint])
        }
        func stands(_ leg: Int) -> Double { leg < legs && state.foot(leg, t).isStanding ? 1 : 0 }
        frame.contacts = RobotProfile.Sides(left: stands(0), right: stands(1))
        frame.quality = quality
    }

    private func judgeJoints(_ t: Int, _ state: RetargetState, _ quality: inout FrameQuality) {
        let limits = problem.model.limits
        for (joint, limit) in limits.enumerated() {
            let q = state.joints[t * limits.count + joint]
            quality.limitMargin = min(quality.limitMargin, q - limit.lower, limit.upper - q)
            guard t > 0 else { continue }
            let speed = abs(q - state.joints[(t - 1) * limits.count + joint]) * state.frameRate
            quality.speedShare = max(quality.speedShare, speed / limit.velocity)
        }
    }
}
