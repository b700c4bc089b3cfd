import Geometry

/// Least squares over the points of a path in which no term reaches farther than two points: the banded normal
/// equations, factored in place as L D Lᵀ. Solved once for each coordinate (Whittaker, "On a new method of
/// graduation", 1923, is the special case of an equal weight at each point).
struct PathSmoother {
    private var diagonal: [Double] = []
    private var first: [Double] = []
    private var second: [Double] = []
    private var right: [Vector3] = []
    private var count = 0

    /// Makes room for paths of up to `capacity` points.
    init(capacity: Int) {
        diagonal.reserveCapacity(capacity)
        first.reserveCapacity(capacity)
        second.reserveCapacity(capacity)
        right.reserveCapacity(capacity)
    }

    /// Forgets all terms; the path to find has `count` points.
    mutating func reset(_ count: Int) {
        self.count = count
        func clear(_ band: inout [Double]) {
            band.removeAll(keepingCapacity: true)
            for _ in 0..<count { band.append(0) }
        }
        clear(&diagonal)
        clear(&first)
        clear(&second)
        right.removeAll(keepingCapacity: true)
        for _ in 0..<count { right.append(.zero) }
    }

    /// Adds weight · (x[t] - value)².
    mutating func position(_ t: Int, _ weight: Double, _ value: Vector3) {
        diagonal[t] += weight
        right[t] += value * weight
    }

    /// Adds weight · (x[t] - x[t-1] - value)²; before the first point lies `past`.
    mutating func step(_ t: Int, _ weight: Double, _ value: Vector3, past: Vector3) {
        guard t > 0 else { return position(0, weight, past + value) }
        diagonal[t] += weight
        diagonal[t - 1] += weight
        first[t - 1] -= weight
        right[t] += value * weight
        right[t - 1] -= value * weight
    }

    /// Adds weight · (x[t] - 2 x[t-1] + x[t-2])²; before the first point lie `past` and, before that, `older`.
    mutating func bend(_ t: Int, _ weight: Double, past: Vector3, older: Vector3) {
        switch t {
        case 0: position(0, weight, past * 2 - older)
        case 1:
            diagonal[0] += 4 * weight
            diagonal[1] += weight
            first[0] -= 2 * weight
            right[0] += past * (2 * weight)
            right[1] -= past * weight
        default:
            diagonal[t] += weight
            diagonal[t - 1] += 4 * weight
            diagonal[t - 2] += weight
            first[t - 1] -= 2 * weight
            first[t - 2] -= 2 * weight
            second[t - 2] += weight
        }
    }

    /// The path; the terms are used up. Some term must hold every point.
    mutating func solve() {
        for i in 0..<count {
            if i > 0 {
                let l = first[i - 1]
                diagonal[i] -= l * l * diagonal[i - 1]
                first[i] -= l * diagonal[i - 1] * second[i - 1]
                right[i] -= right[i - 1] * l
            }
            if i > 1 {
                let l = second[i - 2]
                diagonal[i] -= l * l * diagonal[i - 2]
                right[i] -= right[i - 2] * l
            }
            first[i] /= diagonal[i]
            second[i] /= diagonal[i]
        }
        for i in stride(from: count - 1, through: 0, by: -1) {
            right[i] = right[i] / diagonal[i]
            if i + 1 < count { right[i] -= right[i + 1] * first[i] }
            if i + 2 < count { right[i] -= right[i + 2] * second[i] }
        }
    }

    /// A point of the path that was solved for.
    subscript(t: Int) -> Vector3 { right[t] }
}
