import Geometry
import HumanBody

/// A floor that rises or sinks over time, as that of motion from video does.
///
/// A floor drifts when what stands on it moves up or down with it. Stairs do not: there every step stands still at a height of
/// its own. So the way of the standing points alone has to explain how the heights of the floor change.
struct FloorDrift {
    /// By frame, metres; nil when the floor stays where it is.
    private(set) var heights: [Double]?

    /// Less than this is left alone, metres.
    private static let least = 0.03
    /// Share of the way that rolling feet may leave unexplained; stairs leave all of it.
    private static let unexplained = 0.65
    /// Seconds over which a floor has one height.
    private static let window = 2.0

    init(_ samples: [FloorEstimate.Sample], frameRate: Double, levelling: Quaternion) {
        let length = max(Int(Self.window * frameRate), 1)
        guard samples.count > 2 * length else { return }
        let points = samples.map { levelling.act($0.point).y }
        let carried = Self.carried(samples, points, length)
        var floors: [(frame: Int, height: Double, carried: Double)] = []
        for middle in stride(from: length / 2, through: samples.count - 1, by: max(length / 2, 1)) {
            let range = max(middle - length / 2, 0)..<min(middle + length / 2, samples.count)
            let still = range.filter { samples[$0].isStill }
            guard still.count >= length / 8 else { continue }
            let sorted = still.map { points[$0] }.sorted()
            floors.append((middle, sorted[sorted.count / 4], carried[middle]))
        }
        guard floors.count > 2, let low = floors.map(\.height).min(), let high = floors.map(\.height).max(),
            high - low > Self.least
        else { return }
        let apart = floors.map { $0.height - $0.carried }
        guard let least = apart.min(), let most = apart.max(), most - least < Self.unexplained * (high - low) else {
            return
        }
        heights = samples.indices.map { frame in
            let next = floors.firstIndex { $0.frame >= frame } ?? floors.count - 1
            let (a, b) = (floors[max(next - 1, 0)], floors[next])
            guard b.frame > a.frame else { return b.height }
            let share = min(max(Double(frame - a.frame) / Double(b.frame - a.frame), 0), 1)
            return a.height + (b.height - a.height) * share
        }
    }

    /// How far standing points have carried each other up, by frame; where nothing stands, the floor goes on as around it.
    private static func carried(
        _ samples: [FloorEstimate.Sample], _ points: [Double], _ length: Int
    ) -> [Double] {
        var steps = [Double?](repeating: nil, count: samples.count)
        for index in samples.indices.dropFirst()
        where samples[index].isStill && samples[index].joint == samples[index - 1].joint {
            steps[index] = points[index] - points[index - 1]
        }
        // What is known of a second around.
        let half = max(length / 4, 1)
        var (sums, counts) = ([0.0], [0])
        for step in steps {
            sums.append(sums[sums.count - 1] + (step ?? 0))
            counts.append(counts[counts.count - 1] + (step == nil ? 0 : 1))
        }
        var height = 0.0
        return steps.indices.map { index in
            let (from, to) = (max(index - half, 0), min(index + half, steps.count))
            let known = counts[to] - counts[from]
            height += steps[index] ?? (known > 0 ? (sums[to] - sums[from]) / Double(known) : 0)
            return height
        }
    }
}
