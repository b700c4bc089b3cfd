import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension BodyFinder {
    /// Farthest that a knee or an elbow bends, rad.
    private static let flexion = 2.5

    /// What to take for the range of a turning joint that no description limits: knees and elbows bend from straight one
    /// way, as a human's do; other joints of legs turn by 1.6 rad either way, and all others by 2.8.
    func naturalRange(of link: Int) -> ClosedRange<Double> {
        for (limbs, ahead) in [(legs, -1.0), (arms, 1.0)] {
            for limb in limbs where limb.middleBody == link {
                if let range = bendingRange(limb, ahead: ahead) { return range }
            }
        }
        return legs.contains { $0.chain.contains(link) } ? -1.6...1.6 : -2.8...2.8
    }

    /// From straight to bent, so that the outer segment goes `ahead`, or back; nil when the joint does neither.
    private func bendingRange(_ limb: Limb, ahead: Double) -> ClosedRange<Double>? {
        let axis = robot.axis(limb.middleBody)
        func across(_ segment: Vector3) -> Vector3 { segment - axis * axis.dot(segment) }
        let (inner, outer) = (across(limb.bend - limb.upper), across(limb.lower - limb.bend))
        let swing = axis.cross(outer).x * ahead
        guard abs(swing) > 0.3 * outer.length else { return nil }
        let bent = atan2(axis.dot(inner.cross(outer)), inner.dot(outer))
        guard abs(bent) < 1.5 else { return nil }
        let range = swing > 0 ? -bent...Self.flexion - bent : -Self.flexion - bent...(-bent)
        return min(range.lowerBound, 0)...max(range.upperBound, 0)
    }
}
