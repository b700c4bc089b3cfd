import Tensors

/// Which rows of the packed sequences see the future.
///
/// Prefix-causal: the rows of a sequence before its boundary are run forward only, so what is computed there never
/// depends on later rows and can be kept; the rows from the boundary on are run in both directions.
struct ScanPlan {
    /// All sequences.
    let layout: SequenceLayout
    /// Rows that are run in both directions, in order.
    let active: [Int]
    /// The active rows of each sequence that has any.
    let activeLayout: SequenceLayout

    /// `boundaries[s]` is the first active row of sequence s, counted from its start; its length for none.
    init(lengths: [Int], boundaries: [Int]) {
        layout = SequenceLayout(lengths: lengths)
        active = zip(layout.ranges, boundaries).flatMap { range, boundary in
            Array((range.lowerBound + min(boundary, range.count))..<range.upperBound)
        }
        activeLayout = SequenceLayout(lengths: zip(lengths, boundaries).map { max($0 - $1, 0) }.filter { $0 > 0 })
    }
}

/// What one block remembers of the rows before: the forward state. A value, so a copy is a snapshot.
package struct MixerState: Sendable {
    /// The last three rows before the convolution, [sequences, 3, E].
    var history: [Float]
    /// The scan's state, [sequences, E, 16].
    var scan: [Float]

    /// The state of one sequence of `count`.
    func sequence(_ index: Int, of count: Int) -> MixerState {
        func part(_ values: [Float]) -> [Float] {
            let width = values.count / count
            return Array(values[(index * width)..<((index + 1) * width)])
        }
        var state = self
        (state.history, state.scan) = (part(history), part(scan))
        return state
    }

    init(sequences: Int, width: Int) {
        history = [Float](repeating: 0, count: sequences * 3 * width)
        scan = [Float](repeating: 0, count: sequences * width * MambaBranch.states)
    }
}

/// The mixer of Vision Mamba: one input and output projection and gate, two independent scans.
///
/// Zhu et al., "Vision Mamba", ICML 2024; made prefix-causal: rows of known tokens see only those before
/// them, so that their states may be kept while the tokens to come are decoded.
struct BidirectionalMamba: Module {
    let input: Linear
    let forward: MambaBranch
    let backward: MambaBranch
    let output: Linear
    let inner: Int

    init(width: Int, depth: Int, using generator: inout some RandomNumberGenerator) {
        inner = 2 * width
        let rank = (width + 15) / 16
        input = Linear(width, 2 * inner, bias: false, using: &generator)
        forward = MambaBranch(width: inner, rank: rank, using: &generator)
        backward = MambaBranch(width: inner, rank: rank, using: &generator)
        let bound = 1 / (Float(inner) * Float(depth)).squareRoot()
        output = Linear(inner, width, bias: false, initialization: .uniform(bound), using: &generator)
    }

    /// Mixes rows along their sequences. With `state`, the sequences go on from it; with `commits`, which needs a plan
    /// without active rows, the state is moved behind the last row.
    func callAsFunction(_ x: Tensor, plan: ScanPlan, state: inout MixerState?, commits: Bool = false) -> Tensor {
        precondition(!commits || plan.active.isEmpty, "only forward rows can be committed")
        let projected = input(x)
        let u = projected.columns(0..<inner)
        let gate = projected.columns(inner..<(2 * inner)).silu()
        var history: Tensor?
        var scan: Tensor?
        if let state {
            history = Tensor(state.history, shape: [plan.layout.count, 3, inner])
            scan = Tensor(state.scan, shape: [plan.layout.count, inner, MambaBranch.states])
        }
        var y = forward(
            u, layout: plan.layout, direction: .forward, history: history, state: scan, updatesState: commits)
        if !plan.active.isEmpty {
            let reversed = backward(
                u.gatherRows(plan.active), layout: plan.activeLayout, direction: .backward)
            y = y.averaged(with: reversed, at: plan.active)
        }
        if commits, let scan, let history {
            state?.scan = scan.values
            state?.history = Self.advanced(history, by: u, layout: plan.layout)
        }
        return output(y * gate)
    }

    private static func advanced(_ history: Tensor, by u: Tensor, layout: SequenceLayout) -> [Float] {
        let width = u.width
        var result: [Float] = []
        result.reserveCapacity(history.count)
        for (sequence, range) in layout.ranges.enumerated() {
            let rows = Tensor.concatenatingRows([
                Tensor(copying: history.data + sequence * 3 * width, shape: [3, width]),
                Tensor(copying: u.data + range.lowerBound * width, shape: [range.count, width]),
            ])
            result.append(contentsOf: rows.values.suffix(3 * width))
        }
        return result
    }

    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        input.visitParameters(path + "input.", visit)
        forward.visitParameters(path + "forward.", visit)
        backward.visitParameters(path + "backward.", visit)
        output.visitParameters(path + "output.", visit)
    }
}
