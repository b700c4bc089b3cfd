import Geometry

/// The axis of a capsule.
struct Segment {
    var from, to: Vector3

    /// Least distance to another (Ericson, Real-Time Collision Detection, 5.1.9).
    func distance(to other: Segment) -> Double {
        /// Squares of lengths, m², under which a segment is a point, and two are parallel.
        let null = 1e-12
        let (d1, d2, r) = (to - from, other.to - other.from, from - other.from)
        let (a, e, f) = (d1.dot(d1), d2.dot(d2), d2.dot(r))
        func clamp(_ x: Double) -> Double { min(max(x, 0), 1) }
        var (s, t) = (0.0, 0.0)
        if a <= null, e <= null { return r.length }
        if a <= null {
            t = clamp(f / e)
        } else {
            let c = d1.dot(r)
            if e <= null {
                s = clamp(-c / a)
            } else {
                let b = d1.dot(d2)
                let denominator = a * e - b * b
                s = denominator > null ? clamp((b * f - c * e) / denominator) : 0
                t = (b * s + f) / e
                if t < 0 { (s, t) = (clamp(-c / a), 0) } else if t > 1 { (s, t) = (clamp((b - c) / a), 1) }
            }
        }
        return ((from + d1 * s) - (other.from + d2 * t)).length
    }
}
