import Tensors

/// The text of a segment as the generator reads it.
public struct Prompt: Sendable {
    /// Sentence embedding; empty for the null prompt (unconditional).
    public var pooled: [Float]
    /// Features of up to 16 words, row-major [words, width].
    public var words: [Float]

    /// Creates a prompt.
    public init(pooled: [Float], words: [Float]) {
        self.pooled = pooled
        self.words = words
    }

    /// No text: the other branch of classifier-free guidance.
    public static let null = Prompt(pooled: [], words: [])

    package var isNull: Bool { pooled.isEmpty }
}

/// A stretch of tokens under one prompt, inside a sequence.
package struct PromptedSpan {
    /// Index into the prompts of the batch.
    package var prompt: Int
    /// Number of tokens.
    package var count: Int
    /// Position of the first of these tokens within its segment.
    package var firstIndex: Int
    /// Tokens from the first of these to the segment's end (at least `count`), or nil when the end is open.
    package var left: Int?
    /// Whether the prompt's header rows stand in front.
    package var hasHeader: Bool
    /// Whether the prompt's suffix row stands behind.
    package var hasSuffix: Bool

    package init(
        prompt: Int, count: Int, firstIndex: Int = 0, left: Int? = nil, hasHeader: Bool = true, hasSuffix: Bool = true
    ) {
        self.prompt = prompt
        self.count = count
        self.firstIndex = firstIndex
        self.left = left
        self.hasHeader = hasHeader
        self.hasSuffix = hasSuffix
    }
}

/// One sequence of rows: spans of tokens with their prompts, the first `committed` tokens fixed.
package struct PromptedSequence {
    package var spans: [PromptedSpan]
    package var committed: Int
    /// Switches the backward scan off for the whole sequence.
    package var isForwardOnly: Bool

    package init(spans: [PromptedSpan], committed: Int, isForwardOnly: Bool = false) {
        self.spans = spans
        self.committed = committed
        self.isForwardOnly = isForwardOnly
    }
}

/// The order in which prompts, tokens and suffixes are laid out as rows: [c, w₁ … wₘ, e₁ … eₗ, c′] a segment.
struct RowAssembly {
    /// Where each row comes from: an index into [pooled | words | tokens | suffixes].
    private(set) var sources: [Int] = []
    /// Prompt of each row.
    private(set) var groups: [Int] = []
    /// Row of each token, in the order of the tokens.
    private(set) var tokenRows: [Int] = []
    /// (index, left, known) of each token, scaled for the position layer; row-major [tokens, 3].
    private(set) var positions: [Float] = []
    /// Rows of each sequence and where both directions begin.
    let plan: ScanPlan

    init(_ sequences: [PromptedSequence], wordCounts: [Int]) {
        let prompts = wordCounts.count
        let words = wordCounts.reduce(0, +)
        let tokens = sequences.reduce(0) { $0 + $1.spans.reduce(0) { $0 + $1.count } }
        let firstWord = wordCounts.indices.map { wordCounts[..<$0].reduce(0, +) }
        var token = 0
        var lengths: [Int] = []
        var boundaries: [Int] = []
        for sequence in sequences {
            let start = sources.count
            var boundary: Int?
            var position = 0
            for span in sequence.spans {
                let prompt = span.prompt
                if span.hasHeader {
                    sources.append(prompt)
                    for word in 0..<wordCounts[prompt] { sources.append(prompts + firstWord[prompt] + word) }
                }
                for index in 0..<span.count {
                    let isCommitted = position < sequence.committed
                    if !isCommitted, boundary == nil { boundary = sources.count - start }
                    tokenRows.append(sources.count)
                    sources.append(prompts + words + token)
                    let left = isCommitted ? nil : span.left.map { $0 - index }
                    positions.append(min(Float(span.firstIndex + index) / 64, 2))
                    positions.append(min(Float(left ?? 0) / 64, 2))
                    positions.append(left == nil ? 0 : 1)
                    token += 1
                    position += 1
                }
                if span.hasSuffix { sources.append(prompts + words + tokens + prompt) }
                groups.append(contentsOf: repeatElement(prompt, count: sources.count - groups.count))
            }
            let length = sources.count - start
            lengths.append(length)
            boundaries.append(sequence.isForwardOnly ? length : boundary ?? length)
        }
        plan = ScanPlan(lengths: lengths, boundaries: boundaries)
    }
}

/// Turns prompts into rows and modulation, with a learned embedding for "no text".
struct TextAdapter: Module {
    let pooled: Linear
    let pooledOutput: Linear
    let words: Linear
    let suffix: Linear
    let null: Tensor

    init(textWidth: Int, width: Int, using generator: inout some RandomNumberGenerator) {
        pooled = Linear(textWidth, width, using: &generator)
        pooledOutput = Linear(width, width, using: &generator)
        words = Linear(textWidth, width, using: &generator)
        suffix = Linear(width, width, using: &generator)
        null = Initialization.normal(0.02)([1, width], using: &generator)
    }

    /// One row a prompt, [prompts, width].
    func condition(_ prompts: [Prompt]) -> Tensor {
        let spoken = prompts.filter { !$0.isNull }
        guard let first = spoken.first else { return null.gatherRows(prompts.map { _ in 0 }) }
        let input = Tensor(spoken.flatMap(\.pooled), shape: [spoken.count, first.pooled.count])
        let embedded = pooledOutput(pooled(input).gelu())
        if spoken.count == prompts.count { return embedded }
        var next = 0
        let order = prompts.map { prompt in
            if prompt.isNull { return spoken.count }
            defer { next += 1 }
            return next
        }
        return Tensor.concatenatingRows([embedded, null]).gatherRows(order)
    }

    /// Words of all prompts behind one another, [words, width]; nil when there are none.
    func wordRows(_ prompts: [Prompt]) -> Tensor? {
        let all = prompts.flatMap(\.words)
        let textWidth = words.weight.width
        return all.isEmpty ? nil : words(Tensor(all, shape: [all.count / textWidth, textWidth]))
    }

    func wordCount(_ prompt: Prompt) -> Int { prompt.words.count / words.weight.width }

    func visitParameters(_ path: String, _ visit: (String, Tensor) -> Void) {
        pooled.visitParameters(path + "pooled.", visit)
        pooledOutput.visitParameters(path + "pooled_output.", visit)
        words.visitParameters(path + "words.", visit)
        suffix.visitParameters(path + "suffix.", visit)
        visit(path + "null", null)
    }
}
