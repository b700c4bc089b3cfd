public import Geometry
public import HumanBody
import HumanMotion

/// Human frames that were retargeted to a robot: consecutive waypoints of one trajectory of motion, on their way to the sinks
/// that track the human itself, and to a recording.
public struct HumanChunk: Hashable, Sendable {
    /// The trajectory, as in `MotionChunk.trajectory`.
    public var trajectory: UInt64
    /// Number of the first frame in its trajectory. What was known from there on is no longer so.
    public var firstWaypoint: Int
    /// The frames, 30 a second.
    public var frames: [HumanFrame]
    /// Orientation of the robot's root in each of them, in the motion's own world.
    public var roots: [Quaternion]

    /// Creates a chunk of human motion; `roots` has as many elements as `frames`.
    public init(trajectory: UInt64, firstWaypoint: Int, frames: [HumanFrame], roots: [Quaternion]) {
        precondition(roots.count == frames.count, "every frame has a root")
        self.trajectory = trajectory
        self.firstWaypoint = firstWaypoint
        self.frames = frames
        self.roots = roots
    }
}
