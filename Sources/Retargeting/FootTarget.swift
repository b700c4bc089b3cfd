import Geometry
import HumanMotion

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Decides when a foot of the human stands, and turns its motion into a goal for the robot's foot that does not slide.
///
/// The goal is the free motion (human leg directions with the robot's lengths, human clearance scaled) plus an offset.
/// While the foot stands, the offset is whatever keeps the held point of the sole in place; in the air it fades like a
/// critically damped spring, so that the goal never jumps and leaves the ground with no jerk.
enum FootTarget {
    /// Probabilities at which a point comes to stand and leaves.
    static let probabilities = (enter: 0.6, leave: 0.4)
    /// Heights over the standing height (m, human) and speeds (m/s) for motions without contact probabilities.
    static let heights = (enter: 0.035, leave: 0.055)
    static let speeds = (enter: 0.25, leave: 0.45)
    /// Time in which a landed sole settles on the floor, and in which the offset of a lifted one fades, s.
    static let settling = 0.06
    static let fading = 0.08
    /// How far a held foot may be from the free motion before it is dragged along: m, rad.
    static let slack = (distance: 0.15, turn: 0.5)

    /// The pose of the foot's goal without contacts.
    static func free(
        _ leg: Calibration.Leg, hips: Vector3, root: Quaternion, calibration: Calibration, human: HumanPose
    ) -> RigidTransform {
        let hip = hips + root.act(leg.hipInRoot - calibration.hipsInRoot)
        var ankle =
            hip + human.direction(from: leg.hip, to: leg.knee) * leg.thigh
            + human.direction(from: leg.knee, to: leg.side.ankle) * leg.shank
        let rotation = human.rotations[leg.side.ankle] * Quaternion(angle: leg.restHeading, axis: .up)
        // The floor by construction: the lowest point of the robot's sole is as high as the human's, scaled.
        let heel =
            human.positions[leg.side.ankle]
            + human.rotations[leg.side.ankle].act(Vector3(-0.045, 0, -leg.side.ankleHeight))
        let toe =
            human.positions[leg.side.toe]
            + human.rotations[leg.side.ankle].act(Vector3(0, 0, -SMPLFoot.toeHeight))
        let clearance = max(0, min(heel.z, toe.z)) * calibration.scale
        ankle.z = clearance - leg.lowest(rotation)
        return RigidTransform(translation: ankle, rotation: rotation)
    }

    /// Moves the contact state on by one frame.
    static func updateContacts(
        _ state: inout FootState, _ leg: Calibration.Leg, human: HumanPose, probabilities given: (Double, Double)?,
        dt: Double
    ) {
        let heel = human.positions[leg.side.ankle]
        let toe = human.positions[leg.side.toe]
        if let (heelProbability, toeProbability) = given {
            state.heelStands = heelProbability > (state.heelStands ? probabilities.leave : probabilities.enter)
            state.toeStands = toeProbability > (state.toeStands ? probabilities.leave : probabilities.enter)
        } else {
            func stands(_ before: Bool, _ height: Double, _ speed: Double) -> Bool {
                before
                    ? height < heights.leave && speed < speeds.leave
                    : height < heights.enter && speed < speeds.enter
            }
            let known = state.heelPosition != nil
            let heelSpeed = known ? (heel - (state.heelPosition ?? heel)).length / dt : 0
            let toeSpeed = known ? (toe - state.toePosition).length / dt : 0
            state.heelStands = stands(state.heelStands, heel.z - leg.side.ankleHeight, heelSpeed)
            state.toeStands = stands(state.toeStands, toe.z - SMPLFoot.toeHeight, toeSpeed)
        }
        (state.heelPosition, state.toePosition) = (heel, toe)
    }

    /// The goal on the first frame: the free motion, set onto the floor where the foot stands.
    static func start(_ state: inout FootState, _ leg: Calibration.Leg, free: RigidTransform) {
        state.target = free
        state.freeHeading = free.rotation.heading
        state.pivot = nil
        (state.offsetRate, state.turnRate) = (.zero, .zero)
        state.grip = state.stands ? 1 : 0
        if state.stands {
            let local = pivotPoint(state, leg)
            var world = free.act(local)
            world.z = 0
            let rotation = Quaternion(angle: free.rotation.heading, axis: .up) * standingTilt(state, free.rotation)
            state.pivot = (local, world)
            state.target = RigidTransform(translation: world - rotation.act(local), rotation: rotation)
        }
        state.offset = state.target.translation - free.translation
        state.turn = (state.target.rotation * free.rotation.conjugate).rotationVector
    }

    /// The goal of the next frame.
    static func advance(_ state: inout FootState, _ leg: Calibration.Leg, free: RigidTransform, dt: Double) {
        let settle = 1 - exp(-dt / settling)
        if state.stands {
            hold(&state, leg, free: free, settle: settle)
            let offset = state.target.translation - free.translation
            let turn = (state.target.rotation * free.rotation.conjugate).rotationVector
            state.offsetRate = (offset - state.offset) / dt
            state.turnRate = (turn - state.turn) / dt
            (state.offset, state.turn) = (offset, turn)
        } else {
            state.pivot = nil
            fade(&state.offset, &state.offsetRate, dt)
            fade(&state.turn, &state.turnRate, dt)
            state.target = RigidTransform(
                translation: free.translation + state.offset,
                rotation: (Quaternion(rotationVector: state.turn) * free.rotation).normalized)
            // The offset must not carry the sole into the floor.
            let lowest = state.target.translation.z + leg.lowest(state.target.rotation)
            if lowest < 0 { state.target.translation.z -= lowest }
        }
        state.freeHeading = free.rotation.heading
        state.grip += ((state.stands ? 1 : 0) - state.grip) * settle
    }

    private static func hold(_ state: inout FootState, _ leg: Calibration.Leg, free: RigidTransform, settle: Double) {
        let local = pivotPoint(state, leg)
        var pivot = state.pivot ?? (local, state.target.act(local))
        // Heel and toes together keep whichever was held first.
        let flat = state.heelStands && state.toeStands
        if !flat, (pivot.local - local).length > 1e-9 { pivot = (local, state.target.act(local)) }
        pivot.world.z -= settle * pivot.world.z

        var heading = state.target.rotation.heading
        if !flat, state.toeStands { heading += remainder(free.rotation.heading - state.freeHeading, 2 * .pi) }
        let lag = remainder(free.rotation.heading - heading, 2 * .pi)
        if abs(lag) > slack.turn { heading += lag - (lag > 0 ? slack.turn : -slack.turn) }
        let level = Quaternion(angle: heading, axis: .up)
        let tilt = Quaternion(angle: -state.target.rotation.heading, axis: .up) * state.target.rotation
        let rotation = level * tilt.slerp(to: standingTilt(state, free.rotation), settle)

        var ahead = free.translation - (pivot.world - rotation.act(pivot.local))
        ahead.z = 0
        if ahead.length > slack.distance { pivot.world += ahead * (1 - slack.distance / ahead.length) }
        state.pivot = pivot
        state.target = RigidTransform(
            translation: pivot.world - rotation.act(pivot.local), rotation: rotation.normalized)
    }

    /// The point of the sole that the standing parts of the foot hold.
    private static func pivotPoint(_ state: FootState, _ leg: Calibration.Leg) -> Vector3 {
        switch (state.heelStands, state.toeStands) {
        case (true, false): leg.heel
        case (false, true): leg.toe
        default: (leg.heel + leg.toe) / 2
        }
    }

    /// A flat foot is level; on its heel or toes alone it keeps the human's pitch, on its proper side.
    private static func standingTilt(_ state: FootState, _ rotation: Quaternion) -> Quaternion {
        let ahead = rotation.act(Vector3(1, 0, 0))
        let pitch = asin(min(max(-ahead.z, -1), 1))
        let kept: Double =
            switch (state.heelStands, state.toeStands) {
            case (false, true): max(0, pitch)
            case (true, false): min(0, pitch)
            default: 0
            }
        return Quaternion(angle: kept, axis: Vector3(0, 1, 0))
    }

    private static func fade(_ value: inout Vector3, _ rate: inout Vector3, _ dt: Double) {
        // Exact solution of value'' = -2/T value' - value/T².
        let k = 1 / fading
        let b = rate + value * k
        let decay = exp(-k * dt)
        let next = (value + b * dt) * decay
        rate = (b - (value + b * dt) * k) * decay
        value = next
    }
}

extension Calibration.Leg {
    /// Height of the lowest corner of the sole over the ankle.
    func lowest(_ rotation: Quaternion) -> Double {
        var lowest = Double.infinity
        for corner in corners { lowest = min(lowest, rotation.act(corner).z) }
        return lowest
    }
}
