import Geometry

/// Points spread over the surface of the convex hull of some points, found without making its faces.
struct HullSurface {
    private enum Sampling {
        static let points = 160
        /// First change of a plane's direction while the nearest one is looked for, and how often it is halved.
        static let firstTilt = 0.1
        static let halvings = 4
        /// Planes less turned to a ray than this are met far away.
        static let leastFacing = 1e-3
    }

    /// The axes, and between two and three of them, as makers' boxes lie so; then all directions evenly.
    private static let directions: [Vector3] = {
        let steps = [-1.0, 0, 1]
        let axes = steps.flatMap { x in steps.flatMap { y in steps.map { z in Vector3(x, y, z) } } }
        return axes.filter { $0 != .zero }.map(\.normalized) + Vector3.sphere(256)
    }()

    /// On the surface.
    let points: [Vector3]
    /// Planes that touch the hull from outside: how far along the normal the hull reaches.
    let planes: [(normal: Vector3, reach: Double)]
    /// Middle and half the sides of the box around it.
    let middle, half: Vector3

    /// Nil where the points enclose nothing.
    init?(of outline: [Vector3]) {
        guard outline.count > 3 else { return nil }
        let lower = Vector3(outline.map(\.x).min() ?? 0, outline.map(\.y).min() ?? 0, outline.map(\.z).min() ?? 0)
        let upper = Vector3(outline.map(\.x).max() ?? 0, outline.map(\.y).max() ?? 0, outline.map(\.z).max() ?? 0)
        let (middle, half) = ((upper + lower) / 2, (upper - lower) / 2)
        guard min(half.x, half.y, half.z) > 0 else { return nil }
        let around = outline.map { $0 - middle }
        let reaches = Self.directions.map { Self.reach(around, $0) }
        points = Vector3.sphere(Sampling.points).map { direction in
            let ray = Vector3(direction.x * half.x, direction.y * half.y, direction.z * half.z)
            return middle + ray * Self.exit(ray, around, reaches)
        }
        planes = zip(Self.directions, reaches).map { ($0, $1 + middle.dot($0)) }
        (self.middle, self.half) = (middle, half)
    }

    private static func reach(_ points: [Vector3], _ direction: Vector3) -> Double {
        var reach = -Double.infinity
        for point in points { reach = max(reach, point.dot(direction)) }
        return reach
    }

    /// Where a ray from the middle leaves the hull, in lengths of the ray: at the nearest of all planes that touch the hull.
    private static func exit(_ ray: Vector3, _ points: [Vector3], _ reaches: [Double]) -> Double {
        let least = Sampling.leastFacing * ray.length
        var best = (share: Double.infinity, normal: ray)
        for (normal, reach) in zip(directions, reaches) where normal.dot(ray) > least {
            let share = reach / normal.dot(ray)
            if share < best.share { best = (share, normal) }
        }
        var tilt = Sampling.firstTilt
        for _ in 0..<Sampling.halvings {
            let across = best.normal.cross(abs(best.normal.z) < 0.9 ? Vector3(0, 0, 1) : Vector3(0, 1, 0)).normalized
            let other = best.normal.cross(across)
            let before = best.share
            for way in [across, -across, other, -other] {
                let normal = (best.normal + way * tilt).normalized
                guard normal.dot(ray) > least else { continue }
                let share = reach(points, normal) / normal.dot(ray)
                if share < best.share { best = (share, normal) }
            }
            if best.share == before { tilt /= 2 }
        }
        return best.share
    }
}
