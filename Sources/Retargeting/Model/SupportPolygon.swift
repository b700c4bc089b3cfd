import Geometry

/// The convex hull of points of the floor, in memory that is used again.
struct SupportPolygon {
    private var points: [Vector3] = []
    /// Corners, counterclockwise seen from above.
    private(set) var corners: [Vector3] = []

    init(capacity: Int) {
        points.reserveCapacity(capacity)
        corners.reserveCapacity(capacity + 1)
    }

    mutating func clear() {
        points.removeAll(keepingCapacity: true)
        corners.removeAll(keepingCapacity: true)
    }

    mutating func add(_ point: Vector3) { points.append(Vector3(point.x, point.y, 0)) }

    /// Wraps the hull around the points that were added (Jarvis, "On the identification of the convex hull of a finite
    /// set of points in the plane", 1973).
    mutating func wrap() {
        corners.removeAll(keepingCapacity: true)
        guard var at = points.indices.min(by: { points[$0].x < points[$1].x }) else { return }
        let start = at
        repeat {
            corners.append(points[at])
            var next = start == at ? (at + 1) % points.count : start
            for other in points.indices {
                let (a, b) = (points[next] - points[at], points[other] - points[at])
                let side = a.x * b.y - a.y * b.x
                if side < -1e-12 || (abs(side) <= 1e-12 && b.lengthSquared > a.lengthSquared) { next = other }
            }
            at = next
        } while at != start && corners.count < points.count
    }

    /// Distance of a point from the nearest edge's line, m, negative outside; and the horizontal direction inwards from
    /// there. Nil for fewer than three corners.
    func margin(of point: Vector3) -> (distance: Double, inwards: Vector3)? {
        guard corners.count > 2 else { return nil }
        var least: (distance: Double, inwards: Vector3)?
        for index in corners.indices {
            let a = corners[index]
            let edge = corners[(index + 1) % corners.count] - a
            let inwards = Vector3(-edge.y, edge.x, 0).normalized
            let distance = inwards.dot(point - a)
            if distance < least?.distance ?? .infinity { least = (distance, inwards) }
        }
        return least
    }

    /// Mean of the corners.
    var middle: Vector3 { corners.reduce(.zero, +) / Double(max(corners.count, 1)) }
}
