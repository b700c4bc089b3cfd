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
    private static func limited(_ turn: Quaternion, along forearm: Vector3) -> Quaternion {
        let angle = remainder(turn.twist(about: forearm), 2 * .pi)
        let twist = Quaternion(angle: min(max(angle, -wrist.twist), wrist.twist), axis: forearm)
        let swing = (turn * Quaternion(angle: angle, axis: forearm).conjugate).rotationVector
        // Aside about y, bending about z, as the palm looks down in the T pose.
        let share = hypot(swing.y / wrist.aside, swing.z / wrist.bend)
        guard share > 1 || abs(angle) > wrist.twist else { return turn }
        return (Quaternion(rotationVector: swing / max(share, 1)) * twist).normalized
    }
}
