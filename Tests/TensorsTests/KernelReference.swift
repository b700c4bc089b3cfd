import Geometry
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The kernels once more, naively and in double precision, and what is needed to compare with them.
///
/// The tests run at the machine's instruction-set level. To run them at every level:
/// `for level in 0 3 4; do KMMD_ISA_LEVEL=$level swift test --filter Kernel; done`.
enum KernelReference {
    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    static func softmax(_ x: [Double], width: Int) -> [Double] {
        rows(x, width: width) { row in
            let top = row.max() ?? 0
            let e = row.map { exp($0 - top) }
            let sum = e.reduce(0, +)
            return e.map { $0 / sum }
        }
    }

    static func layerNorm(_ x: [Double], gain: [Double], bias: [Double], eps: Double) -> [Double] {
        rows(x, width: gain.count) { row in
            let mean = row.reduce(0, +) / Double(row.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
            return row.indices.map { (row[$0] - mean) / (variance + eps).squareRoot() * gain[$0] + bias[$0] }
        }
    }

    static func rmsNorm(_ x: [Double], gain: [Double], eps: Double) -> [Double] {
        rows(x, width: gain.count) { row in
            let square = row.reduce(0) { $0 + $1 * $1 } / Double(row.count)
            return row.indices.map { row[$0] / (square + eps).squareRoot() * gain[$0] }
        }
    }

    static func conv4(
        _ x: [Double], weight: [Double], bias: [Double], history: [Double]? = nil, reverse: Bool = false
    ) -> [Double] {
        let channels = bias.count
        let length = x.count / channels
        let padded = (history ?? [Double](repeating: 0, count: 3 * channels)) + flipped(x, channels, reverse)
        var y = [Double](repeating: 0, count: x.count)
        for t in 0..<length {
            for e in 0..<channels {
                y[t * channels + e] =
                    bias[e] + (0..<4).reduce(0) { $0 + weight[4 * e + $1] * padded[(t + $1) * channels + e] }
            }
        }
        return flipped(y, channels, reverse)
    }

    /// The selective scan; B and C are dense, [length, 16].
    struct Scan {
        var u: [Double]
        var delta: [Double]
        var a: [Double]
        var b: [Double]
        var c: [Double]
        var d: [Double]
        var state: [Double]
        var reverse = false

        /// The outputs [length, channels] and the final state [channels, 16].
        func callAsFunction() -> (y: [Double], state: [Double]) {
            let channels = d.count
            let length = u.count / channels
            var s = state
            var y = [Double](repeating: 0, count: u.count)
            for i in 0..<length {
                let t = reverse ? length - 1 - i : i
                for e in 0..<channels {
                    let at = t * channels + e
                    var sum = d[e] * u[at]
                    for n in 0..<16 {
                        let k = e * 16 + n
                        s[k] = exp(delta[at] * a[k]) * s[k] + delta[at] * b[t * 16 + n] * u[at]
                        sum += c[t * 16 + n] * s[k]
                    }
                    y[at] = sum
                }
            }
            return (y, s)
        }
    }

    /// `x` [length, channels] with its rows in the opposite order, if asked for.
    static func flipped<T>(_ x: [T], _ channels: Int, _ reverse: Bool = true) -> [T] {
        guard reverse else { return x }
        return stride(from: x.count - channels, through: 0, by: -channels).flatMap { x[$0..<$0 + channels] }
    }

    private static func rows(_ x: [Double], width: Int, _ body: ([Double]) -> [Double]) -> [Double] {
        stride(from: 0, to: x.count, by: width).flatMap { body(Array(x[$0..<$0 + width])) }
    }
}

/// The gradient with respect to `x` of `dy` · `f(x)`, by central differences.
func numericalGradient(at x: [Double], _ dy: [Double], step: Double = 1e-5, of f: ([Double]) -> [Double]) -> [Double] {
    var moved = x
    return x.indices.map { i in
        moved[i] = x[i] + step
        let above = f(moved)
        moved[i] = x[i] - step
        let below = f(moved)
        moved[i] = x[i]
        return dy.indices.reduce(0) { $0 + dy[$1] * (above[$1] - below[$1]) } / (2 * step)
    }
}

/// Expects |actual − expected| ≤ tolerance · (1 + |expected|) for every element; names the worst one.
func expectClose(
    _ actual: [Float], _ expected: [Double], tolerance: Double, _ what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    let errors = zip(actual, expected).map { abs(Double($0) - $1) / (1 + abs($1)) }
    let worst = errors.indices.max { errors[$0] < errors[$1] || errors[$1].isNaN }
    guard let worst else { return }
    #expect(
        errors[worst] <= tolerance, "\(what)[\(worst)] is \(actual[worst]), expected \(expected[worst])",
        sourceLocation: sourceLocation)
}

extension SplitMix64 {
    /// `count` numbers, uniform in `range`.
    mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}

extension [Float] {
    /// The same numbers in double precision.
    var doubles: [Double] { map(Double.init) }
}
