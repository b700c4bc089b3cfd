import HumanMotion
import KMM
import Tensors

/// Penalises a root that drifts off its course: what errors of the root's speed and turn, each hardly worth a code, add up to
/// over half a second. Without it a slow step to the side decodes to standing, or to a step to the other side.
///
/// The errors of velocity (metres a frame, in the heading frame) and of the heading's step (its sine) are summed over `span`
/// frames up to each frame, fewer at a window's start; the loss is the mean Huber loss of the sums over their scales.
struct CourseLoss {
    /// Frames whose errors are added up.
    var span = 16
    /// Metres that count as one, and radians.
    var scales: (way: Float, turn: Float) = (0.05, 0.1)

    /// The loss of normalised predictions against normalised targets, [sequences · window, 276] each, with its hand-written
    /// gradient.
    func callAsFunction(_ prediction: Tensor, target: Tensor, window: Int, tokenizer: MotionTokenizer) -> Tensor {
        let (rows, width) = (prediction.rows, prediction.width)
        let slope = Tensor(repeating: 0, shape: prediction.shape)
        let columns =
            MotionFeatures.rootVelocity.map { (column: $0, scale: scales.way) }
            + [(column: MotionFeatures.headingStep.lowerBound + 2, scale: scales.turn)]
        let share = 1 / (Float(rows) * Float(columns.count))
        var sums = [Float](repeating: 0, count: window + 1)
        var slopes = sums
        var total = 0.0
        for (column, scale) in columns {
            // From normalised to scaled.
            let unit = tokenizer.deviation.data[column] / scale
            for first in stride(from: 0, to: rows, by: window) {
                for frame in 0..<window {
                    let index = (first + frame) * width + column
                    sums[frame + 1] = sums[frame] + (prediction.data[index] - target.data[index]) * unit
                }
                // slopes[t + 1]: of all spans that end at or before t.
                for frame in 0..<window {
                    let error = sums[frame + 1] - sums[max(frame + 1 - span, 0)]
                    total += Double(abs(error) < 1 ? 0.5 * error * error : abs(error) - 0.5)
                    slopes[frame + 1] = slopes[frame] + min(max(error, -1), 1)
                }
                for frame in 0..<window {
                    let spans = slopes[min(frame + span, window)] - slopes[frame]
                    slope.data[(first + frame) * width + column] = spans * share * unit
                }
            }
        }
        return prediction.scalar(Float(total) * share, slope: slope)
    }
}
