/// How far two sets of motions are apart in an evaluator's space, and how far the motions of one set are from each other.
public enum SetDistance {
    /// Fréchet distance of the normal distributions through both sets (FID): |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½).
    ///
    /// Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", NeurIPS 2017. At least two points in each set; small
    /// sets read too large, by an amount that depends on both sizes.
    public static func frechet(_ a: EmbeddingRows, _ b: EmbeddingRows) -> Double {
        let (first, second) = (SymmetricMatrix.covariance(a), SymmetricMatrix.covariance(b))
        let shift = EmbeddingRows.distance(first.mean, second.mean)
        let cross = first.covariance.squareRoot().sandwich(second.covariance).eigen().values
        let root = cross.reduce(0) { $0 + max($1, 0).squareRoot() }
        return shift * shift + first.covariance.trace + second.covariance.trace - 2 * root
    }

    /// Unbiased squared maximum mean discrepancy with the kernel (x·y + 1)³ (KID).
    ///
    /// Bińkowski et al., "Demystifying MMD GANs", ICLR 2018, whose kernel divides x·y by the width: here points have
    /// length one. Its mean does not depend on the sizes of the sets; it may fall below zero.
    public static func kernel(_ a: EmbeddingRows, _ b: EmbeddingRows) -> Double {
        func similarity(_ x: [Double], _ y: [Double]) -> Double {
            var product = 1.0
            for index in x.indices { product += x[index] * y[index] }
            return product * product * product
        }
        func within(_ set: EmbeddingRows) -> Double {
            var sum = 0.0
            for i in 0..<set.count { for j in 0..<i { sum += similarity(set[i], set[j]) } }
            return 2 * sum / Double(set.count * (set.count - 1))
        }
        var between = 0.0
        for x in a.rows { for y in b.rows { between += similarity(x, y) } }
        return within(a) + within(b) - 2 * between / Double(a.count * b.count)
    }

    /// Mean distance of `pairs` random pairs of different points (Diversity).
    public static func diversity(
        _ points: EmbeddingRows, pairs: Int = 300, using random: inout some RandomNumberGenerator
    ) -> Double {
        guard points.count > 1 else { return 0 }
        var sum = 0.0
        for _ in 0..<pairs {
            let first = Int.random(in: 0..<points.count, using: &random)
            let second = (first + Int.random(in: 1..<points.count, using: &random)) % points.count
            sum += EmbeddingRows.distance(points[first], points[second])
        }
        return sum / Double(pairs)
    }

    /// Mean distance over all pairs of motions of one caption, averaged over the captions (MultiModality).
    public static func multiModality(_ groups: [EmbeddingRows]) -> Double {
        let means = groups.filter { $0.count > 1 }.map { group in
            var sum = 0.0
            for i in 0..<group.count { for j in 0..<i { sum += EmbeddingRows.distance(group[i], group[j]) } }
            return 2 * sum / Double(group.count * (group.count - 1))
        }
        return means.reduce(0, +) / Double(max(means.count, 1))
    }
}
