import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension BodyFinder {
    /// Farthest that a knee or an elbow bends, rad: 143°, the mean of a human's (knee 135°, elbow 150°; American Academy of
    /// Orthopaedic Surgeons, "Joint Motion", 1965).
    private static let flexion = 2.5
    /// Of other joints of legs, rad either way: a right angle, enough to stride, squat and bow.
    private static let legRange = 1.6
    /// Of all others, rad either way: short of half a turn, so that no joint winds up.
    private static let otherRange = 2.8
    /// A joint whose segment goes less than this share of its length ahead or back turns it sideways.
    private static let leastSwing = 0.3
    /// A limb bent more than this in the zero pose, rad, has no straight pose to count from.
    private static let greatestBend = 1.5

    /// What to take for the range of a turning joint that no description limits: knees and elbows bend from straight one
    /// way, as a human's do; others turn either way alike.
    func naturalRange(of link: Int) -> ClosedRange<Double> {
        for (limbs, ahead) in [(legs, -1.0), (arms, 1.0)] {
            for limb in limbs where limb.middleBody == link {
                if let range = bendingRange(limb, ahead: ahead) { return range }
            }
        }
        let range = legs.contains { $0.chain.contains(link) } ? Self.legRange : Self.otherRange
        return -range...range
    }

    /// From straight to bent, so that the outer segment goes `ahead`, or back; nil when the joint does neither.
    private func bendingRange(_ limb: Limb, ahead: Double) -> ClosedRange<Double>? {
        let axis = robot.axis(limb.middleBody)
        func across(_ segment: Vector3) -> Vector3 { segment - axis * axis.dot(segment) }
        let (inner, outer) = (across(limb.bend - limb.upper), across(limb.lower - limb.bend))
        let swing = axis.cross(outer).x * ahead
        guard abs(swing) > Self.leastSwing * outer.length else { return nil }
        let bent = atan2(axis.dot(inner.cross(outer)), inner.dot(outer))
        guard abs(bent) < Self.greatestBend else { return nil }
        let range = swing > 0 ? -bent...Self.flexion - bent : -Self.flexion - bent...(-bent)
        return min(range.lowerBound, 0)...max(range.upperBound, 0)
    }
}
