import Geometry
import Tensors
import Testing

@testable import KMM

@Suite("Prefix-causal bidirectional Mamba")
struct MambaStackTests {
    let width = 32
    let stack: MambaStack
    let condition: Tensor

    init() {
        var random = SplitMix64(seed: 3)
        stack = MambaStack(width: width, depth: 3, using: &random)
        // The modulation starts at zero; give it something to do.
        for block in stack.blocks {
            for index in 0..<block.film.weight.count {
                block.film.weight.data[index] = .random(in: -0.1...0.1, using: &random)
            }
        }
        stack.setRequiresGradient(false)
        condition = Self.random([2, width], seed: 4)
    }

    static func random(_ shape: [Int], seed: UInt64) -> Tensor {
        var random = SplitMix64(seed: seed)
        return Tensor((0..<shape.reduce(1, *)).map { _ in .random(in: -1...1, using: &random) }, shape: shape)
    }

    func run(_ rows: Tensor, groups: [Int]? = nil, plan: ScanPlan) -> [Float] {
        var none: [MixerState] = []
        return stack(
            rows, modulation: stack.modulation(by: condition), groups: groups ?? (0..<rows.rows).map { _ in 0 },
            plan: plan, states: &none
        ).values
    }

    static func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
        zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    @Test("rows before the boundary do not depend on later rows, rows behind it do")
    func causality() {
        let plan = ScanPlan(lengths: [12], boundaries: [7])
        let rows = Self.random([12, width], seed: 5)
        let before = run(rows, plan: plan)
        for index in (7 * width)..<rows.count { rows.data[index] += 0.5 }
        let after = run(rows, plan: plan)
        #expect(before.prefix(7 * width).elementsEqual(after.prefix(7 * width)))
        rows.data[11 * width] += 1
        let last = run(rows, plan: plan)
        #expect(Self.largestDifference(after[(7 * width)..<(8 * width)], last[(7 * width)..<(8 * width)]) > 1e-6)
    }

    @Test("going on from a cached state equals running everything", arguments: [1, 4, 7])
    func caching(committed: Int) {
        let rows = Self.random([10, width], seed: 6)
        let groups = [0, 0, 0, 1, 1, 1, 1, 0, 0, 1]
        let whole = run(rows, groups: groups, plan: ScanPlan(lengths: [10], boundaries: [committed]))
        var states = stack.initialStates(sequences: 1)
        var pieces: [Float] = []
        // The prefix row by row, the rest in both directions at once.
        for row in 0..<committed {
            pieces +=
                stack(
                    rows.gatherRows([row]), modulation: stack.modulation(by: condition), groups: [groups[row]],
                    plan: ScanPlan(lengths: [1], boundaries: [1]), states: &states, commits: true
                ).values
        }
        let rest = Array(committed..<10)
        pieces +=
            stack(
                rows.gatherRows(rest), modulation: stack.modulation(by: condition), groups: rest.map { groups[$0] },
                plan: ScanPlan(lengths: [rest.count], boundaries: [0]), states: &states
            ).values
        #expect(Self.largestDifference(whole, pieces) < 1e-4)
    }

    @Test("sequences of different lengths in one batch are what they are alone")
    func packing() {
        let (lengths, boundaries) = ([5, 9, 1], [0, 4, 1])
        let rows = Self.random([15, width], seed: 7)
        let together = run(rows, plan: ScanPlan(lengths: lengths, boundaries: boundaries))
        var start = 0
        for (length, boundary) in zip(lengths, boundaries) {
            let alone = run(
                rows.gatherRows(Array(start..<(start + length))),
                plan: ScanPlan(lengths: [length], boundaries: [boundary]))
            let part = together[(start * width)..<((start + length) * width)]
            #expect(Self.largestDifference(part, alone) < 1e-5)
            start += length
        }
    }

    @Test("with both directions' weights swapped, a reversed sequence gives the reversed result")
    func symmetry() {
        var random = SplitMix64(seed: 8)
        let mixer = BidirectionalMamba(width: width, depth: 1, using: &random)
        mixer.setRequiresGradient(false)
        let swapped = BidirectionalMamba(width: width, depth: 1, using: &random)
        swapped.setRequiresGradient(false)
        let named = Dictionary(uniqueKeysWithValues: mixer.parameters.map { ($0.name, $0.tensor) })
        for (name, tensor) in swapped.parameters {
            let source =
                name.hasPrefix("forward.")
                ? "backward." + name.dropFirst(8) : name.hasPrefix("backward.") ? "forward." + name.dropFirst(9) : name
            if let other = named[source] { tensor.data.update(from: other.data, count: tensor.count) }
        }
        let rows = Self.random([6, width], seed: 9)
        let plan = ScanPlan(lengths: [6], boundaries: [0])
        var none: MixerState?
        let straight = mixer(rows, plan: plan, state: &none)
        let reversed = swapped(rows.gatherRows([5, 4, 3, 2, 1, 0]), plan: plan, state: &none)
        #expect(Self.largestDifference(straight.values, reversed.gatherRows([5, 4, 3, 2, 1, 0]).values) < 1e-5)
    }
}
