public import Geometry
public import HumanBody
import HumanMotion

/// Human frames that were retargeted to a robot: consecutive knots of one stretch of motion, on their way to the sinks
/// that track the human itself, and to a recording.
public struct HumanPassage: Hashable, Sendable {
    /// The stretch, as in `MotionChunk.stretch`.
    public var stretch: UInt64
    /// Number of the first frame in its stretch. What was known from there on is no longer so.
    public var firstKnot: Int
    /// The frames, 30 a second.
    public var frames: [HumanFrame]
    /// Orientation of the robot's root in each of them, in the motion's own world.
    public var roots: [Quaternion]

    /// Creates a passage; `roots` has as many elements as `frames`.
    public init(stretch: UInt64, firstKnot: Int, frames: [HumanFrame], roots: [Quaternion]) {
        precondition(roots.count == frames.count, "every frame has a root")
        self.stretch = stretch
        self.firstKnot = firstKnot
        self.frames = frames
        self.roots = roots
    }
}
