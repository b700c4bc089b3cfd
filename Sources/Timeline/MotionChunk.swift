/// A run of motion at the stream rate, ready to be put on a timeline: made off the publisher thread, applied on it.
///
/// Comes from a ``MotionResampler``. Its frames are in the motion's own world; the timeline carries them over to where
/// the robot is.
public struct MotionChunk: Sendable {
    /// What one frame belongs to, and what it ends.
    struct Label: Hashable, Sendable {
        var tag = MotionTag.none
        /// The endless motion that the frame is part of; 0 for ramps.
        var trajectory: UInt64 = 0
        /// Number of the frame in its trajectory.
        var sample = 0
        /// Place on the generator's clock, in human frames since the trajectory began.
        var waypoint = 0.0
        var endsSegment = false
        var endsCommand = false
        /// Whether the robot could stand still like this.
        var isBalanced = false
    }

    /// The endless motion that this is a part of.
    public let trajectory: UInt64
    /// Number of the first frame in its trajectory.
    public let firstSample: Int
    /// Stream frames per second.
    public let streamRate: Int
    /// Numbers for each frame: position, velocity and acceleration of every coordinate, in units of stream frames.
    let dimension: Int
    let contactCount: Int
    /// [frame][position | velocity | acceleration][coordinate].
    var points: [Double] = []
    /// [frame][contact].
    var contacts: [Float] = []
    var labels: [Label] = []

    /// Number of frames.
    public var count: Int { labels.count }
    /// Whether there are no frames (waypoints were taken in, but the curve ahead of them is not yet known).
    public var isEmpty: Bool { labels.isEmpty }
    /// Length, seconds.
    public var duration: Double { Double(count) / Double(streamRate) }

    /// Adds the chunk that the same resampler made next. Chunks that do not follow are left out.
    public mutating func append(_ next: MotionChunk) {
        guard next.trajectory == trajectory, next.firstSample == firstSample + count else { return }
        points += next.points
        contacts += next.contacts
        labels += next.labels
    }
}
