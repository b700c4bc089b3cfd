import Tensors

/// Residual blocks of bidirectional Mamba mixers whose inputs are modulated by the prompt of each row's segment.
struct MambaStack: Module {
    struct Block: Module {
        let gain: Tensor
        let film: Linear
        let mixer: BidirectionalMamba

        func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
            visit(path + "gain", gain)
            film.visitParameters(path + "film.", visit)
            mixer.visitParameters(path + "mixer.", visit)
        }
    }

    let blocks: [Block]
    let gain: Tensor

    init(width: Int, depth: Int, using generator: inout some RandomNumberGenerator) {
        var blocks: [Block] = []
        for _ in 0..<depth {
            blocks.append(
                Block(
                    gain: Tensor(repeating: 1, shape: [width], requiresGradient: true),
                    film: Linear(width, 2 * width, initialization: .constant(0), using: &generator),
                    mixer: BidirectionalMamba(width: width, depth: depth, using: &generator)))
        }
        self.blocks = blocks
        gain = Tensor(repeating: 1, shape: [width], requiresGradient: true)
    }

    /// How prompts [prompts, width] modulate the rows: [prompts, 2 width] for each block.
    func modulation(by condition: Tensor) -> [Tensor] { blocks.map { $0.film(condition) } }

    /// Runs all blocks over rows [rows, width]; `modulation` is each block's, and `groups` names each row's prompt.
    ///
    /// `states`, one a block, carries the sequences on from earlier rows; see `BidirectionalMamba`. `drop` is applied to
    /// every block's output in training.
    func callAsFunction(
        _ rows: Tensor, modulation: [Tensor], groups: [Int], plan: ScanPlan, states: inout [MixerState],
        commits: Bool = false, drop: (Tensor) -> Tensor = { $0 }
    ) -> Tensor {
        var h = rows
        for (index, block) in blocks.enumerated() {
            let x = h.rmsNormalized(gain: block.gain).modulated(by: modulation[index], groups: groups)
            var state = states.isEmpty ? nil : states[index]
            h = h + drop(block.mixer(x, plan: plan, state: &state, commits: commits))
            if let state { states[index] = state }
        }
        return h.rmsNormalized(gain: gain)
    }

    /// States of `sequences` sequences before their first row.
    func initialStates(sequences: Int) -> [MixerState] {
        blocks.map { MixerState(sequences: sequences, width: $0.mixer.inner) }
    }

    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        for (index, block) in blocks.enumerated() { block.visitParameters("\(path)\(index).", visit) }
        visit(path + "gain", gain)
    }
}
