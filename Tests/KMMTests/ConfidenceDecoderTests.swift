import Geometry
import Tensors
import Testing

@testable import KMM

@Suite("Confidence decoding")
struct ConfidenceDecoderTests {
    private let codes = 40

    @Test(
        "a network that knows the answer is followed, and what is kept is never masked again",
        arguments: [1, 2, 10, 18])
    func oracle(steps: Int) {
        var random = SplitMix64(seed: 21)
        let target = (0..<23).map { _ in Int.random(in: 0..<codes, using: &random) }
        var options = SamplingOptions()
        options.steps = steps
        var known: [Int: Int] = [:]
        var calls = 0
        let ids = ConfidenceDecoder(options: options).decode(
            Array(repeating: nil, count: 23), mask: codes, using: &random
        ) { ids in
            calls += 1
            for (position, id) in known { #expect(ids[position] == id || ids[position] == codes) }
            for (position, id) in ids.enumerated() where id != codes { known[position] = id }
            #expect(ids.filter { $0 == codes }.count > 0)
            return Tensor(target.flatMap { id in (0..<codes).map { $0 == id ? 20 : 0 } }, shape: [23, codes])
        }
        #expect(ids == target)
        #expect(calls <= steps)
    }

    @Test("masked tokens become fewer with every step, all of them masked at first")
    func schedule() {
        var random = SplitMix64(seed: 22)
        var counts: [Int] = []
        _ = ConfidenceDecoder(options: SamplingOptions()).decode(
            Array(repeating: nil, count: 20), mask: codes, using: &random
        ) { ids in
            counts.append(ids.filter { $0 == codes }.count)
            return MambaStackTests.random([20, codes], seed: UInt64(counts.count))
        }
        #expect(counts.first == 20)
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 >= $1 })
    }

    @Test("guidance of one is the conditional branch, of zero the unconditional")
    func guidance() {
        let both = MambaStackTests.random([6, 5], seed: 23)
        #expect(
            MambaStackTests.largestDifference(ConfidenceDecoder.guided(both, scale: 1).values, both.values.prefix(15))
                < 1e-6)
        #expect(
            MambaStackTests.largestDifference(ConfidenceDecoder.guided(both, scale: 0).values, both.values.suffix(15))
                < 1e-6)
    }
}
