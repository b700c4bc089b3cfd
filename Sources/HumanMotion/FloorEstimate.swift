public import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The floor under a clip, found from its standing feet.
///
/// The lowest point of a clip is no floor: noise and bent toes reach centimetres under it. Some capture rooms are also
/// out of level (CMU subjects 7 and 8 walk up 1.1 degrees, 6 cm in three metres).
public struct FloorEstimate: Hashable, Sendable {
    /// The rotation that makes the floor level; none unless the feet show a slope clearly.
    public let levelling: Quaternion
    /// Height of the floor after levelling, metres: the lower quartile of the lowest sole over all frames in which that
    /// foot stands still. A clip without ten such frames takes the 5 % quantile over all frames.
    public let height: Double

    /// A foot moving slower than this may be standing, metres per second.
    private static let standingSpeed = 0.3
    /// Slopes are believed from this spread of steps (standard deviation, metres), up to this angle (radians).
    private static let slope = (spread: 0.5, limit: 2 * Double.pi / 180)

    /// Finds the floor of a clip.
    public init(_ clip: HumanClip) {
        var standing: [Vector3] = []
        var all: [Vector3] = []
        var before: [Vector3]?
        for frame in clip.frames {
            let joints = SMPLSkeleton.forwardKinematics(frame).map(\.translation)
            var lowest = (joint: HumanJoint.leftAnkle, sole: Vector3(0, .infinity, 0))
            for side in Side.both {
                for (joint, height) in [(side.ankle, SMPLFoot.ankleHeight(side)), (side.toe, SMPLFoot.toeHeight)] {
                    let sole = joints[joint] - Vector3(0, height, 0)
                    if sole.y < lowest.sole.y { lowest = (joint, sole) }
                }
            }
            all.append(lowest.sole)
            if let before, (joints[lowest.joint] - before[lowest.joint]).length * clip.frameRate < Self.standingSpeed {
                standing.append(lowest.sole)
            }
            before = joints
        }
        let levelling = Self.levelling(standing)
        func quantile(_ points: [Vector3], _ share: Double) -> Double {
            let heights = points.map { levelling.act($0).y }.sorted()
            return heights.isEmpty ? 0 : heights[min(Int(Double(heights.count) * share), heights.count - 1)]
        }
        self.levelling = levelling
        height = standing.count >= 10 ? quantile(standing, 0.25) : quantile(all, 0.05)
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
    public mutating func standOnFloor() {
        let floor = FloorEstimate(self)
        for index in frames.indices {
            frames[index].pelvis = floor.levelling.act(frames[index].pelvis) - Vector3(0, floor.height, 0)
            frames[index].rotations[.pelvis] = floor.levelling * frames[index].rotations[.pelvis]
        }
    }
}
