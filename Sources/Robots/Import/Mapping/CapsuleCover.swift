import Geometry

/// One to six capsules whose surface together is that of a convex body, as nearly as may be.
///
/// Levenberg–Marquardt over the ends and radii, on the distances of the hull's surface from the nearest capsule and on how far ends
/// stand out of planes around it. Large distances count most (their fourth powers are summed), and gaps a little more.
struct CapsuleCover {
    struct Capsule {
        var from, to: Vector3
        var radius: Double
    }

    private enum Fit {
        static let most = 6
        /// What a gap counts beside as much that stands out.
        static let gap = 1.5
        /// A further capsule has to take so much of the misfit.
        static let worth = 0.85
        static let iterations = 25
        /// Less than this share of the cost in one step ends the fit.
        static let leastGain = 0.003
        static let damping = (first: 1e-3, least: 1e-5, less: 3.0, more: 5.0, tries: 4)
        /// Longest way of an end in one step, as a share of the body's longest half.
        static let step = 0.2
        /// Share of the radius by which a capsule's axis ends before the box does, at the start.
        static let round = 0.7
        /// Radius of capsules along the edges of a box, as a share of half its thinner side.
        static let edge = 0.55
        /// m
        static let thinnest = 0.001
    }

    private struct Misfit {
        /// Of a point of the hull's surface from the nearest capsule's, positive outside, m.
        var distance: Double
        var capsule: Int
        /// Where on the axis, 0 to 1, and the direction from there.
        var share: Double
        var normal: Vector3

        var weight: Double { distance > 0 ? Fit.gap : 1 }
        var weighted: Double { weight * distance }
    }

    private(set) var capsules: [Capsule]
    private let surface: HullSurface
    private var misfits: [Misfit]
    private var cost: Double
    private let reach: Double

    /// The cover with as few capsules as leave no point of the surface farther off than `tolerance`, at most `most`.
    init(_ surface: HullSurface, tolerance: Double, most: Int = Fit.most) {
        var best: CapsuleCover?
        for count in 1...min(most, Fit.most) {
            var covers = Self.starts(surface, count).map { CapsuleCover(surface, starting: $0) }
            for index in covers.indices { covers[index].refine() }
            guard let cover = covers.min(by: { $0.cost < $1.cost }) else { continue }
            let worth = Fit.worth * Fit.worth * Fit.worth * Fit.worth
            if cover.cost < worth * (best?.cost ?? .infinity) { best = cover }
            if cover.misfits.allSatisfy({ abs($0.distance) < tolerance }) { break }
        }
        self = best ?? CapsuleCover(surface, starting: Self.starts(surface, 1)[0])
    }

    private init(_ surface: HullSurface, starting capsules: [Capsule]) {
        (self.surface, self.capsules) = (surface, capsules)
        reach = max(surface.half.x, surface.half.y, surface.half.z)
        misfits = Self.misfits(surface, capsules)
        cost = Self.cost(misfits)
    }

    // MARK: Where to start

    private static func starts(_ surface: HullSurface, _ count: Int) -> [[Capsule]] {
        let (middle, half) = (surface.middle, surface.half)
        func unit(_ axis: Int) -> Vector3 { Vector3(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0) }
        let order = [0, 1, 2].sorted { half[$0] > half[$1] }
        let (long, wide, thin) = (order[0], order[1], order[2])
        func capsule(at center: Vector3, along axis: Int, _ radius: Double) -> Capsule {
            let reach = max(half[axis] - Fit.round * radius, Fit.thinnest)
            return Capsule(from: center - unit(axis) * reach, to: center + unit(axis) * reach, radius: radius)
        }
        guard count > 1 else { return [[capsule(at: middle, along: long, (half[wide] + half[thin]) / 2)]] }
        func place(_ index: Int) -> Double { 2 * Double(index) / Double(count - 1) - 1 }
        // Side by side, along one axis and spread over another.
        var starts = [(long, wide), (wide, long), (long, thin)].map { along, across in
            let radius = min(half[along], half[across], half[thin])
            return (0..<count).map { index in
                capsule(
                    at: middle + unit(across) * ((half[across] - radius) * place(index)), along: along, radius)
            }
        }
        // One behind the other.
        starts.append(
            (0..<count).map { index in
                let shift = half[long] * ((2 * Double(index) + 1) / Double(count) - 1)
                return capsule(at: middle + unit(long) * shift, along: wide, half[thin])
            })
        if count == 4 {
            let radius = Fit.edge * half[thin]
            starts.append(
                (0..<count).map { index in
                    let (a, b) = (index < 2 ? -1.0 : 1.0, index.isMultiple(of: 2) ? -1.0 : 1.0)
                    let center = unit(wide) * (a * (half[wide] - radius)) + unit(thin) * (b * (half[thin] - radius))
                    return capsule(at: middle + center, along: long, radius)
                })
        }
        return starts
    }

    // MARK: The fit

    private static func misfits(_ surface: HullSurface, _ capsules: [Capsule]) -> [Misfit] {
        distances(surface, capsules) + protrusions(surface, capsules)
    }

    /// Of the ends that reach farthest beyond each plane around the hull.
    private static func protrusions(_ surface: HullSurface, _ capsules: [Capsule]) -> [Misfit] {
        surface.planes.compactMap { plane in
            var best = Misfit(distance: 0, capsule: 0, share: 0, normal: plane.normal)
            for (index, capsule) in capsules.enumerated() {
                let (from, to) = (capsule.from.dot(plane.normal), capsule.to.dot(plane.normal))
                let distance = plane.reach - max(from, to) - capsule.radius
                if distance < best.distance {
                    (best.distance, best.capsule, best.share) = (distance, index, from > to ? 0 : 1)
                }
            }
            return best.distance < 0 ? best : nil
        }
    }

    private static func distances(_ surface: HullSurface, _ capsules: [Capsule]) -> [Misfit] {
        surface.points.map { point in
            var best = Misfit(distance: .infinity, capsule: 0, share: 0, normal: .zero)
            for (index, capsule) in capsules.enumerated() {
                let axis = capsule.to - capsule.from
                let along = (point - capsule.from).dot(axis) / max(axis.lengthSquared, 1e-12)
                let share = min(max(along, 0), 1)
                let way = point - capsule.from - axis * share
                let distance = way.length
                if distance - capsule.radius < best.distance {
                    best = Misfit(
                        distance: distance - capsule.radius, capsule: index, share: share,
                        normal: way / max(distance, 1e-9))
                }
            }
            return best
        }
    }

    private static func cost(_ misfits: [Misfit]) -> Double {
        misfits.reduce(0) { sum, misfit in
            let square = misfit.weighted * misfit.weighted
            return sum + square * square
        }
    }

    private mutating func refine() {
        var damping = Fit.damping.first
        for _ in 0..<Fit.iterations {
            let (matrix, gradient) = normalEquations()
            let before = cost
            for _ in 0..<Fit.damping.tries where cost == before {
                if let step = Self.solve(matrix, damping: damping, gradient), take(step) {
                    damping = max(damping / Fit.damping.less, Fit.damping.least)
                } else {
                    damping *= Fit.damping.more
                }
            }
            if cost > before * (1 - Fit.leastGain) { break }
        }
    }

    /// Of the seven unknowns of each capsule: its ends and its radius.
    private func normalEquations() -> (matrix: [Double], gradient: [Double]) {
        let count = 7 * capsules.count
        var (matrix, gradient) = ([Double](repeating: 0, count: count * count), [Double](repeating: 0, count: count))
        for misfit in misfits {
            let n = misfit.normal
            let (s, t) = (misfit.share - 1, -misfit.share)
            let row = [n.x * s, n.y * s, n.z * s, n.x * t, n.y * t, n.z * t, -1]
            let first = 7 * misfit.capsule
            let weight = misfit.weighted * misfit.weighted * misfit.weight * misfit.weight
            for i in 0..<7 {
                gradient[first + i] -= row[i] * weight * misfit.distance
                for k in 0...i { matrix[(first + i) * count + first + k] += row[i] * weight * row[k] }
            }
        }
        return (matrix, gradient)
    }

    private mutating func take(_ step: [Double]) -> Bool {
        let longest = step.reduce(0) { max($0, abs($1)) }
        let share = min(1, Fit.step * reach / max(longest, 1e-12))
        var moved = capsules
        for index in moved.indices {
            let part = step[7 * index..<7 * index + 7].map { $0 * share }
            moved[index].from = moved[index].from + Vector3(part[0], part[1], part[2])
            moved[index].to = moved[index].to + Vector3(part[3], part[4], part[5])
            moved[index].radius += part[6]
            guard moved[index].radius > Fit.thinnest else { return false }
        }
        let found = Self.misfits(surface, moved)
        let cost = Self.cost(found)
        guard cost < self.cost else { return false }
        (capsules, misfits, self.cost) = (moved, found, cost)
        return true
    }

    /// Cholesky's factors of the lower triangle and both substitutions; nil when it is singular.
    private static func solve(_ matrix: [Double], damping: Double, _ right: [Double]) -> [Double]? {
        let count = right.count
        var (factor, x) = (matrix, right)
        let trace = (0..<count).reduce(0) { $0 + matrix[$1 * count + $1] } / Double(count)
        for i in 0..<count {
            factor[i * count + i] += damping * trace
            for k in 0...i {
                var sum = factor[i * count + k]
                for j in 0..<k { sum -= factor[i * count + j] * factor[k * count + j] }
                if i > k {
                    factor[i * count + k] = sum / factor[k * count + k]
                } else {
                    guard sum > 0 else { return nil }
                    factor[i * count + i] = sum.squareRoot()
                }
            }
        }
        for i in 0..<count {
            for k in 0..<i { x[i] -= factor[i * count + k] * x[k] }
            x[i] /= factor[i * count + i]
        }
        for i in (0..<count).reversed() {
            for k in i + 1..<count { x[i] -= factor[k * count + i] * x[k] }
            x[i] /= factor[i * count + i]
        }
        return x
    }
}
