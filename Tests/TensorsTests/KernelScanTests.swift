import CKernels
import Geometry
import Testing

@Suite("Kernels: selective scan")
struct KernelScanTests {
    /// Columns of one row of B and C, as in the network: some others, then 16 of B, 16 of C.
    static let stride = 37

    struct Inputs {
        let channels: Int
        var u, delta, a, bc, d, state: [Float]
        var length: Int { u.count / channels }

        init(length: Int, channels: Int, seed: UInt64) {
            var random = SplitMix64(seed: seed)
            self.channels = channels
            u = random.floats(length * channels)
            delta = random.floats(length * channels, in: 0.001...0.4)
            a = random.floats(channels * 16, in: -16 ... -0.5)
            bc = random.floats(length * KernelScanTests.stride)
            d = random.floats(channels)
            state = random.floats(channels * 16)
        }

        func callAsFunction(state: inout [Float], reverse: Bool = false) -> [Float] {
            var y = u
            bc.withUnsafeBufferPointer { bc in
                guard let base = bc.baseAddress else { return }
                ck_scan(
                    length, channels, u, delta, a, base + 5, base + 21, KernelScanTests.stride, d, reverse ? 1 : 0,
                    &state, &y)
            }
            return y
        }

        func withoutState(reverse: Bool = false) -> [Float] {
            var y = u
            bc.withUnsafeBufferPointer { bc in
                guard let base = bc.baseAddress else { return }
                ck_scan(
                    length, channels, u, delta, a, base + 5, base + 21, KernelScanTests.stride, d, reverse ? 1 : 0,
                    nil, &y)
            }
            return y
        }

        /// 16 columns of every row, from `column`.
        static func columns(_ rows: [Float], from column: Int) -> [Double] {
            Swift.stride(from: column, to: rows.count, by: KernelScanTests.stride)
                .flatMap { rows[$0..<$0 + 16].map(Double.init) }
        }

        /// The same in double precision.
        func reference(from state: [Float]?, reverse: Bool) -> KernelReference.Scan {
            KernelReference.Scan(
                u: u.doubles, delta: delta.doubles, a: a.doubles, b: Self.columns(bc, from: 5),
                c: Self.columns(bc, from: 21), d: d.doubles,
                state: state?.doubles ?? [Double](repeating: 0, count: channels * 16), reverse: reverse)
        }
    }

    @Test("Outputs and final state agree with double precision", arguments: [0, 1, 7, 20], [false, true])
    func values(length: Int, reverse: Bool) {
        let inputs = Inputs(length: max(length, 1), channels: 48, seed: 30)
        var scan = inputs
        if length == 0 { (scan.u, scan.delta) = ([], []) }
        var state = scan.state
        let y = scan(state: &state, reverse: reverse)
        let expected = scan.reference(from: scan.state, reverse: reverse)()
        expectClose(y, expected.y, tolerance: 3e-6, "y")
        expectClose(state, expected.state, tolerance: 2e-6, "state")
        expectClose(
            scan.withoutState(reverse: reverse), scan.reference(from: nil, reverse: reverse)().y, tolerance: 3e-6,
            "without state")
    }

    @Test("Reverse is the same as flipping the rows before and after")
    func reverse() {
        let inputs = Inputs(length: 10, channels: 16, seed: 31)
        var flipped = inputs
        flipped.u = KernelReference.flipped(inputs.u, 16)
        flipped.delta = KernelReference.flipped(inputs.delta, 16)
        flipped.bc = KernelReference.flipped(inputs.bc, Self.stride)
        #expect(inputs.withoutState(reverse: true) == KernelReference.flipped(flipped.withoutState(), 16))
    }

    @Test("Pieces that carry the state give the whole")
    func pieces() {
        let inputs = Inputs(length: 12, channels: 32, seed: 32)
        var state = [Float](repeating: 0, count: 32 * 16)
        var parts: [Float] = []
        for range in [0..<5, 5..<6, 6..<12] {
            var piece = inputs
            piece.u = Array(inputs.u[range.lowerBound * 32..<range.upperBound * 32])
            piece.delta = Array(inputs.delta[range.lowerBound * 32..<range.upperBound * 32])
            piece.bc = Array(inputs.bc[range.lowerBound * Self.stride..<range.upperBound * Self.stride])
            parts += piece(state: &state)
        }
        #expect(parts == inputs.withoutState())
    }

    @Test("A step of zero leaves the state as it was; a huge one forgets it without trouble")
    func extremes() {
        var inputs = Inputs(length: 6, channels: 16, seed: 33)
        inputs.delta = inputs.delta.map { _ in 0 }
        var state = inputs.state
        _ = inputs(state: &state)
        #expect(state == inputs.state)

        inputs.delta = inputs.delta.map { _ in 1e4 }
        let y = inputs(state: &state)
        #expect(y.allSatisfy { $0.isFinite })
        var other = state.map { _ in Float(0) }
        #expect(inputs(state: &other) == y)
    }

    @Test("Gradients agree with finite differences and are added", arguments: [false, true], [false, true])
    func gradients(reverse: Bool, fromState: Bool) {
        let (length, channels) = (5, 32)
        let inputs = Inputs(length: length, channels: channels, seed: 34)
        let state = fromState ? inputs.state : nil
        var random = SplitMix64(seed: 35)
        let dy = random.floats(length * channels)
        var du = [Float](repeating: 1, count: length * channels)
        var ddelta = [Float](repeating: 2, count: length * channels)
        var da = [Float](repeating: 3, count: channels * 16)
        var dd = [Float](repeating: 4, count: channels)
        var dbc = [Float](repeating: 5, count: length * Self.stride)
        // Filled with NaN: the kernel must not read what it has not written.
        var scratch = [Float](repeating: .nan, count: ck_scan_scratch(length))
        inputs.bc.withUnsafeBufferPointer { bc in
            dbc.withUnsafeMutableBufferPointer { dbc in
                guard let bc = bc.baseAddress, let dbc = dbc.baseAddress else { return }
                ck_scan_backward(
                    length, channels, inputs.u, inputs.delta, inputs.a, bc + 5, bc + 21, Self.stride, inputs.d,
                    reverse ? 1 : 0, state, dy, &du, &ddelta, &da, dbc + 5, dbc + 21, &dd, &scratch)
            }
        }

        let reference = inputs.reference(from: state, reverse: reverse)
        func gradient(_ input: WritableKeyPath<KernelReference.Scan, [Double]>) -> [Double] {
            numericalGradient(at: reference[keyPath: input], dy.doubles) { moved in
                var scan = reference
                scan[keyPath: input] = moved
                return scan().y
            }
        }
        expectClose(du, gradient(\.u).map { 1 + $0 }, tolerance: 5e-6, "du")
        expectClose(ddelta, gradient(\.delta).map { 2 + $0 }, tolerance: 5e-6, "ddelta")
        expectClose(da, gradient(\.a).map { 3 + $0 }, tolerance: 5e-6, "dA")
        expectClose(dd, gradient(\.d).map { 4 + $0 }, tolerance: 5e-6, "dD")
        let (db, dc) = (gradient(\.b), gradient(\.c))
        var expected = dbc.map { _ in 5.0 }
        for t in 0..<length {
            for n in 0..<16 {
                expected[t * Self.stride + 5 + n] += db[t * 16 + n]
                expected[t * Self.stride + 21 + n] += dc[t * 16 + n]
            }
        }
        expectClose(dbc, expected, tolerance: 1e-5, "dB, dC")
    }
}
