public import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The floor under a clip, found from what rests on it: standing feet, and any part of the body that lies lower.
///
/// The lowest point of a clip is no floor: noise and bent toes reach centimetres under it. Some capture rooms are also
/// out of level (CMU subjects 7 and 8 walk up 1.1 degrees, 6 cm in three metres), and the floor of motion from video drifts.
public struct FloorEstimate: Hashable, Sendable {
    /// The rotation that makes the floor level; none unless the feet show a slope clearly.
    public let levelling: Quaternion
    /// Height of the floor after levelling, metres: the lower quartile of the lowest sole over all frames in which that
    /// foot stands still. A clip without ten such frames takes the 5 % quantile over all frames; noisy ones are smoothed first
    /// and take the middle.
    public let height: Double
    /// Heights of the floor by frame, metres, after levelling; nil when it stays where it is.
    public let drift: [Double]?
    /// How much the lowest point trembles from frame to frame, metres.
    public let noise: Double

    /// A foot moving slower than this may be standing, metres per second.
    private static let standingSpeed = 0.3
    /// What rises or sinks more slowly keeps its height, metres per second.
    private static let levelSpeed = 0.15
    /// Where less than this share of what is level is still, feet slide.
    private static let sliding = 0.25
    /// Slopes are believed from this spread of steps (standard deviation, metres), up to this angle (radians).
    private static let slope = (spread: 0.5, limit: 2 * Double.pi / 180)
    /// Another part of the body carries it when it lies lower than the soles by this, metres: knees and toes of a kneeling body
    /// lie on one floor.
    private static let lower = 0.03
    /// Feet of markers tremble by a millimetre, those of video by centimetres; metres.
    private static let greatestNoise = 0.006

    /// Finds the floor of a clip.
    ///
    /// - Parameters:
    ///   - clip: A motion, y up.
    ///   - mayDrift: Whether the floor is looked for over time.
    public init(_ clip: HumanClip, mayDrift: Bool = false) {
        var track = clip.frames.map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
        noise = Self.noise(track)
        let isNoisy = noise > Self.greatestNoise
        if isNoisy { track = Self.smoothed(track, frameRate: clip.frameRate) }
        let samples = Self.samples(track, frameRate: clip.frameRate)
        // On a treadmill, or on the spot, what carries slides: then it is level.
        let still = samples.filter(\.isStill), level = samples.filter(\.isLevel)
        let slides = Double(still.count) < Self.sliding * Double(level.count)
        let standing = (slides ? level : still).map(\.point)
        let levelling = Self.levelling(standing)
        func heights(_ points: [Vector3]) -> [Double] { points.map { levelling.act($0).y }.sorted() }
        func quantile(_ heights: [Double], _ share: Double) -> Double {
            heights.isEmpty ? 0 : heights[min(Int(Double(heights.count) * share), heights.count - 1)]
        }
        self.levelling = levelling
        let resting = heights(standing)
        if resting.count < 10 {
            height = quantile(heights(samples.map(\.point)), isNoisy ? 0.25 : 0.05)
        } else if isNoisy {
            let low = quantile(resting, 0.2)
            height = quantile(resting.filter { abs($0 - low) < 0.05 }, 0.5)
        } else {
            height = quantile(resting, 0.25)
        }
        drift = mayDrift ? FloorDrift(samples, frameRate: clip.frameRate, levelling: levelling).heights : nil
    }

    /// The lowest point of the body in a frame, and whether it is still.
    struct Sample {
        var joint: HumanJoint
        var point: Vector3
        var isStill: Bool
        /// Whether it keeps its height.
        var isLevel: Bool
    }

    private static func samples(_ track: [[Vector3]], frameRate: Double) -> [Sample] {
        var samples: [Sample] = []
        for (index, joints) in track.enumerated() {
            func point(_ joint: HumanJoint) -> Vector3 {
                joints[joint] - Vector3(0, SMPLSurface.heights[joint] ?? 0, 0)
            }
            var lowest = HumanJoint.leftAnkle
            for joint in Side.both.flatMap({ [$0.ankle, $0.toe] }) where point(joint).y < point(lowest).y {
                lowest = joint
            }
            let sole = point(lowest).y
            for joint in HumanJoint.allCases
            where SMPLSurface.heights[joint] != nil && point(joint).y < min(sole - lower, point(lowest).y) {
                lowest = joint
            }
            let way = index > 0 ? joints[lowest] - track[index - 1][lowest] : nil
            samples.append(
                Sample(
                    joint: lowest, point: point(lowest),
                    isStill: way.map { $0.length * frameRate < standingSpeed } ?? false,
                    isLevel: way.map { abs($0.y) * frameRate < levelSpeed } ?? false))
        }
        return samples
    }

    /// The middle fourth difference of the ankles' heights, as the deviation of white noise that would have it: what is left of a
    /// motion where it has no time to turn.
    private static func noise(_ track: [[Vector3]]) -> Double {
        guard track.count > 10 else { return 0 }
        var differences: [Double] = []
        for index in 2..<track.count - 2 {
            for side in Side.both {
                let h = track[index - 2...index + 2].map { $0[side.ankle].y }
                differences.append(abs(h[0] - 4 * h[1] + 6 * h[2] - 4 * h[3] + h[4]))
            }
        }
        // Of unit noise it has a deviation of the square root of 70, whose middle is at two thirds.
        return differences.sorted()[differences.count / 2] / (0.6745 * 70.0.squareRoot())
    }

    private static func smoothed(_ track: [[Vector3]], frameRate: Double) -> [[Vector3]] {
        let half = max(Int(frameRate * 0.1), 1)
        return track.indices.map { index in
            let window = track[max(index - half, 0)...min(index + half, track.count - 1)]
            return track[index].indices.map { joint in
                window.reduce(Vector3.zero) { $0 + $1[joint] } / Double(window.count)
            }
        }
    }

    /// Fits a slope along the direction in which the steps spread most; across it there is too little to fit.
    private static func levelling(_ points: [Vector3]) -> Quaternion {
        let heights = points.map(\.y).sorted()
        guard heights.count >= 20 else { return .identity }
        // A foot held in the air is no floor.
        let standing = points.filter { $0.y < heights[heights.count / 5] + 0.12 }
        let mean = standing.reduce(Vector3.zero, +) / Double(standing.count)
        let offsets = standing.map { $0 - mean }
        func covariance(_ a: (Vector3) -> Double, _ b: (Vector3) -> Double) -> Double {
            offsets.reduce(0) { $0 + a($1) * b($1) } / Double(offsets.count)
        }
        let xz = covariance(\.x, \.z)
        let angle = 0.5 * atan2(2 * xz, covariance(\.x, \.x) - covariance(\.z, \.z))
        let along = Vector3(cos(angle), 0, sin(angle))
        let spread = covariance(along.dot, along.dot)
        guard spread > slope.spread * slope.spread else { return .identity }
        let rise = covariance(along.dot, \.y) / spread
        let (before, explained) = (covariance(\.y, \.y), rise * rise * spread)
        guard abs(atan(rise)) < slope.limit, explained > 0.5 * before else { return .identity }
        return Quaternion(from: Vector3(-rise * along.x, 1, -rise * along.z), to: Vector3(0, 1, 0))
    }
}

extension HumanClip {
    /// Moves the clip so that its floor (`FloorEstimate`) is the plane y = 0.
    public mutating func standOnFloor() { stand(on: FloorEstimate(self)) }

    /// Moves the clip so that a floor is the plane y = 0.
    mutating func stand(on floor: FloorEstimate) {
        for index in frames.indices {
            let height = floor.drift?[index] ?? floor.height
            frames[index].pelvis = floor.levelling.act(frames[index].pelvis) - Vector3(0, height, 0)
            frames[index].rotations[.pelvis] = floor.levelling * frames[index].rotations[.pelvis]
        }
    }
}
