public import Geometry

/// A change to a robot's stream: made on any thread, applied between two ticks by the thread that owns the player.
public enum PlayerEdit: Sendable {
    /// From rest: go to where the robot is measured to be. What is planned next starts from there; a plan that a hold keeps
    /// back goes on when the hold's pose is reached again.
    case meet(MeasuredPose)
    /// Wait for companions that play the same motion: this player is ahead by so many stream frames.
    case keepStep(lead: Double)
    /// Motion for the end of the plan: goes on exactly where its trajectory does, else bridges from the plan's end.
    case append(MotionChunk)
    /// Motion in place of the plan, from the next frame that may change. Ends a hold, and a stop that is under way. A
    /// chunk shorter than about 0.3 s leaves so little plan that the robot starts to brake for its end at once.
    case replace(MotionChunk)
    /// As a replacement, but a hold, and a stop that is under way, go on: for motion that another takes the place of before
    /// anybody asked for it.
    case revise(MotionChunk)
    /// Go over to a live person, whole in place of the plan or with some joints over it. Ends a hold. Any motion, a hold or a
    /// stop ends it.
    case follow(LiveFollow)
    /// Where the person has the robot next.
    case aim(LivePose)
    /// Let go of the person: come to rest, or go on with the plan.
    case unfollow
    /// Have joints go to positions, radians or metres, and stay there, whatever plan and person say; one value for each joint, nil
    /// for those that are left as they are.
    case pose([Double?])
    /// Drops the plan behind `frame` of the stream at the earliest (never frames that can't change any more), and comes
    /// to rest there.
    case truncate(frame: Int64)
    /// Come to rest on the planned path, on both feet where that is near; the plan is kept.
    case hold
    /// Go on after a hold.
    case resume
    /// Drop the plan, come to rest, go to the stand pose.
    case stop
    /// The shortest stop within limits, wherever the body is; latched.
    case halt
    /// End a halt; the robot holds where it is.
    case reset
    /// Stop for good: as `stop`, and no edit but `halt` is taken afterwards.
    case shutdown
}

/// Where the sensors of a robot say that it is. Its place and heading are not asked for: they are of another world.
public struct MeasuredPose: Hashable, Sendable {
    /// Position of every joint, radians.
    public var jointPositions: [Double]
    /// Height of the root over the floor, metres, where known.
    public var rootHeight: Double?
    /// Orientation of the root, of which the tilt counts, where known.
    public var rootRotation: Quaternion?

    /// Creates a pose.
    public init(jointPositions: [Double], rootHeight: Double? = nil, rootRotation: Quaternion? = nil) {
        self.jointPositions = jointPositions
        self.rootHeight = rootHeight
        self.rootRotation = rootRotation
    }
}

/// What an edit did.
public enum EditOutcome: Hashable, Sendable {
    /// Motion is on the plan.
    case planned(Splice)
    /// The verb takes effect with this frame; repeated, it names the frame of the first time.
    case effective(frame: Int64)
    /// Nothing changed.
    case refused(EditRefusal)
}

/// Where new motion joined the plan. Frames are those of the stream if nothing slows it down.
public struct Splice: Hashable, Sendable {
    /// The first frame that the new motion decides.
    public var firstFrame: Int64
    /// The first frame that differs from what the old plan would have published by more than 0.005 rad (or, for the
    /// root's position, 5 mm); nil when none does within this chunk.
    public var changedFrame: Int64?
    /// The frame after the last planned one.
    public var endFrame: Int64
    /// Whether a bridge was needed, as the motion did not start where the plan was.
    public var isBridged: Bool
}

/// Why an edit was refused.
public enum EditRefusal: String, Error, Hashable, Sendable, CaseIterable {
    /// The stream is halted; only a reset helps.
    case halted
    /// The stream is not halted, or still comes to rest: there is nothing to reset.
    case notHalted
    /// The daemon is shutting down.
    case shuttingDown
    /// The chunk has no frames.
    case empty
    /// The plan has no room for the chunk; try again when some of it was played.
    case full
    /// The chunk was made for another robot or another rate.
    case mismatch
    /// The robot moves, or motion is planned.
    case moving
    /// The measured pose is farther away than a ramp may go (``RobotPlayer/farthestStart``).
    case tooFar
    /// The chunk ends before the first frame that may change: generate further.
    case tooLate
}

/// Something that happened in the stream with a frame.
public enum PlayerNotice: Hashable, Sendable {
    /// The first frame of a segment of a command was published.
    case began(MotionTag)
    /// The last frame of a segment was published.
    case endedSegment(MotionTag)
    /// The last frame of a command was published.
    case endedCommand(MotionTag)
    /// The plan ran dry before the command's last frame.
    case underrun(MotionTag)
    /// The limits would have moved a joint by so much, radians or metres, off what was planned: the robot holds.
    case rejected(MotionTag, joint: Int, by: Double)
    /// The robot has come to rest (after a hold, a stop, a halt, or at the end of the plan).
    case rested
}
