public import Geometry
import HumanMotion

/// Peak jerk and area under the jerk of transitions (PJ and AUJ).
///
/// Barquero et al., "Seamless Human Motion Composition with Blended Positional Encodings", CVPR 2024: world joint positions
/// p in metres, J = p(t+3) − 3 p(t+2) + 3 p(t+1) − p(t) (third differences, metres per frame³), k(t) = the largest over
/// the joints of |Jx| + |Jy| + |Jz|, averaged over all crops. PJ is the maximum over t, AUJ the sum over t of the
/// distance to the mean k of real crops. At 30 frames a second and crops of 30 frames values compare with others' only
/// in kind: the skeleton is the same, the data are not.
public struct TransitionJerk: Codable, Hashable, Sendable {
    /// Frames of a crop, half on each side of the transition.
    public static let crop = 30

    /// max k.
    public var peak: Double
    /// Σ |k − k of real motion|.
    public var area: Double

    /// Crops as positions [crop][frame][joint], all of one length above three frames; `real` is the mean k of real crops.
    public init(_ crops: [[[Vector3]]], real: Double) {
        let mean = Self.curve(crops)
        peak = mean.max() ?? 0
        area = mean.reduce(0) { $0 + abs($1 - real) }
    }

    /// Mean of k over crops and times.
    public static func mean(_ crops: [[[Vector3]]]) -> Double {
        let curve = curve(crops)
        return curve.reduce(0, +) / Double(max(curve.count, 1))
    }

    /// k(t) averaged over the crops.
    static func curve(_ crops: [[[Vector3]]]) -> [Double] {
        guard let frames = crops.first?.count, frames > 3 else { return [] }
        return (0..<frames - 3).map { t in
            crops.reduce(0) { sum, p in
                sum
                    + (p[t].indices.map { joint in
                        let jerk = p[t + 3][joint] - p[t][joint] + (p[t + 1][joint] - p[t + 2][joint]) * 3
                        return abs(jerk.x) + abs(jerk.y) + abs(jerk.z)
                    }.max() ?? 0)
            } / Double(crops.count)
        }
    }
}
