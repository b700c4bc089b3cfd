import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Draws the masked tokens of a horizon over a few steps, keeping the most certain ones first.
///
/// Chang et al., "MaskGIT", CVPR 2022, as used by MoMask: cosine schedule, classifier-free guidance, only the likeliest
/// of the codes. What is drawn once and kept is never masked again.
struct ConfidenceDecoder {
    var options: SamplingOptions
    /// Steps at the end that take the likeliest code instead of drawing one.
    static let greedySteps = 2

    /// Ids of tokens, of which those that are not nil are known. `logits` gives the guided logits, [tokens, codes], of a row
    /// of ids in which `mask` is unknown.
    func decode<Failure: Error>(
        _ known: [Int?], mask: Int, using generator: inout some RandomNumberGenerator,
        logits: ([Int]) throws(Failure) -> Tensor
    ) throws(Failure) -> [Int] {
        let free = known.filter { $0 == nil }.count
        var ids = known.map { $0 ?? mask }
        guard free > 0 else { return ids }
        var scores = known.map { $0 == nil ? -Float.infinity : .infinity }
        for step in 0..<options.steps {
            let progress = Float(step) / Float(max(options.steps - 1, 1))
            let unknown = min(free, max(1, Int((cosf(.pi / 2 * progress) * Float(free)).rounded())))
            let order = known.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
            // A token whose score is infinite is known, or was kept in an earlier step.
            let masked = order.prefix(unknown).filter { scores[$0] < .infinity }
            for position in order.dropFirst(masked.count) { scores[position] = .infinity }
            if masked.isEmpty { break }
            for position in masked { ids[position] = mask }
            let guided = try logits(ids)
            let isGreedy = step >= options.steps - Self.greedySteps
            for position in masked {
                let row = UnsafeBufferPointer(start: guided.data + position * guided.width, count: guided.width)
                let (id, probability) = draw(row, temperature: isGreedy ? 0 : options.temperature, using: &generator)
                ids[position] = id
                scores[position] = probability
            }
        }
        return ids
    }

    /// A code drawn from one row of logits, and its probability before temperature and filter; at temperature 0 the likeliest.
    func draw(
        _ logits: UnsafeBufferPointer<Float>, temperature: Float, using generator: inout some RandomNumberGenerator
    ) -> (id: Int, probability: Float) {
        var chosen = 0
        for index in logits.indices where logits[index] > logits[chosen] { chosen = index }
        let top = logits[chosen]
        let total = logits.reduce(Float(0)) { $0 + expf($1 - top) }
        if temperature > 0 {
            let kept = likeliest(max(1, Int((options.keptShare * Float(logits.count)).rounded(.up))), of: logits)
            let weights = kept.map { expf((logits[$0] - top) / max(temperature, 1e-3)) }
            var left = Float.random(in: 0..<1, using: &generator) * weights.reduce(0, +)
            for (id, weight) in zip(kept, weights) {
                chosen = id
                left -= weight
                if left < 0 { break }
            }
        }
        return (chosen, expf(logits[chosen] - top) / total)
    }

    /// The codes of the greatest logits in falling order, the smaller code first among equals.
    private func likeliest(_ count: Int, of logits: UnsafeBufferPointer<Float>) -> [Int] {
        // One number of both, as comparing numbers is quick: the bits of floats are in the order of their values, those of
        // negative ones the other way round.
        let keys = logits.indices.map { index -> UInt64 in
            let bits = logits[index].bitPattern
            let rank = bits >> 31 == 0 ? bits | 1 << 31 : ~bits
            return UInt64(rank) << 32 | UInt64(~UInt32(truncatingIfNeeded: index))
        }
        return ConfidenceDecoder.greatest(count, of: keys).map { Int(~UInt32(truncatingIfNeeded: $0)) }
    }

    /// The `count` greatest numbers in falling order: of few among many most are passed over at a glance.
    static func greatest(_ count: Int, of numbers: [UInt64]) -> [UInt64] {
        var kept = numbers.prefix(count).sorted(by: >)
        guard var least = kept.last else { return [] }
        for number in numbers.dropFirst(count) where number > least {
            var (low, high) = (0, kept.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if kept[middle] > number { low = middle + 1 } else { high = middle }
            }
            kept.removeLast()
            kept.insert(number, at: low)
            least = kept[kept.count - 1]
        }
        return kept
    }

    /// Guidance: `unconditional + scale · (conditional − unconditional)`; rows of both halves behind one another.
    static func guided(_ both: Tensor, scale: Float) -> Tensor {
        let half = both.count / 2
        let result = Tensor(copying: both.data, shape: [both.rows / 2, both.width])
        for index in 0..<half {
            let unconditional = both.data[half + index]
            result.data[index] = unconditional + scale * (both.data[index] - unconditional)
        }
        return result
    }
}
