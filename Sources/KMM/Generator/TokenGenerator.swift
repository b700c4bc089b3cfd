public import Tensors

/// Sizes of the generators.
public struct GeneratorConfiguration: Codable, Hashable, Sendable {
    /// Codes in each codebook.
    public var codes = 512
    /// Number of codebooks: the base generator draws the first, the residual generator the others.
    public var quantizers = 3
    /// Width of the rows.
    public var width = 256
    /// Number of bidirectional Mamba blocks.
    public var depth = 4
    /// Width of the hidden layer in front of the logits.
    public var headWidth = 256
    /// Width of the text features.
    public var textWidth = 384
    /// Width of the tokenizer's latents, for the alignment branch.
    public var latentWidth = 256
    /// Width of the space in which text and motion are compared.
    public var alignmentWidth = 256

    /// The sizes of the shipped model.
    public init() {}
}

/// Rows of width d to logits over the codes of one codebook.
package struct TokenHead: Module {
    let hidden: Linear
    let gain: Tensor
    let bias: Tensor
    let output: Linear

    init(_ configuration: GeneratorConfiguration, using generator: inout some RandomNumberGenerator) {
        hidden = Linear(configuration.width, configuration.headWidth, using: &generator)
        gain = Tensor(repeating: 1, shape: [configuration.headWidth], requiresGradient: true)
        bias = Tensor(repeating: 0, shape: [configuration.headWidth], requiresGradient: true)
        output = Linear(
            configuration.headWidth, configuration.codes, initialization: .normal(0.02), using: &generator)
    }

    package func callAsFunction(_ rows: Tensor) -> Tensor {
        output(hidden(rows).gelu().layerNormalized(gain: gain, bias: bias))
    }

    package func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        hidden.visitParameters(path + "hidden.", visit)
        visit(path + "gain", gain)
        visit(path + "bias", bias)
        output.visitParameters(path + "output.", visit)
    }
}

/// A batch of prompted token sequences, ready to be run.
package struct GeneratorInput {
    package var prompts: [Prompt]
    package var sequences: [PromptedSequence]

    package init(prompts: [Prompt] = [], sequences: [PromptedSequence] = []) {
        self.prompts = prompts
        self.sequences = sequences
    }
}

/// A batch with all that its rows hold apart from the tokens' codes: drafts of the same tokens share it.
package struct PreparedInput {
    let assembly: RowAssembly
    /// The adapter's pooled text, one row a prompt.
    package let condition: Tensor
    /// Words of all prompts; nil when there are none.
    let words: Tensor?
    let suffixes: Tensor
    /// Embedded positions of the tokens.
    let positions: Tensor
    /// How the prompts modulate each block.
    let modulation: [Tensor]

    init(_ input: GeneratorInput, adapter: TextAdapter, condition: Tensor, position: Linear, stack: MambaStack) {
        assembly = RowAssembly(input.sequences, wordCounts: input.prompts.map(adapter.wordCount))
        self.condition = condition
        words = adapter.wordRows(input.prompts)
        suffixes = adapter.suffix(condition)
        positions = position(Tensor(assembly.positions, shape: [assembly.tokenRows.count, 3]))
        modulation = stack.modulation(by: condition)
    }

    /// The same tokens for each sequence.
    func repeated(_ ids: [Int]) -> [Int] {
        Array(repeatElement(ids, count: assembly.plan.layout.count).joined())
    }

    /// Hidden rows of embedded tokens, both [tokens, width].
    func hidden(
        _ tokens: Tensor, through stack: MambaStack, states: inout [MixerState], commits: Bool,
        drop: (Tensor) -> Tensor
    ) -> Tensor {
        let rows = Tensor.concatenatingRows([condition] + (words.map { [$0] } ?? []) + [tokens, suffixes])
        return stack(
            rows.gatherRows(assembly.sources), modulation: modulation, groups: assembly.groups, plan: assembly.plan,
            states: &states, commits: commits, drop: drop
        ).gatherRows(assembly.tokenRows)
    }
}

/// The masked generator: restores the masked tokens of the first codebook from text and the tokens that are known.
public struct MaskedGenerator: Module {
    /// Sizes.
    public let configuration: GeneratorConfiguration
    let adapter: TextAdapter
    /// Codes 0 … codes − 1, then MASK.
    let tokens: Tensor
    let position: Linear
    let stack: MambaStack
    package let head: TokenHead

    /// Identifier of the masked token.
    package var mask: Int { configuration.codes }

    /// A generator with fresh weights.
    public init(_ configuration: GeneratorConfiguration, using generator: inout some RandomNumberGenerator) {
        self.configuration = configuration
        adapter = TextAdapter(textWidth: configuration.textWidth, width: configuration.width, using: &generator)
        tokens = Initialization.normal(0.5)([configuration.codes + 1, configuration.width], using: &generator)
        position = Linear(3, configuration.width, using: &generator)
        stack = MambaStack(width: configuration.width, depth: configuration.depth, using: &generator)
        head = TokenHead(configuration, using: &generator)
    }

    /// The adapter's pooled text, one row a prompt.
    package func condition(_ prompts: [Prompt]) -> Tensor { adapter.condition(prompts) }

    /// All of a batch that does not depend on the tokens' codes.
    package func prepare(_ input: GeneratorInput) -> PreparedInput {
        PreparedInput(
            input, adapter: adapter, condition: adapter.condition(input.prompts), position: position, stack: stack)
    }

    /// Hidden rows of the tokens, [tokens, width]; `ids` are in the order of the sequences' tokens.
    package func hidden(
        _ input: PreparedInput, ids: [Int], states: inout [MixerState], commits: Bool = false,
        drop: (Tensor) -> Tensor = { $0 }
    ) -> Tensor {
        input.hidden(
            tokens.gatherRows(ids) + input.positions, through: stack, states: &states, commits: commits, drop: drop)
    }

    /// Visits all weights.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        adapter.visitParameters(path + "adapter.", visit)
        visit(path + "tokens", tokens)
        position.visitParameters(path + "position.", visit)
        stack.visitParameters(path + "stack.", visit)
        head.visitParameters(path + "head.", visit)
    }
}

/// Draws the codes of the residual codebooks, one codebook a pass, from those of the codebooks before it.
public struct ResidualGenerator: Module {
    /// Sizes.
    public let configuration: GeneratorConfiguration
    let adapter: TextAdapter
    /// Embeddings of the codes of codebooks 0 … Q − 2.
    let tables: [Tensor]
    /// One row for each codebook 1 … Q − 1.
    let layers: Tensor
    let position: Linear
    let stack: MambaStack
    package let heads: [TokenHead]

    /// A generator with fresh weights.
    public init(_ configuration: GeneratorConfiguration, using generator: inout some RandomNumberGenerator) {
        self.configuration = configuration
        adapter = TextAdapter(textWidth: configuration.textWidth, width: configuration.width, using: &generator)
        var tables: [Tensor] = []
        var heads: [TokenHead] = []
        for _ in 1..<max(configuration.quantizers, 1) {
            tables.append(
                Initialization.normal(0.5)([configuration.codes, configuration.width], using: &generator))
            heads.append(TokenHead(configuration, using: &generator))
        }
        self.tables = tables
        self.heads = heads
        layers = Initialization.normal(0.5)(
            [max(configuration.quantizers - 1, 1), configuration.width], using: &generator)
        position = Linear(3, configuration.width, using: &generator)
        stack = MambaStack(width: configuration.width, depth: configuration.depth, using: &generator)
    }

    /// The adapter's pooled text, one row a prompt.
    package func condition(_ prompts: [Prompt]) -> Tensor { adapter.condition(prompts) }

    /// All of a batch that does not depend on the tokens' codes, for codebook `layer` (1 … Q − 1).
    package func prepare(_ input: GeneratorInput, layer: Int) -> PreparedInput {
        let condition = adapter.condition(input.prompts) + layers.gatherRows(input.prompts.map { _ in layer - 1 })
        return PreparedInput(input, adapter: adapter, condition: condition, position: position, stack: stack)
    }

    /// Hidden rows of the tokens for the codebook after those of `codes`, of which there is one list each.
    package func hidden(
        _ input: PreparedInput, codes: [[Int]], states: inout [MixerState], commits: Bool = false,
        drop: (Tensor) -> Tensor = { $0 }
    ) -> Tensor {
        let embedded = zip(tables, codes).reduce(input.positions) { $0 + $1.0.gatherRows($1.1) }
        return input.hidden(embedded, through: stack, states: &states, commits: commits, drop: drop)
    }

    /// Visits all weights.
    public func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        adapter.visitParameters(path + "adapter.", visit)
        for (index, table) in tables.enumerated() { visit("\(path)tables.\(index)", table) }
        visit(path + "layers", layers)
        position.visitParameters(path + "position.", visit)
        stack.visitParameters(path + "stack.", visit)
        for (index, head) in heads.enumerated() { head.visitParameters("\(path)heads.\(index).", visit) }
    }
}
