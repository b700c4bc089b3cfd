internal import Geometry

/// How far a point lies inside of the convex hull of points of the floor.
enum SupportMargin {
    /// Distance of `point` from the border of the hull of `points`, m; negative outside. Nil without points.
    ///
    /// The hull's border is where some direction's farthest point is met: the directions that can decide are the normals of
    /// pairs of points and, outside, those from a point of the hull to the one that is asked for. Heights don't count; nothing is allocated.
    static func margin(of point: Vector3, in points: some RandomAccessCollection<Vector3>) -> Double? {
        guard !points.isEmpty else { return nil }
        var least = Double.infinity
        func ask(_ x: Double, _ y: Double) {
            let length = (x * x + y * y).squareRoot()
            guard length > 1e-9 else { return }
            let (x, y) = (x / length, y / length)
            var farthest = -Double.infinity
            for corner in points { farthest = max(farthest, x * (corner.x - point.x) + y * (corner.y - point.y)) }
            least = min(least, farthest)
        }
        for corner in points {
            ask(point.x - corner.x, point.y - corner.y)
            for other in points { ask(corner.y - other.y, other.x - corner.x) }
        }
        // All points are one, and the one that is asked for.
        return least.isFinite ? least : 0
    }
}
