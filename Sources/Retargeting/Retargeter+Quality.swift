import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// Fills in a final frame and how good it is.
    func judge(_ t: Int, _ state: inout RetargetState, _ frame: inout RetargetedFrame) {
        let legs = calibration.legs.count
        var quality = FrameQuality()
        quality.activeBounds = state.slots[t].activeBounds
        // No step: the errors, and the kinematics of this frame.
        solver.bound(limits, margin: profile.limits.softMargin)
        _ = solver.solve(
            state.tasks, from: t * goals.count, count: goals.count, root: &state.slots[t].root, joints: &state.joints,
            from: t * limits.count, effort: .init(iterations: 0), errors: &errors)
        judgeJoints(t, state, &quality)
        judgeGoals(t, &state, &quality)
        for point in solver.floorPoints {
            let height = solver.workspace.pose(ofBody: Int(point.body)).act(Vector3(point.point)).z - point.height
            quality.clearance = min(quality.clearance, height)
        }
        quality.collisionDistance = min(quality.collisionDistance, solver.leastGap + WatchedCapsules.distance)
        support(t, state)
        if let (margin, _) = polygon.margin(of: solver.workspace.centerOfMass) { quality.balanceMargin = margin }

        frame.configuration.rootPosition = state.slots[t].root.translation
        frame.configuration.rootRotation = state.slots[t].root.rotation
        frame.configuration.jointPositions.removeAll(keepingCapacity: true)
        frame.configuration.jointPositions.reserveCapacity(limits.count)
        for joint in limits.indices {
            frame.configuration.jointPositions.append(state.joints[t * limits.count + joint])
        }
        func stands(_ leg: Int) -> Double { leg < legs && state.feet[t * legs + leg].isStanding ? 1 : 0 }
        frame.contacts = RobotProfile.Sides(left: stands(0), right: stands(1))
        frame.quality = quality
    }

    private func judgeJoints(_ t: Int, _ state: RetargetState, _ quality: inout FrameQuality) {
        for (joint, limit) in limits.enumerated() {
            let q = state.joints[t * limits.count + joint]
            quality.limitMargin = min(quality.limitMargin, q - limit.lower, limit.upper - q)
            guard t > 0 else { continue }
            let speed = abs(q - state.joints[(t - 1) * limits.count + joint]) * state.frameRate
            quality.speedShare = max(quality.speedShare, speed / limit.velocity)
        }
    }

    private func judgeGoals(_ t: Int, _ state: inout RetargetState, _ quality: inout FrameQuality) {
        var (limbs, count) = (0.0, 0.0)
        for (index, goal) in goals.enumerated() {
            switch goal.goal {
            case .bone:
                limbs += errors[index] * errors[index]
                count += 1
            case .sole(let leg, let end):
                let place = t * calibration.legs.count + leg
                let at = solver.workspace.pose(ofBody: Int(goal.task.body)).act(Vector3(goal.task.point))
                state.feet[place].actual[end] = at
                guard state.feet[place].stands[end] else { continue }
                quality.footError = max(quality.footError, errors[index])
                guard t > 0, state.feet[place - calibration.legs.count].stands[end] else { continue }
                var way = at - state.feet[place - calibration.legs.count].actual[end]
                way.z = 0
                quality.skating = max(quality.skating, way.length * state.frameRate)
            default: continue
            }
        }
        quality.limbError = count > 0 ? (limbs / count).squareRoot() : 0
    }
}

extension RetargetState {
    /// Appends the newest frame once more.
    mutating func repeatLast() {
        let count = slots.count
        let (j, k, f) = (joints.count / count, tasks.count / count, feet.count / count)
        for index in (joints.count - j)..<joints.count { joints.append(joints[index]) }
        for index in (tasks.count - k)..<tasks.count { tasks.append(tasks[index]) }
        for index in (feet.count - f)..<feet.count { feet.append(feet[index]) }
        slots.append(slots[count - 1])
    }
}
