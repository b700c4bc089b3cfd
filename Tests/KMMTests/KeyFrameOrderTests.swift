import Geometry
import KMM
import Tensors
import Testing

@Suite("Key-frame order")
struct KeyFrameOrderTests {
    /// Three tight clusters in four dimensions and two outliers.
    static let clusters: [[Float]] = {
        var random = SplitMix64(seed: 1)
        let centres: [[Float]] = [[0, 0, 0, 0], [6, 0, 0, 0], [0, 6, 0, 0]]
        let members = centres.flatMap { centre in
            (0..<6).map { _ in centre.map { $0 + .random(in: -0.3...0.3, using: &random) } }
        }
        return members + [[3, 3, 8, 0], [-8, 3, 0, 5]]
    }()

    static func tensor(_ rows: [[Float]]) -> Tensor { Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count]) }

    @Test("the first three key frames of three clusters come from three clusters")
    func clusters() {
        var random = SplitMix64(seed: 2)
        let order = KeyFrameOrder.order(KeyFrameOrder.scores(Self.tensor(Self.clusters)), using: &random)
        #expect(Set(order.prefix(3).map { $0 / 6 }) == [0, 1, 2])
    }

    @Test("a permutation of the tokens permutes the order and nothing else")
    func permutation() {
        var random = SplitMix64(seed: 3)
        let scores = KeyFrameOrder.scores(Self.tensor(Self.clusters))
        let shuffle = Array(Self.clusters.indices).shuffled(using: &random)
        let shuffled = KeyFrameOrder.scores(Self.tensor(shuffle.map { Self.clusters[$0] }))
        for (place, original) in shuffle.enumerated() { #expect(abs(shuffled[place] - scores[original]) < 1e-4) }
    }

    @Test("median bandwidth does not depend on the scale of the latents; the literal kernel does")
    func scale() {
        var random = SplitMix64(seed: 4)
        let large = Self.clusters.map { $0.map { $0 * 1000 } }
        let order = { (rows: [[Float]], bandwidth: KeyFrameOrder.Bandwidth) in
            KeyFrameOrder.order(KeyFrameOrder.scores(Self.tensor(rows), bandwidth: bandwidth), using: &random)
        }
        #expect(order(Self.clusters, .median) == order(large, .median))
        #expect(order(Self.clusters, .unit) != order(large, .unit))
    }

    @Test("equal latents, one token and no token rank without trouble", arguments: [0, 1, 2, 7])
    func degenerate(count: Int) {
        var random = SplitMix64(seed: 5)
        let scores = KeyFrameOrder.scores(Tensor(repeating: 1, shape: [count, 4]))
        #expect(scores.allSatisfy { $0.isFinite })
        #expect(KeyFrameOrder.order(scores, noise: 0.3, using: &random).sorted() == Array(0..<count))
    }
}
