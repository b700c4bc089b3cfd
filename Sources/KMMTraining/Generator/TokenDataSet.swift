import Foundation
import HumanMotion
public import KMM
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
    /// Width of the latents.
    public let latentWidth: Int
    /// For every item, the item of the mirrored copy with the mirrored caption.
    public let mirrors: [Int?]
    private let itemsBySet: [(weight: Double, items: [Int])]

    /// Shares of the data sets in what is drawn: crowd captions weigh more than the many clips of few sentences.
    public static let shares = ["cmu": 0.5, "hdm05": 0.15, "bandai-nc": 0.35]

    /// Encodes the clips of a split.
    public init(
        _ data: PreparedDataSet, split: DataSplit, tokenizer: MotionTokenizer, encoder: SentenceEncoder
    ) throws {
        var clips: [TokenClip] = []
        var items: [Item] = []
        var texts: [String: Int] = [:]
        var order: [String] = []
        var byKey: [String: Int] = [:]
        var keys: [(own: String, mirror: String)] = []
        let perToken = MotionTokenizer.framesPerToken
        for clip in data.clips where clip.split == split && clip.frameCount >= 4 * perToken {
            let (codes, latents) = tokenizer.encode(data.features(of: clip, 0..<clip.frameCount))
            clips.append(
                TokenClip(set: clip.set, codes: codes, latents: latents.values, isMirrored: clip.mirrored))
            for (number, caption) in clip.captions.enumerated() {
                let first = caption.firstFrame / perToken
                let last = min((caption.firstFrame + caption.frameCount) / perToken, codes[0].count)
                guard last - first >= 4 else { continue }
                if texts[caption.text] == nil {
                    texts[caption.text] = order.count
                    order.append(caption.text)
                }
                byKey["\(clip.id) \(clip.mirrored) \(number)"] = items.count
                keys.append(("\(clip.id) \(clip.mirrored) \(number)", "\(clip.id) \(!clip.mirrored) \(number)"))
                items.append(Item(clip: clips.count - 1, text: texts[caption.text] ?? 0, tokens: first..<last))
            }
        }
        self.clips = clips
        self.items = items
        self.texts = order
        latentWidth = tokenizer.configuration.codeWidth
        mirrors = keys.map { byKey[$0.mirror] }
        prompts = try order.map { text in
            let encoding = try encoder.encode(text)
            return Prompt(
                pooled: encoding.pooled,
                words: Array(encoding.words.prefix(MotionGenerator.wordLimit * SentenceEncoder.width)))
        }
        itemsBySet = Dictionary(grouping: items.indices) { clips[items[$0].clip].set }
            .sorted { $0.key < $1.key }.map { (Self.shares[$0.key] ?? 0.2, $0.value) }
    }

    /// An item, its data set drawn by share.
    func draw(using generator: inout some RandomNumberGenerator) -> Int {
        var left = Double.random(in: 0..<itemsBySet.reduce(0) { $0 + $1.weight }, using: &generator)
        for (weight, items) in itemsBySet {
            left -= weight
            if left < 0 { return items[Int.random(in: 0..<items.count, using: &generator)] }
        }
        return itemsBySet[0].items[0]
    }

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
