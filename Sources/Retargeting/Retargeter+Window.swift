import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// Solves the newest frame from the one before it.
    func extend(_ state: inout RetargetState) {
        let t = state.slots.count - 1
        // Without a window the frame is due now.
        let again: Missed = state.horizon > 0 ? [.standing, .distance] : .standing
        solve(t, &state, iterations: options.iterations, options.prediction, again: again)
        reconsider(&state)
    }

    /// Solves the frames that may still change at once, as one least-squares problem that weighs likeness against
    /// acceleration, and then each of them with its neighbours held, which keeps all limits, floor and feet exactly.
    func refine(_ state: inout RetargetState, sweeps: Int) {
        lean(&state)
        for t in state.final..<state.slots.count { aim(t, &state) }
        smooth(&state)
        // There and back; again, up to three times as often, where a sole that shall stand is still off the floor, which is
        // held down more firmly then, and up to six times as often where capsules are still too near.
        defer { firmness = 1 }
        let frames = state.final..<state.slots.count
        var missed: Missed = []
        for sweep in 0..<6 * sweeps {
            let goesOn = !sweep.isMultiple(of: 2)
            if sweep >= sweeps, !goesOn {
                if sweep >= 3 * sweeps { missed.remove(.standing) }
                if missed.isEmpty { break }
                if missed.contains(.standing) { firmness *= 4 }
            }
            missed = []
            for index in frames {
                let t = goesOn ? index : frames.lowerBound + frames.upperBound - 1 - index
                missed.formUnion(solve(t, &state, iterations: 1, options.smoothness, again: [.standing, .distance]))
            }
        }
    }

    private func smooth(_ state: inout RetargetState) {
        for t in state.final..<state.slots.count {
            relax(t, &state)
            holdDown(t, &state)
        }
        let rate = state.frameRate / 30
        let unit = rate * rate * rate * rate
        for dof in stiffness.indices {
            let joint = dof - (stiffness.count - limits.count)
            let (place, turn) = (options.smoothness.rootPosition, options.smoothness.rootRotation)
            let weights = joint >= 0 ? options.smoothness.joints : (dof < 3 ? place : turn)
            stiffness[dof] = weights.acceleration * unit
        }
        poses.removeAll(keepingCapacity: true)
        for slot in state.slots { poses.append(krb_pose(slot.root)) }
        solver.smooth(
            state.tasks, count: goals.count, stiffness: stiffness, fixed: state.final, roots: &poses,
            joints: &state.joints, effort: .init(iterations: options.windowIterations))
        for t in state.final..<state.slots.count { state.slots[t].root = RigidTransform(poses[t]) }
    }

    /// What a solved frame does not keep.
    private struct Missed: OptionSet {
        var rawValue: Int
        /// A sole that shall stand is off the floor.
        static let standing = Missed(rawValue: 1)
        /// Watched capsules are much nearer than they shall be.
        static let distance = Missed(rawValue: 2)
    }

    /// Solves one frame with its neighbours held, with more steps when it misses one of `again`; says what it misses then.
    @discardableResult
    private func solve(
        _ t: Int, _ state: inout RetargetState, iterations: Int, _ smoothness: Smoothness, again: Missed
    ) -> Missed {
        draw(t, &state, smoothness)
        holdDown(t, &state)
        bound(t, state)
        var (result, missed) = (krb_result(), again)
        for attempt in 0..<2 where !missed.isDisjoint(with: again) {
            result = solver.solve(
                state.tasks, from: t * goals.count, count: goals.count, root: &state.slots[t].root,
                joints: &state.joints, from: t * limits.count,
                effort: .init(iterations: attempt == 0 ? iterations : 4))
            missed = hasLiftedSole(t, state) ? .standing : []
            if result.overlap > WatchedCapsules.tolerance { missed.insert(.distance) }
        }
        // What the budget left under the floor, on the wildest of inputs.
        state.slots[t].root.translation.z += max(0, result.floor_violation)
        state.slots[t].centerOfMass = solver.workspace.centerOfMass
        state.slots[t].activeBounds = Int(result.active_bounds)
        return missed
    }

    /// Holds the soles that stand on the floor.
    private func holdDown(_ t: Int, _ state: inout RetargetState) {
        for (index, goal) in goals.enumerated() {
            guard case .onFloor(let leg) = goal.goal else { continue }
            let isStanding = state.feet[t * soles.count + leg].isStanding
            let weight = isStanding ? hold(leg, t, state) * firmness * options.stanceHeight : 0
            state.tasks[t * goals.count + index].weigh(weight)
        }
    }

    /// Whether a sole that shall stand is off the floor in the configuration solved last.
    private func hasLiftedSole(_ t: Int, _ state: RetargetState) -> Bool {
        for (leg, points) in soles.enumerated() where state.feet[t * soles.count + leg].isStanding {
            var lowest = Double.infinity
            for point in solver.floorPoints[points] {
                let pose = solver.workspace.pose(ofBody: Int(point.body))
                lowest = min(lowest, pose.act(Vector3(point.point)).z - point.height)
            }
            if lowest > Self.liftedSole { return true }
        }
        return false
    }

    /// Draws joints and root to the smoothest motion through the neighbours.
    private func draw(_ t: Int, _ state: inout RetargetState, _ smoothness: Smoothness) {
        let count = state.slots.count
        let dt = 1 / state.frameRate
        let neighbours = Neighbours(of: t, in: count, smoothness.joints, dt: dt)
        let weight = neighbours.weight + options.naturalness
        for joint in limits.indices {
            var target = 0.0
            for offset in -Neighbours.reach...Neighbours.reach where neighbours[offset] != 0 {
                target += neighbours[offset] * state.joints[(t + offset) * limits.count + joint]
            }
            solver.posture[joint] = (neighbours.weight * target + options.naturalness * natural[joint]) / weight
            solver.postureWeight[joint] = weight
        }
        for (index, goal) in goals.enumerated() {
            let place = t * goals.count + index
            switch goal.goal {
            case .smoothRootPosition:
                let neighbours = Neighbours(of: t, in: count, smoothness.rootPosition, dt: dt)
                var target = Vector3.zero
                for offset in -Neighbours.reach...Neighbours.reach where neighbours[offset] != 0 {
                    target += state.slots[t + offset].root.act(calibration.hipsInRoot) * neighbours[offset]
                }
                state.tasks[place].target = krb_vector3(target)
                state.tasks[place].weigh(neighbours.weight)
            case .smoothRootRotation:
                let neighbours = Neighbours(of: t, in: count, smoothness.rootRotation, dt: dt)
                let rotation = state.slots[t].root.rotation
                var turn = Vector3.zero
                for offset in -Neighbours.reach...Neighbours.reach where neighbours[offset] != 0 {
                    let other = state.slots[t + offset].root.rotation
                    turn += (other * rotation.conjugate).rotationVector * neighbours[offset]
                }
                let target = (Quaternion(rotationVector: turn) * rotation).normalized
                state.tasks[place].target_rotation = krb_quaternion(target)
                state.tasks[place].weigh(neighbours.weight)
            default: continue
            }
        }
    }

    /// Bounds of a frame's joints: their range, and the rates towards the neighbours on both sides. Where they
    /// contradict, position wins over speed, speed over acceleration and that over jerk.
    private func bound(_ t: Int, _ state: RetargetState) {
        let (count, dt, margin) = (state.slots.count, 1 / state.frameRate, profile.limits.softMargin)
        state.joints.withUnsafeBufferPointer { q in
            for (joint, limit) in limits.enumerated() {
                func at(_ offset: Int) -> Double { q[(t + offset) * limits.count + joint] }
                var interval = Interval(limit.lower + margin, limit.upper - margin)
                if t > 0 { interval.narrow(around: at(-1), limit.velocity * dt) }
                if t + 1 < count { interval.narrow(around: at(1), limit.velocity * dt) }
                if t > 0, t + 1 == count { interval.brake(from: at(-1), limit, margin: margin, dt: dt) }
                let a = limit.acceleration * dt * dt
                if t > 1 { interval.narrow(around: 2 * at(-1) - at(-2), a) }
                if t > 0, t + 1 < count { interval.narrow(around: (at(-1) + at(1)) / 2, a / 2) }
                if t + 2 < count { interval.narrow(around: 2 * at(1) - at(2), a) }
                let j = limit.jerk * dt * dt * dt
                if t > 2 { interval.narrow(around: 3 * at(-1) - 3 * at(-2) + at(-3), j) }
                if t > 1, t + 1 < count { interval.narrow(around: at(-1) + (at(1) - at(-2)) / 3, j / 3) }
                if t > 0, t + 2 < count { interval.narrow(around: at(1) + (at(-1) - at(2)) / 3, j / 3) }
                if t + 3 < count { interval.narrow(around: 3 * at(1) - 3 * at(2) + at(3), j) }
                if t + 1 == count, t > 0, !state.escape.isEmpty {
                    interval.urge(from: at(-1), to: state.escape[joint], dt: dt)
                }
                (solver.lower[joint], solver.upper[joint]) = (interval.lower, interval.upper)
            }
        }
    }
}

/// Where a joint may be; never empty.
private struct Interval {
    var lower: Double
    var upper: Double

    init(_ lower: Double, _ upper: Double) {
        self.lower = min(lower, upper)
        self.upper = max(lower, upper)
    }

    /// Takes in a second demand as far as it agrees with the first.
    mutating func narrow(_ low: Double, _ high: Double) {
        (lower, upper) = (min(max(low, lower), upper), min(max(high, lower), upper))
    }

    mutating func narrow(around middle: Double, _ distance: Double) { narrow(middle - distance, middle + distance) }

    /// Never so fast that the joint could not stop before the end of its range.
    mutating func brake(from q: Double, _ limit: JointLimits, margin: Double, dt: Double) {
        let a = limit.acceleration
        func stoppable(_ distance: Double) -> Double {
            let distance = max(distance, 0)
            return distance.isFinite ? (a * a * dt * dt + 2 * a * distance).squareRoot() - a * dt : .infinity
        }
        narrow(q - stoppable(q - limit.lower - margin) * dt, q + stoppable(limit.upper - margin - q) * dt)
    }

    /// Moves at least at the speed of an escape.
    mutating func urge(from q: Double, to goal: Double, dt: Double) {
        guard abs(goal - q) > Retargeter.Escape.arrival else { return }
        let step = Retargeter.Escape.speed * dt
        if goal > q { lower = min(max(lower, q + step), upper) } else { upper = max(min(upper, q - step), lower) }
    }
}
