package import Timeline
package import Wire

extension RobotChannel {
    /// The stream as of the last tick.
    package struct Status: Sendable {
        /// The frame published last; -1 before the first.
        package var frame: Int64 = -1
        /// What the stream is doing.
        package var state = StreamState.holding
        /// What the frame belongs to.
        package var tag = MotionTag.none
        /// The trajectory of motion that the frame shows; 0 when it shows none.
        package var trajectory: UInt64 = 0
        /// The frame's place in it, in human frames.
        package var waypoint = 0.0
        /// The trajectory of the first frame that may change; 0 when the plan ends before it.
        package var changeableTrajectory: UInt64 = 0
        /// That frame's place in its trajectory, in human frames.
        package var changeableWaypoint = 0.0
        /// Frames of plan ahead, those on their way to the player included.
        package var framesAhead: Int64 = 0
        /// Whether the robot is at rest and nothing is planned.
        package var isSettled = true
        /// Whether the robot rests, be it with a plan that a hold keeps back.
        package var isResting = true
        /// Whether a hold is in force.
        package var isHeld = false
        /// Whether the robot follows a live person.
        package var isFollowing = false
        /// Whether it is still on its way there.
        package var isJoining = false
        /// Whether the player has not yet taken, or not yet told of, all the motion sent to it.
        package var hasMotionInFlight = false
        /// The number of stops and halts so far.
        package var stopCount = 0
        /// Times that limits acted since the start.
        package var limits = LimitTotals()
        /// Times that the plan ran dry before a command's end.
        package var underruns = 0

        /// A stream that rests, before its first frame.
        package init() {}

        /// Whether the robot rests and nothing of a plan lies ahead, on its way included.
        package var isIdle: Bool { isSettled && framesAhead == 0 }
    }

    /// How often limits acted, over all joints.
    package struct LimitTotals: Hashable, Sendable {
        /// A joint's range, or the root's height and tilt.
        package var position = 0
        /// Speed.
        package var velocity = 0
        /// Acceleration.
        package var acceleration = 0
        /// Jerk.
        package var jerk = 0
        /// Frames in which the whole motion was slowed down along its path.
        package var slowedFrames = 0

        /// None so far.
        package init() {}
    }
}

extension RobotChannel.Status {
    /// The status of a robot as `status` shows it, without its queue.
    package func description(of robot: String) -> StatusAnswer.Robot {
        let isAsked = tag.command != 0
        return StatusAnswer.Robot(
            robot: robot, state: state.rawValue, frame: frame,
            command: isAsked ? CommandName.text(Int64(clamping: tag.command)) : nil,
            segment: isAsked ? Int64(tag.segment) : nil, framesAhead: framesAhead, held: isHeld, settled: isSettled,
            limits: .init(
                position: limits.position, velocity: limits.velocity, acceleration: limits.acceleration,
                jerk: limits.jerk, slowedFrames: limits.slowedFrames),
            underruns: underruns)
    }
}
