import Geometry
import HumanBody

/// Joins what was foretold of a person to what then came: the difference fades, so that nothing jumps. Allocates nothing once
/// made.
struct Seam {
    /// How fast differences fade at most, rad/s, and how long it takes at least and at most, s.
    private static let (speed, shortest, longest) = (3.0, 0.06, 0.4)

    private var shown = SMPLSkeleton.restRotations
    private var velocities = [Vector3](repeating: .zero, count: HumanJoint.count)
    private var gaps = [Vector3](repeating: .zero, count: HumanJoint.count)
    private var rates = [Vector3](repeating: .zero, count: HumanJoint.count)
    private var (place, placeVelocity) = (Vector3.zero, Vector3.zero)
    private var (placeGap, placeRate) = (Vector3.zero, Vector3.zero)
    private var (age, duration) = (0.0, 0.0)
    private var isBegun = false

    /// Forgets what was shown.
    mutating func restart() { (isBegun, age, duration) = (false, 0, 0) }

    /// Makes `frame` what is shown next; `isSeam` says that it does not go on from what was shown.
    mutating func join(_ frame: inout HumanFrame, isSeam: Bool, rate: Double) {
        if isBegun, isSeam { begin(frame, rate: rate) }
        if age < duration {
            age += 1
            for joint in HumanJoint.allCases {
                let gap = Vector3(
                    fade(gaps[joint].x, rates[joint].x), fade(gaps[joint].y, rates[joint].y),
                    fade(gaps[joint].z, rates[joint].z))
                frame.rotations[joint] = (frame.rotations[joint] * Quaternion(rotationVector: gap)).normalized
            }
            frame.pelvis += Vector3(
                fade(placeGap.x, placeRate.x), fade(placeGap.y, placeRate.y), fade(placeGap.z, placeRate.z))
        }
        for joint in HumanJoint.allCases {
            velocities[joint] = isBegun ? (shown[joint].conjugate * frame.rotations[joint]).rotationVector : .zero
            shown[joint] = frame.rotations[joint]
        }
        placeVelocity = isBegun ? frame.pelvis - place : .zero
        place = frame.pelvis
        isBegun = true
    }

    private mutating func begin(_ frame: HumanFrame, rate: Double) {
        var widest = 0.0
        for joint in HumanJoint.allCases {
            // As of the frame shown last, with the velocity that it had.
            let gap = (frame.rotations[joint].conjugate * shown[joint]).rotationVector + velocities[joint]
            (gaps[joint], rates[joint]) = (gap, .zero)
            widest = max(widest, gap.length)
        }
        placeGap = place + placeVelocity - frame.pelvis
        placeRate = .zero
        widest = max(widest, 3 * placeGap.length)
        duration = (min(max(1.875 * widest / Self.speed, Self.shortest), Self.longest) * rate).rounded(.up)
        age = 0
    }

    /// What is left of a gap at the present age.
    private func fade(_ gap: Double, _ gapRate: Double) -> Double {
        let start = CurvePoint(value: gap, velocity: gapRate * duration)
        return QuinticHermite(from: start, to: CurvePoint(value: 0))((age - 1) / duration).value
    }
}
