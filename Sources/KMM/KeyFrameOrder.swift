public import Tensors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The order in which tokens are key frames: density peaks of the latents, the heart of KMM's masking.
///
/// Zhang et al., "KMM: Key Frame Mask Mamba for Extended Motion Generation", 2024, after Rodriguez and Laio, "Clustering by
/// fast search and find of density peaks", Science 2014. A token is a key frame when its neighbourhood is dense and every
/// denser token is far away.
public enum KeyFrameOrder {
    /// Width of the density kernel.
    public enum Bandwidth: Hashable, Sendable {
        /// The median distance between tokens of the sequence: works at any scale of the latents.
        case median
        /// The literal kernel of the paper, exp(−D²): underflows for latents that are not normalised.
        case unit
    }

    /// ln Γ of every token: Γ is density times distance to the nearest denser token. `latents` is [tokens, width].
    public static func scores(_ latents: Tensor, bandwidth: Bandwidth = .median) -> [Float] {
        let (count, width) = (latents.rows, latents.width)
        guard count > 1 else { return [Float](repeating: 0, count: count) }
        var squared = [Float](repeating: 0, count: count * count)
        for i in 0..<count {
            for j in 0..<i {
                var sum: Float = 0
                let (a, b) = (latents.data + i * width, latents.data + j * width)
                for column in 0..<width {
                    let difference = a[column] - b[column]
                    sum += difference * difference
                }
                squared[i * count + j] = sum
                squared[j * count + i] = sum
            }
        }
        var scale: Float = 1
        if bandwidth == .median {
            let pairs = (0..<count).flatMap { i in (0..<i).map { squared[i * count + $0] } }.sorted()
            scale = pairs[pairs.count / 2]
            // More than half of the tokens are equal: no density to speak of, every token ranks alike.
            guard scale > 0 else { return [Float](repeating: 0, count: count) }
        }
        let density = (0..<count).map { i in
            (0..<count).reduce(Float(0)) { $0 + expf(-squared[i * count + $1] / scale) }
        }
        return (0..<count).map { i in
            var nearest = Float.infinity
            var farthest: Float = 0
            for j in 0..<count where j != i {
                farthest = max(farthest, squared[i * count + j])
                let isDenser = density[j] > density[i] || (density[j] == density[i] && j < i)
                if isDenser { nearest = min(nearest, squared[i * count + j]) }
            }
            let distance = (nearest.isFinite ? nearest : farthest).squareRoot()
            return logf(max(density[i] * distance, 1e-20))
        }
    }

    /// Token indices, key frames first; with `noise` the ranking is drawn at random around the scores (Gumbel).
    public static func order(
        _ scores: [Float], noise: Float = 0, using generator: inout some RandomNumberGenerator
    ) -> [Int] {
        let keys = scores.map { score -> Float in
            guard noise > 0 else { return score }
            let u = Float.random(in: 1e-7..<1, using: &generator)
            return score - noise * logf(-logf(u))
        }
        return keys.indices.sorted { (keys[$0], $1) > (keys[$1], $0) }
    }
}
