import KMM
import Tensors

/// One training sequence: segments of tokens with their texts.
package struct TrainingSequence {
    struct Segment {
        var text: Int
        /// The text is dropped for this segment alone.
        var isUnconditional = false
        /// Codes `[layer][token]`.
        var codes: [[Int]]
        /// Row-major [tokens, latentWidth].
        var latents: ArraySlice<Float>
        /// Position of the first token within the caption's whole stretch, and tokens from there to its end.
        var firstIndex: Int
        var left: Int
    }
    var segments: [Segment]
    /// Seed of all that is random in its masks, so that they do not depend on the sequences beside it.
    var seed: UInt64
    /// The text is dropped: the sequence trains the unconditional branch.
    var isUnconditional = false

    var count: Int { segments.reduce(0) { $0 + $1.codes[0].count } }
    func codes(_ layer: Int) -> [Int] { segments.flatMap { $0.codes[layer] } }
}

/// Draws training sequences: whole captions, windows of them, and chains of some whose poses meet.
package struct SequenceSampler {
    let data: TokenDataSet
    /// Longest sequence, tokens.
    var longest = 60
    /// Share of captions after which another follows.
    var chained: Float = 0.35
    /// Share of chains whose first part has no text.
    var silentStart: Float = 0.3
    /// Share of sequences without text.
    var unconditional: Float = 0.1
    /// Probability that a drawn item's mirrored twin follows in the same batch.
    var twins: Float = 0.4
    /// Probability that a caption is said in other words.
    var reworded: Float = 0.6
    /// Probability that a caption is said as the lexicon says it, where it does: half of them the canonical sentence.
    var said: Float = 0.5

    func batch(_ size: Int, using generator: inout some RandomNumberGenerator) -> [TrainingSequence] {
        var result: [TrainingSequence] = []
        while result.count < size {
            let item = data.draw(using: &generator)
            result.append(sequence(item, using: &generator))
            if let twin = data.mirrors[item], result.count < size, Float.random(in: 0..<1, using: &generator) < twins {
                result.append(sequence(twin, using: &generator))
            }
        }
        return result
    }

    func sequence(_ item: Int, using generator: inout some RandomNumberGenerator) -> TrainingSequence {
        var segments = [segment(item, limit: longest, using: &generator)]
        var count = segments[0].codes[0].count
        var last = item
        // A chain goes on from the caption's end only: elsewhere the text's action would be cut off.
        while let end = segments.last, end.left == end.codes[0].count, count <= longest - 16,
            Float.random(in: 0..<1, using: &generator) < chained
        {
            last = data.successor(
                of: data.items[last].clip, end: data.items[last].tokens.upperBound, using: &generator)
            // A stream begins with unprompted standing: motion without a text, then the text's motion.
            if segments.count == 1 {
                segments[0].isUnconditional = Float.random(in: 0..<1, using: &generator) < silentStart
            }
            segments.append(segment(last, limit: longest - count, fromStart: true, using: &generator))
            count += segments[segments.count - 1].codes[0].count
        }
        return TrainingSequence(
            segments: segments, seed: generator.next(),
            isUnconditional: Float.random(in: 0..<1, using: &generator) < unconditional)
    }

    /// The item's tokens, or half of the time a window of at least 16 of them.
    private func segment(
        _ item: Int, limit: Int, fromStart: Bool = false, using generator: inout some RandomNumberGenerator
    ) -> TrainingSequence.Segment {
        let (clip, text, all) = (data.items[item].clip, data.items[item].text, data.items[item].tokens)
        var range = all
        if all.count > limit || (all.count > 16 && Bool.random(using: &generator)) {
            let length = min(limit, Int.random(in: min(16, all.count)...all.count, using: &generator))
            let start = fromStart ? 0 : Int.random(in: 0...(all.count - length), using: &generator)
            range = (all.lowerBound + start)..<(all.lowerBound + start + length)
        }
        let source = data.clips[clip]
        var wording = text
        if let canonical = data.sayings[text].first, Float.random(in: 0..<1, using: &generator) < said {
            let other = data.sayings[text].randomElement(using: &generator)
            wording = Bool.random(using: &generator) ? canonical : other ?? canonical
        } else if let other = data.wordings[text].randomElement(using: &generator),
            Float.random(in: 0..<1, using: &generator) < reworded
        {
            wording = other
        }
        return TrainingSequence.Segment(
            text: wording, codes: source.codes.map { Array($0[range]) },
            latents: source.latents[(range.lowerBound * data.latentWidth)..<(range.upperBound * data.latentWidth)],
            firstIndex: range.lowerBound - all.lowerBound, left: all.upperBound - range.lowerBound)
    }
}
