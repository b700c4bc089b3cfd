import CKernels
import Geometry
import Testing

@Suite("Kernels: causal convolution")
struct KernelConvolutionTests {
    let channels = 32

    struct Inputs {
        var x, weight, bias, history: [Float]

        init(length: Int, channels: Int, seed: UInt64) {
            var random = SplitMix64(seed: seed)
            x = random.floats(length * channels)
            weight = random.floats(4 * channels)
            bias = random.floats(channels)
            history = random.floats(3 * channels)
        }

        func callAsFunction(history: [Float]? = nil, reverse: Bool = false) -> [Float] {
            var y = x
            ck_conv4(x.count / bias.count, bias.count, x, weight, bias, history, reverse ? 1 : 0, &y)
            return y
        }
    }

    @Test("Agrees with double precision, both ways, with and without history", arguments: [1, 2, 3, 4, 11])
    func values(length: Int) {
        let inputs = Inputs(length: length, channels: channels, seed: 20)
        for reverse in [false, true] {
            for history in [nil, inputs.history] {
                let expected = KernelReference.conv4(
                    inputs.x.doubles, weight: inputs.weight.doubles, bias: inputs.bias.doubles,
                    history: history?.doubles, reverse: reverse)
                expectClose(inputs(history: history, reverse: reverse), expected, tolerance: 1e-6)
            }
        }
    }

    @Test("Reverse is the same as flipping the rows before and after")
    func reverse() {
        let inputs = Inputs(length: 9, channels: channels, seed: 21)
        var flipped = inputs
        flipped.x = KernelReference.flipped(inputs.x, channels)
        #expect(inputs(reverse: true) == KernelReference.flipped(flipped(), channels))
    }

    @Test("Pieces that carry the last three rows give the whole")
    func pieces() {
        let inputs = Inputs(length: 12, channels: channels, seed: 22)
        var parts: [Float] = []
        for range in [0..<5, 5..<6, 6..<8, 8..<12] {
            var piece = inputs
            piece.x = Array(inputs.x[range.lowerBound * channels..<range.upperBound * channels])
            let past = [Float](repeating: 0, count: 3 * channels) + inputs.x[..<(range.lowerBound * channels)]
            parts += piece(history: Array(past.suffix(3 * channels)))
        }
        #expect(parts == inputs())
    }

    @Test("Gradients agree with finite differences and are added", arguments: [1, 3, 8], [false, true])
    func gradients(length: Int, reverse: Bool) {
        let inputs = Inputs(length: length, channels: channels, seed: 23)
        var random = SplitMix64(seed: 24)
        for history in [nil, inputs.history] {
            let dy = random.floats(length * channels)
            let before = random.floats(length * channels)
            var dx = before
            var dweight = [Float](repeating: 1, count: 4 * channels)
            var dbias = [Float](repeating: 2, count: channels)
            ck_conv4_backward(
                length, channels, inputs.x, inputs.weight, history, reverse ? 1 : 0, dy, &dx, &dweight, &dbias)
            let (x, weight, bias) = (inputs.x.doubles, inputs.weight.doubles, inputs.bias.doubles)
            let reference = {
                KernelReference.conv4($0, weight: $1, bias: $2, history: history?.doubles, reverse: reverse)
            }
            let byX = numericalGradient(at: x, dy.doubles) { reference($0, weight, bias) }
            let byWeight = numericalGradient(at: weight, dy.doubles) { reference(x, $0, bias) }
            let byBias = numericalGradient(at: bias, dy.doubles) { reference(x, weight, $0) }
            expectClose(dx, zip(before, byX).map { Double($0) + $1 }, tolerance: 5e-6, "dx")
            expectClose(dweight, byWeight.map { 1 + $0 }, tolerance: 5e-6, "dweight")
            expectClose(dbias, byBias.map { 2 + $0 }, tolerance: 5e-6, "dbias")
        }
    }
}
