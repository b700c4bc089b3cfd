import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension HumanClip {
    /// What a wrist can do, radians: bending towards palm and back, towards thumb and little finger, and what it and the
    /// forearm twist (American Academy of Orthopaedic Surgeons, "Joint Motion", 80, 35 and 90 degrees).
    private static let wrist = (bend: 80 * Double.pi / 180, aside: 35 * Double.pi / 180, twist: 90 * Double.pi / 180)
    /// Less than this is noise, radians.
    private static let told = 15 * Double.pi / 180

    /// Keeps wrists within what wrists can do, so that no arm is asked to make up for a hand that was measured badly.
    ///
    /// - Returns: What was cut off at most, when it is worth telling.
    mutating func limitWrists() -> String? {
        var worst = 0.0
        var cut = 0
        for index in frames.indices {
            for side in Side.both {
                let before = frames[index].rotations[side.wrist]
                let after = Self.limited(before, along: SMPLSkeleton.offsets[side.wrist].alongAxis)
                let apart = (before.conjugate * after).angle
                guard apart > 1e-9 else { continue }
                frames[index].rotations[side.wrist] = after
                worst = max(worst, apart)
                if apart > Self.told { cut += 1 }
            }
        }
        guard worst > Self.told else { return nil }
        return
            "wrists turn farther than wrists can, by up to \(Int(worst * 180 / .pi)) degrees, in \(cut) cases: what is over is "
            + "left out"
    }

    /// A wrist's turn: about the forearm first, then across it.
    ///
    /// Turns that no hand has go back to none as they come to a half turn, where they would change their side: what is left is as smooth
    /// as what was measured.
    private static func limited(_ turn: Quaternion, along forearm: Vector3) -> Quaternion {
        let angle = remainder(turn.twist(about: forearm), 2 * .pi)
        let swing = (turn * Quaternion(angle: angle, axis: forearm).conjugate).rotationVector
        // Aside about y, bending about z, as the palm looks down in the T pose.
        let share = hypot(swing.y / wrist.aside, swing.z / wrist.bend)
        guard share > 1 || abs(angle) > wrist.twist else { return turn }
        let twist = abs(angle) > wrist.twist ? (angle < 0 ? -1 : 1) * folded(abs(angle), at: wrist.twist) : angle
        let length = swing.length
        let kept = share > 1 ? swing / length * folded(length, at: length / share) : swing
        return (Quaternion(rotationVector: kept) * Quaternion(angle: twist, axis: forearm)).normalized
    }

    /// An angle over a limit (radians): the limit, and from a right angle beyond it on less and less.
    private static func folded(_ angle: Double, at limit: Double) -> Double {
        let from = max(limit, .pi / 2)
        return min(limit, limit * max(.pi - angle, 0) / (.pi - from))
    }
}
