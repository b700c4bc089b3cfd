import Foundation
import HumanMotion
public import KMM
import KMMEvaluation
public import MotionData
import Tensors
public import TextEncoding

/// The prepared clips as tokens, with their captions as prompts: what the generators learn from.
public struct TokenDataSet {
    /// A caption and the tokens it describes.
    public struct Item: Sendable {
        /// Index of the clip.
        public var clip: Int
        /// Index of the text.
        public var text: Int
        /// Tokens of the clip.
        public var tokens: Range<Int>
    }

    /// A clip in tokens.
    public struct TokenClip {
        /// Data set it comes from.
        public var set: String
        /// Codes `[layer][token]`.
        public var codes: [[Int]]
        /// Latents before quantisation, row-major [tokens, latentWidth].
        public var latents: [Float]
        /// Whether it is a mirrored copy.
        public var isMirrored: Bool
    }

    /// All clips of the split.
    public let clips: [TokenClip]
    /// Every pair of a clip and a caption.
    public let items: [Item]
    /// Distinct texts.
    public let texts: [String]
    /// The prompts of the texts.
    public let prompts: [Prompt]
    /// For every text, other texts that say the same (training only).
    public let wordings: [[Int]]
    /// For every caption, how the lexicon says the action that it tells of, the canonical sentence first; empty for a caption
    /// that tells of none, and without a lexicon.
    public let sayings: [[Int]]
    /// For every text, the caption whose wording it is; itself for a caption.
    public let origins: [Int]
    /// Width of the latents.
    public let latentWidth: Int
    /// For every item, the item of the mirrored copy with the mirrored caption.
    public let mirrors: [Int?]
    private let weights: DrawWeights

    /// Encodes the clips of a split.
    ///
    /// Training clips at their recorded speed are encoded at two phases of the token grid, as a motion has no reason to
    /// begin on it, and their captions get other wordings. With a reader of texts those of the lexicon are among them: at run
    /// time it is the lexicon's canonical sentences that a generator is given.
    public init(
        _ data: PreparedDataSet, split: DataSplit, tokenizer: MotionTokenizer, encoder: SentenceEncoder,
        reader: CommandReader? = nil
    ) throws {
        var texts = TextList()
        var stretches = Stretches()
        for clip in data.clips
        where clip.split == split && clip.frameCount >= Self.shortest * MotionTokenizer.framesPerToken {
            for phase in split == .train && clip.rate == nil ? [0, MotionTokenizer.framesPerToken / 2] : [0] {
                let (codes, latents) = tokenizer.encode(data.features(of: clip, phase..<clip.frameCount))
                stretches.append(
                    TokenClip(set: clip.set, codes: codes, latents: latents.values, isMirrored: clip.mirrored),
                    of: clip, phase: phase, texts: &texts)
            }
        }
        let clips = stretches.clips
        let items = stretches.items
        self.clips = clips
        self.items = items
        mirrors = stretches.mirrors
        weights = DrawWeights(
            ActionClass.weights(of: items.map { texts.list[$0.text] }, sets: items.map { clips[$0.clip].set }))
        let captions = texts.list.count
        let judging = Set((data.index.heldOut ?? []).map(Wording.init))
        let heldOut = split == .train ? data.clips.heldOutWordings.union(judging) : []
        var origins = Array(0..<captions)
        func add(_ wordings: [String], of caption: Int) -> [Int] {
            wordings.filter { !heldOut.contains(Wording($0)) }.map { text in
                let index = texts.index(of: text)
                if index == origins.count { origins.append(caption) }
                return index
            }
        }
        wordings = (0..<captions).map { caption in
            split == .train ? add(CaptionVariants.of(texts.list[caption]), of: caption) : []
        }
        sayings = try (0..<captions).map { caption in
            guard split == .train, let reader else { return [] }
            return add(try Self.sayings(of: texts.list[caption], by: reader, encoder: encoder), of: caption)
        }
        self.origins = origins
        self.texts = texts.list
        latentWidth = tokenizer.configuration.codeWidth
        prompts = try texts.list.map { text in
            let encoding = try encoder.encode(text)
            return Prompt(
                pooled: encoding.pooled,
                words: Array(encoding.words.prefix(MotionGenerator.wordLimit * SentenceEncoder.width)))
        }
    }

    /// Shorter clips, in tokens, are left out: they tell nothing of how motion goes on.
    private static let shortest = 5

    /// Distinct texts in the order in which they came.
    private struct TextList {
        private(set) var list: [String] = []
        private var indices: [String: Int] = [:]

        mutating func index(of text: String) -> Int {
            if let known = indices[text] { return known }
            indices[text] = list.count
            list.append(text)
            return list.count - 1
        }
    }

    /// Clips, and the parts of them that captions tell of.
    private struct Stretches {
        private struct Key: Hashable {
            var clip: String
            var rate: Double?
            var phase: Int
            var caption: Int
            var isMirrored: Bool
        }

        /// A caption of fewer tokens is left out.
        private static let shortest = 4

        private(set) var clips: [TokenClip] = []
        private(set) var items: [Item] = []
        private var byKey: [Key: Int] = [:]
        private var keys: [Key] = []

        /// For every item, the item of the mirrored copy with the mirrored caption.
        var mirrors: [Int?] { keys.map { byKey[$0] } }

        mutating func append(
            _ encoded: TokenClip, of clip: PreparedClip, phase: Int, texts: inout TextList
        ) {
            clips.append(encoded)
            let perToken = MotionTokenizer.framesPerToken
            for (number, caption) in clip.captions.enumerated() {
                let first = max(caption.firstFrame - phase, 0) / perToken
                let last = min(
                    (caption.firstFrame + caption.frameCount - phase) / perToken, encoded.codes[0].count)
                guard last - first >= Self.shortest else { continue }
                var key = Key(clip: clip.id, rate: clip.rate, phase: phase, caption: number, isMirrored: clip.mirrored)
                byKey[key] = items.count
                key.isMirrored.toggle()
                keys.append(key)
                items.append(Item(clip: clips.count - 1, text: texts.index(of: caption.text), tokens: first..<last))
            }
        }
    }

    /// Least likeness of a caption and an action at which it tells of that.
    private static let leastLikeness = 0.8
    /// Wordings of an action and a side that are kept: each costs 25 KB.
    private static let mostSayings = 16

    private static func sayings(
        of caption: String, by reader: CommandReader, encoder: SentenceEncoder
    ) throws -> [String] {
        let words = caption.lowercased().split(separator: " ")
        guard words.count <= CaptionRule.longest, !words.contains("then"), !words.contains("while"),
            let read = try reader.action(of: caption, embed: { try encoder.encode($0).pooled }),
            read.likeness >= leastLikeness, let action = reader.lexicon[read.name]
        else { return [] }
        // A manner is part of what is seen.
        if let manner = read.manner { return ["\(action.caption(side: read.side)) \(manner.phrase)"] }
        let wordings = action.wordings(side: read.side)
        let step = max(1, wordings.count / mostSayings)
        let some = stride(from: 0, to: wordings.count, by: step).map { wordings[$0] }
        return [action.caption(side: read.side)] + some.filter { $0 != action.caption(side: read.side) }
    }

    /// An item, drawn by weight.
    func draw(using generator: inout some RandomNumberGenerator) -> Int { weights.draw(using: &generator) }

    /// The item, of a few drawn, whose motion starts nearest to where `tokens` of `clip` end.
    func successor(
        of clip: Int, end: Int, candidates: Int = 48, using generator: inout some RandomNumberGenerator
    ) -> Int {
        let last = latent(clip, end - 1)
        var best = 0
        var bestDistance = Float.infinity
        for _ in 0..<candidates {
            let item = draw(using: &generator)
            let first = latent(items[item].clip, items[item].tokens.lowerBound)
            let distance = zip(last, first).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            if distance < bestDistance { (best, bestDistance) = (item, distance) }
        }
        return best
    }

    private func latent(_ clip: Int, _ token: Int) -> ArraySlice<Float> {
        clips[clip].latents[(token * latentWidth)..<((token + 1) * latentWidth)]
    }
}
