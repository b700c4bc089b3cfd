import Geometry
import HumanMotion
import Tensors

/// The state of one endless motion: a value, so a copy is a snapshot.
///
/// Memory and the cost of a token are constant however long the motion runs: of what is committed only the forward states
/// of the networks, the past rows of the decoder's convolutions and the root's place are kept.
public struct MotionStream: Sendable {
    /// Tokens committed since the stream began.
    public private(set) var committedTokens = 0
    /// Tokens left in the current segment; zero before the first one.
    public private(set) var tokensLeft = 0

    private var random: SplitMix64
    private var decoder = StreamingDecoder()
    private var options = SamplingOptions()
    private var prompt = Prompt.null
    /// Tokens of the current segment that are committed.
    private var index = 0
    /// Forward states with the prompt and without (two sequences), of the masked generator …
    private var states: [MixerState]
    /// … and of the residual generator, for each codebook from the second on.
    private var residualStates: [[MixerState]]

    init(seed: UInt64, generator: MotionGenerator) {
        random = SplitMix64(seed: seed)
        states = generator.generator.stack.initialStates(sequences: 2)
        residualStates = generator.residual.heads.indices.map { _ in
            generator.residual.stack.initialStates(sequences: 2)
        }
        commitHeader(generator: generator)
        for token in generator.standing[0].indices {
            _ = commit(generator.standing.map { $0[token] }, generator: generator)
        }
        committedTokens = 0
        // The motion itself starts at the origin; what the decoder remembers is the pose.
        decoder.resetPlace()
    }

    mutating func begin(_ prompt: Prompt, tokens: Int, options: SamplingOptions, generator: MotionGenerator) {
        commitSuffix(generator: generator)
        self.prompt = prompt
        self.options = options
        tokensLeft = tokens
        index = 0
        commitHeader(generator: generator)
    }

    mutating func advance(generator: MotionGenerator) -> [MotionStep] {
        guard tokensLeft > 0 else { return [] }
        let count = min(MotionGenerator.horizon, tokensLeft)
        let codes = drawHorizon(count, generator: generator)
        let committed = tokensLeft <= count ? count : min(MotionGenerator.commitment, count)
        return (0..<committed).map { token in
            let frames = commit(codes.map { $0[token] }, generator: generator)
            tokensLeft -= 1
            return MotionStep(frames: frames, snapshot: self)
        }
    }

    /// Both branches of guidance: the prompt's and the unconditional one.
    private func input(_ span: PromptedSpan, committed: Int) -> GeneratorInput {
        GeneratorInput(
            prompts: [prompt, .null],
            sequences: [0, 1].map { branch in
                var span = span
                span.prompt = branch
                return PromptedSequence(spans: [span], committed: committed)
            })
    }

    /// Codes `[layer][token]` of the next `count` tokens.
    private mutating func drawHorizon(_ count: Int, generator: MotionGenerator) -> [[Int]] {
        let span = PromptedSpan(
            prompt: 0, count: count, firstIndex: index, left: tokensLeft, hasHeader: false, hasSuffix: true)
        let input = input(span, committed: 0)
        let decoder = ConfidenceDecoder(options: options)
        var states = states
        var codes = [
            decoder.decode(count: count, mask: generator.generator.mask, using: &random) { ids in
                let hidden = generator.generator.hidden(input, ids: ids + ids, states: &states).tokens
                return ConfidenceDecoder.guided(generator.generator.head(hidden), scale: options.guidance)
            }
        ]
        for layer in 1...residualStates.count {
            var states = residualStates[layer - 1]
            let hidden = generator.residual.hidden(
                input, codes: codes.map { $0 + $0 }, layer: layer, states: &states)
            let logits = ConfidenceDecoder.guided(
                generator.residual.heads[layer - 1](hidden), scale: options.residualGuidance)
            codes.append(
                (0..<count).map { token in
                    let row = UnsafeBufferPointer(start: logits.data + token * logits.width, count: logits.width)
                    return decoder.draw(row, greedy: false, using: &random).id
                })
        }
        return codes
    }

    /// Moves all forward states over the header of the current prompt.
    private mutating func commitHeader(generator: MotionGenerator) {
        let span = PromptedSpan(prompt: 0, count: 0, hasHeader: true, hasSuffix: false)
        run(span, codes: residualStates.indices.map { _ in [] } + [[]], generator: generator)
    }

    /// Moves all forward states over the suffix that closes the segment before.
    private mutating func commitSuffix(generator: MotionGenerator) {
        let span = PromptedSpan(prompt: 0, count: 0, hasHeader: false, hasSuffix: true)
        run(span, codes: residualStates.indices.map { _ in [] } + [[]], generator: generator)
    }

    /// Commits one token with its codes of all layers; returns its frames.
    private mutating func commit(_ codes: [Int], generator: MotionGenerator) -> [HumanFrame] {
        let span = PromptedSpan(prompt: 0, count: 1, firstIndex: index, left: nil, hasHeader: false, hasSuffix: false)
        run(span, codes: codes.map { [$0] }, generator: generator)
        index += 1
        committedTokens += 1
        return decoder.decode(codes.map { [$0] }, with: generator.tokenizer)
    }

    /// Runs rows once through all layers, forward only, and keeps the states behind them.
    private mutating func run(_ span: PromptedSpan, codes: [[Int]], generator: MotionGenerator) {
        let input = input(span, committed: span.count)
        let both = codes.map { $0 + $0 }
        _ = generator.generator.hidden(input, ids: both[0], states: &states, commits: true)
        for layer in 1...residualStates.count {
            _ = generator.residual.hidden(
                input, codes: Array(both.prefix(layer)), layer: layer, states: &residualStates[layer - 1], commits: true
            )
        }
    }
}
