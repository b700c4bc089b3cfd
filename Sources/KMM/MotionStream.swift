import Geometry
import HumanBody
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
    /// The tokens that the current segment follows.
    private var guide: Guide?
    /// What is shown as it was recorded, in place of what is decoded.
    private var exact = ExactLayer()
    /// What arms and head do besides.
    private var overlays: [Overlay] = []
    /// The pose of the last frame.
    private var pose: HumanFrame?
    /// How fast the pelvis goes over the floor, metres a second.
    private var pace = 0.0
    /// Codes `[token][layer]` that are committed and decoded, but not yet behind the forward states: many of them are run
    /// at once, when what follows them is drawn.
    private var waiting: [[Int]] = []
    /// Forward states with the prompt and without (two sequences), of the masked generator …
    private var states: [MixerState]
    /// … and of the residual generator, for each codebook from the second on.
    private var residualStates: [[MixerState]]

    /// A stream that stands still at the origin.
    init(standing generator: MotionGenerator) { self.init(after: generator.standing, generator: generator) }

    /// A stream that goes on from motion with these codes `[layer][token]`, at the origin.
    init(after codes: [[Int]], generator: MotionGenerator) {
        random = SplitMix64(seed: 0)
        states = generator.generator.stack.initialStates(sequences: 2)
        residualStates = generator.residual.heads.indices.map { _ in
            generator.residual.stack.initialStates(sequences: 2)
        }
        catchUp(header: .null, generator: generator)
        _ = commit(codes, generator: generator)
        committedTokens = 0
        // The motion itself starts at the origin; what the decoder remembers is the pose.
        decoder.resetPlace()
        exact = ExactLayer()
    }

    /// The same stream with the random numbers of a seed.
    public func seeded(with seed: UInt64) -> MotionStream {
        var stream = self
        stream.random = SplitMix64(seed: seed)
        return stream
    }

    /// Makes what is drawn from now on another motion for another `number`; with 0 it stays the same.
    public mutating func vary(by number: UInt64) {
        guard number > 0 else { return }
        random = SplitMix64(seed: random.next() &+ number)
    }

    /// Begins a segment of some tokens, or as many as its exemplar takes; of several exemplars one is drawn.
    mutating func begin(
        _ prompt: Prompt, tokens: Int?, guessed: Int, plan: ExemplarLibrary.Plan, options: SamplingOptions,
        generator: MotionGenerator
    ) {
        catchUp(hasSuffix: true, header: prompt, generator: generator)
        self.prompt = prompt
        self.options = options
        index = 0
        let tokenizer = generator.tokenizer
        // Other numbers than those that draw tokens: what is drawn is the same with exemplars and without.
        var ahead = random
        var choice = SplitMix64(seed: ~ahead.next())
        guide = plan.exemplars.randomElement(using: &choice).map { exemplar in
            Guide(exemplar, from: pose, pace: pace, length: tokens, tokenizer: tokenizer)
        }
        let besides = plan.meanwhile.compactMap { $0.randomElement(using: &choice) }
        let longest = besides.map(\.count).max() ?? 0
        tokensLeft = tokens ?? guide?.count ?? (plan.isLaid ? longest : max(guessed, longest))
        let now = committedTokens * MotionGenerator.framesPerToken
        exact.follow(guide?.exact, from: now + (guide?.lead ?? 0) * MotionGenerator.framesPerToken)
        for number in overlays.indices { overlays[number].end(after: now) }
        overlays.removeAll { $0.end <= now }
        for exemplar in besides {
            let end = now + tokensLeft * MotionGenerator.framesPerToken
            overlays.append(Overlay(exemplar.lasting(tokensLeft), from: now, to: end, tokenizer: tokenizer))
        }
    }

    mutating func advance(
        isHurried: Bool, generator: MotionGenerator, isWanted: () -> Bool
    ) throws(MotionGeneratorError) -> [MotionStep] {
        guard tokensLeft > 0 else { return [] }
        let options = isHurried ? options.hurried : options
        let count = min(options.horizon, tokensLeft)
        let codes = try drawHorizon(count, options: options, generator: generator, isWanted: isWanted)
        let committed = tokensLeft <= count ? count : min(options.commitment, count)
        return commit(codes.map { Array($0.prefix(committed)) }, generator: generator)
    }

    /// Codes `[layer][token]` of the next `count` tokens.
    private mutating func drawHorizon(
        _ count: Int, options: SamplingOptions, generator: MotionGenerator, isWanted: () -> Bool
    ) throws(MotionGeneratorError) -> [[Int]] {
        let known = (index..<(index + count)).map { guide?.codes(at: $0) }
        // What follows an exemplar alone waits until something is drawn again.
        if known.allSatisfy({ $0 != nil }) {
            return (0...residualStates.count).map { layer in known.compactMap { $0?[layer] } }
        }
        catchUp(generator: generator)
        let span = PromptedSpan(
            prompt: 0, count: count, firstIndex: index, left: tokensLeft, hasHeader: false, hasSuffix: true)
        let input = input([prompt], [span], committed: 0)
        let network = generator.generator
        let decoder = ConfidenceDecoder(options: options)
        let drafts = branches(of: input, states).map { (input: network.prepare($0), states: $1) }
        var codes = [
            try decoder.decode(known.map { $0?[0] }, mask: network.mask, using: &random) {
                (ids) throws(MotionGeneratorError) in
                guard isWanted() else { throw .unwanted }
                let logits = Compute.map(drafts) { draft in
                    var states = draft.states
                    let ids = draft.input.repeated(ids)
                    return network.head(network.hidden(draft.input, ids: ids, states: &states))
                }
                return ConfidenceDecoder.guided(Tensor.concatenatingRows(logits), scale: options.guidance)
            }
        ]
        let residual = generator.residual
        for layer in 1...residualStates.count {
            let found = Compute.map(branches(of: input, residualStates[layer - 1])) { input, states in
                var states = states
                let prepared = residual.prepare(input, layer: layer)
                return residual.heads[layer - 1](
                    residual.hidden(prepared, codes: codes.map(prepared.repeated), states: &states))
            }
            let logits = ConfidenceDecoder.guided(Tensor.concatenatingRows(found), scale: options.residualGuidance)
            codes.append(
                known.indices.map { token in
                    if let code = known[token]?[layer] { return code }
                    let row = UnsafeBufferPointer(start: logits.data + token * logits.width, count: logits.width)
                    return decoder.draw(row, temperature: options.residualTemperature, using: &random).id
                })
        }
        return codes
    }

    /// The sequences of an input, each with its state, as far as there are threads for them; else all together, which one
    /// thread does quicker.
    private func branches(
        of input: GeneratorInput, _ states: [MixerState]
    ) -> [(input: GeneratorInput, states: [MixerState])] {
        guard Compute.threads > 1 else { return [(input, states)] }
        return input.sequences.indices.map { index in
            var part = input
            part.sequences = [input.sequences[index]]
            return (part, states.map { $0.sequence(index, of: input.sequences.count) })
        }
    }

    /// Both branches of guidance: under the prompts of the spans, and the unconditional one.
    private func input(_ prompts: [Prompt], _ spans: [PromptedSpan], committed: Int) -> GeneratorInput {
        let unconditional = spans.map { span in
            var span = span
            span.prompt = prompts.count
            return span
        }
        return GeneratorInput(
            prompts: prompts + [.null],
            sequences: [spans, unconditional].map { PromptedSequence(spans: $0, committed: committed) })
    }

    /// Commits tokens with their codes `[layer][token]`.
    private mutating func commit(_ codes: [[Int]], generator: MotionGenerator) -> [MotionStep] {
        var steps: [MotionStep] = []
        var decoder = decoder
        decoder.decode(codes, with: generator.tokenizer) { frames, after in
            let token = codes.map { $0[steps.count] }
            var frames = frames
            if let first = frames.first, let last = frames.last {
                let seconds = Double(frames.count - 1) / MotionGenerator.frameRate
                pace = Vector3(last.pelvis.x - first.pelvis.x, 0, last.pelvis.z - first.pelvis.z).length / seconds
            }
            pose = frames.last
            for number in frames.indices {
                let place = committedTokens * MotionGenerator.framesPerToken + number
                frames[number] = exact.shown(frames[number], at: place)
                for overlay in overlays { overlay.lay(over: &frames[number], at: place) }
            }
            waiting.append(token)
            index += 1
            committedTokens += 1
            tokensLeft = max(tokensLeft - 1, 0)
            self.decoder = after
            steps.append(MotionStep(codes: token, frames: frames, snapshot: self))
        }
        return steps
    }

    /// Moves all forward states over the tokens that wait and, if wanted, the suffix that closes their segment and the
    /// header of the next one.
    private mutating func catchUp(hasSuffix: Bool = false, header: Prompt? = nil, generator: MotionGenerator) {
        var spans = [
            PromptedSpan(
                prompt: 0, count: waiting.count, firstIndex: index - waiting.count, left: nil, hasHeader: false,
                hasSuffix: hasSuffix)
        ]
        if header != nil { spans.append(PromptedSpan(prompt: 1, count: 0, hasHeader: true, hasSuffix: false)) }
        guard !waiting.isEmpty || hasSuffix || header != nil else { return }
        let input = input([prompt] + (header.map { [$0] } ?? []), spans, committed: waiting.count)
        let both = residualStates.indices.map { layer in waiting.map { $0[layer] } + waiting.map { $0[layer] } }
        _ = generator.generator.hidden(
            generator.generator.prepare(input), ids: both[0], states: &states, commits: true)
        for layer in 1...residualStates.count {
            _ = generator.residual.hidden(
                generator.residual.prepare(input, layer: layer), codes: Array(both.prefix(layer)),
                states: &residualStates[layer - 1], commits: true)
        }
        waiting.removeAll(keepingCapacity: true)
    }
}
