/// How often each limit acted.
public struct LimiterCounts: Hashable, Sendable {
    /// Kinds of limit.
    public enum Kind: Int, Hashable, Sendable, CaseIterable {
        /// A joint's range; for the root its height and tilt.
        case position
        /// Speed; for the root planar speed and yaw rate.
        case velocity
        /// Acceleration.
        case acceleration
        /// Jerk.
        case jerk
    }

    private static let rootNames = ["x", "y", "z", "yaw", "tilt_x", "tilt_y"]
    private var counts: [Int]
    /// Frames in which the whole motion was slowed down along its path.
    public internal(set) var slowedFrames = 0

    init(jointCount: Int) {
        counts = Array(repeating: 0, count: (Self.rootNames.count + jointCount) * Kind.allCases.count)
    }

    mutating func count(coordinate: Int, kind: Kind) { counts[coordinate * Kind.allCases.count + kind.rawValue] += 1 }

    /// Times that a limit of a joint acted.
    public func joint(_ joint: Int, _ kind: Kind) -> Int {
        counts[(Self.rootNames.count + joint) * Kind.allCases.count + kind.rawValue]
    }

    /// Writes the joints' counts to a list, all kinds of the first joint, then of the next. Allocates only when its size is another.
    public func copyJoints(into list: inout [Int]) {
        let first = Self.rootNames.count * Kind.allCases.count
        let count = counts.count - first
        if list.count != count { list = Array(repeating: 0, count: count) }
        for index in 0..<count { list[index] = counts[first + index] }
    }

    /// Times that a limit of the root acted: `axis` is 0 to 2 for x, y, z, 3 for heading, 4 and 5 for tilt.
    public func root(_ axis: Int, _ kind: Kind) -> Int { counts[axis * Kind.allCases.count + kind.rawValue] }

    /// Times that any limit of a kind acted.
    public func total(_ kind: Kind) -> Int {
        stride(from: kind.rawValue, to: counts.count, by: Kind.allCases.count).reduce(0) { $0 + counts[$1] }
    }
}
