import CKernels
import Geometry
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Kernels: elementwise")
struct KernelElementwiseTests {
    typealias Forward = @Sendable (Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    typealias Backward =
        @Sendable (
            Int, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>
        ) -> Void

    struct Function: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let value: @Sendable (Double) -> Double
        let forward: Forward
        let backward: Backward?
    }

    static let functions = [
        Function(testDescription: "exp", value: { exp($0) }, forward: ck_exp, backward: nil),
        Function(
            testDescription: "silu", value: { $0 * KernelReference.sigmoid($0) }, forward: ck_silu,
            backward: ck_silu_backward),
        Function(
            testDescription: "softplus", value: { max($0, 0) + log1p(exp(-abs($0))) }, forward: ck_softplus,
            backward: ck_softplus_backward),
        Function(
            testDescription: "gelu", value: { $0 * 0.5 * erfc(-$0 / 2.squareRoot()) }, forward: ck_gelu,
            backward: ck_gelu_backward),
    ]
    static let sizes = [0, 1, 3, 15, 16, 17, 31, 32, 65, 1003]

    @Test("The instruction-set level is known and within the cap")
    func level() {
        let level = ck_isa_level()
        #expect([0, 3, 4].contains(level))
        if let cap = getenv("KMMD_ISA_LEVEL").flatMap({ Int32(String(cString: $0)) }), [0, 3, 4].contains(cap) {
            #expect(level <= cap)
        }
    }

    @Test("Values agree with double precision, in place too, and nothing is written past the end", arguments: functions)
    func values(function: Function) {
        var random = SplitMix64(seed: 1)
        for n in Self.sizes {
            let x = random.floats(n, in: -12...12)
            let expected = x.map { function.value(Double($0)) }
            var y = [Float](repeating: 7, count: n + 16)
            function.forward(n, x, &y)
            expectClose(Array(y[..<n]), expected, tolerance: 5e-7, "\(n)")
            #expect(y[n...].allSatisfy { $0 == 7 })

            var inPlace = x
            inPlace.withUnsafeMutableBufferPointer { p in
                if let base = p.baseAddress { function.forward(n, base, base) }
            }
            #expect(inPlace == Array(y[..<n]))
        }
    }

    @Test("Derivatives agree with finite differences and are added", arguments: functions)
    func derivatives(function: Function) throws {
        guard let backward = function.backward else { return }
        var random = SplitMix64(seed: 2)
        for n in Self.sizes {
            let x = random.floats(n, in: -9...9)
            let dy = random.floats(n)
            let before = random.floats(n)
            let h = 1e-5
            let expected = (0..<n).map { i in
                let at = Double(x[i])
                let slope = (function.value(at + h) - function.value(at - h)) / (2 * h)
                return Double(before[i]) + Double(dy[i]) * slope
            }
            var dx = before + [Float](repeating: 7, count: 16)
            backward(n, x, dy, &dx)
            expectClose(Array(dx[..<n]), expected, tolerance: 2e-6, "\(n)")
            #expect(dx[n...].allSatisfy { $0 == 7 })
        }
    }

    @Test("exp keeps its relative error over the whole range, ends at 0 and a finite number, and keeps NaN")
    func exponential() {
        let x = (-87_000...88_000).map { Float($0) * 1e-3 }
        var y = x
        ck_exp(x.count, x, &y)
        let worst = zip(x, y).map { abs(Double($1) / exp(Double($0)) - 1) }.max() ?? 1
        #expect(worst < 3e-7)

        let edges: [Float] = [0, -88, -1e30, -.infinity, 200, .infinity, .nan]
        var ends = edges
        ck_exp(edges.count, edges, &ends)
        #expect(ends[0] == 1)
        #expect(ends[1...3].allSatisfy { $0 == 0 })
        #expect(ends[4...5].allSatisfy { $0.isFinite && $0 > 2e38 })
        #expect(ends[6].isNaN)
    }

    @Test("softplus keeps its relative error where it is small")
    func smallSoftplus() {
        let x = stride(from: Float(-60), to: -4, by: 0.37).map { $0 }
        var y = x
        ck_softplus(x.count, x, &y)
        for (x, y) in zip(x, y) { #expect(abs(Double(y) / log1p(exp(Double(x))) - 1) < 5e-7) }
    }

    @Test("Sums, products and their accumulating forms")
    func arithmetic() {
        var random = SplitMix64(seed: 3)
        for n in Self.sizes {
            let (a, b, before) = (random.floats(n), random.floats(n), random.floats(n))
            var y = before
            ck_axpy(n, 0.75, a, &y)
            expectClose(y, (0..<n).map { Double(before[$0]) + 0.75 * Double(a[$0]) }, tolerance: 1e-6, "axpy")
            ck_mul(n, a, b, &y)
            expectClose(y, (0..<n).map { Double(a[$0]) * Double(b[$0]) }, tolerance: 1e-6, "mul")
            y = before
            ck_fma(n, a, b, &y)
            expectClose(
                y, (0..<n).map { Double(before[$0]) + Double(a[$0]) * Double(b[$0]) }, tolerance: 1e-6, "fma")
            let sum = a.doubles.reduce(0, +)
            let dot = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            expectClose([ck_sum(n, a), ck_dot(n, a, b)], [sum, dot], tolerance: 3e-6, "sum, dot")
        }
    }
}
