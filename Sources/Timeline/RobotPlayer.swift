internal import Geometry
public import Robots

/// The stream of one robot: timeline, limiter and stop verbs in one value. Pure: no clock, no input or output.
///
/// One thread owns it, applies edits that others made, and ticks it once for every frame:
///
///     var player = RobotPlayer(profile: profile, streamRate: 50, contactCount: 4)
///     var frame = player.makeFrame()
///     while running {                               // the publisher thread, on absolute deadlines
///         while let edit = mailbox.next() { report(player.apply(edit)) }
///         player.tick(into: &frame)                 // no allocation; fills every field of `frame`
///         publish(frame)                            // and hands on frame.notices
///     }
///
/// Motion comes from elsewhere in chunks, for each trajectory of endless motion through a ``MotionResampler``:
///
///     var resampler = MotionResampler(trajectory: 1, jointCount: 29, contactCount: 4, streamRate: 50)
///     mailbox.put(.replace(try resampler.append(waypoints, tag: tag)))         // the first chunk of a new plan
///     mailbox.put(.append(try resampler.append(more, tag: tag)))           // continues exactly
///     mailbox.put(.append(resampler.finish()))                             // nothing follows for now
///
/// To rewind a generator, restore it together with the copy of the resampler kept at that token, and `replace` with the chunks
/// made from there: the timeline finds the frame at which the old plan may still change by its number in the trajectory.
public struct RobotPlayer: Sendable {
    /// Stream frames per second.
    public let streamRate: Int
    /// Number of joints.
    public let jointCount: Int
    /// Number of contact values.
    public let contactCount: Int
    /// Frames behind the one published last that appended motion leaves as they are; a replacement may change the very next.
    public let spliceDelay: Int64
    /// Greatest distance of a joint from where a start ramps to, radians.
    public static let farthestStart = 1.2

    let rate: Double
    let axes: [AxisLimits]
    let facing: Quaternion
    let rejectDistance: Double?
    let stand: [Double?]
    /// The robot's soles; nil where they are not known.
    private(set) var soles: SoleKinematics?
    /// Whether contacts are the robot's own, and not what the plan says of them.
    private(set) var judgesContacts = false
    var timeline: MotionTimeline
    var limiter: Limiter
    /// All else that a tick changes.
    var state: PlayerState
    /// The end of a ramp to the measured pose: nothing cuts it short but a stop or a halt.
    var meetPoint: Int64?
    /// The way to the measured pose and back before a hold ends.
    var ramp: RampMotion
    /// The live person who is followed.
    var live: LiveSource
    /// The joints that keep to a pose.
    var posed: PosedJoints
    /// Stream frames by which this player is ahead of companions.
    var lead = 0.0

    // What the frame being made is about to tell.
    var rejected: (joint: Int, distance: Double)?

    // Scratch: the plan where the walk is.
    var values: [Double]
    var slopes: [Double]

    /// A stream at rest.
    ///
    /// - Parameters:
    ///   - limits: What every published frame keeps to.
    ///   - stand: The pose for `stop`; the root's place and heading are taken from where the robot is.
    ///   - start: Where the robot is now: measured, or nil for the stand pose. Moved into the limits if it lies outside.
    ///   - streamRate: Frames per second, 30 to 500.
    ///   - contactCount: Number of contact values in each frame.
    ///   - capacity: Greatest length of the plan, seconds.
    ///   - spliceDelay: Time behind the frame published last in which appended motion changes nothing, seconds.
    ///   - firstFrame: Index of the first frame.
    public init(
        limits: MotionLimits, stand: RobotConfiguration, start: RobotConfiguration? = nil, streamRate: Int,
        contactCount: Int, capacity: Double = 60, spliceDelay: Double = 0.02, firstFrame: Int64 = 0
    ) {
        precondition((30...500).contains(streamRate), "stream rates are 30 to 500 Hz")
        self.streamRate = streamRate
        jointCount = limits.joints.count
        self.contactCount = contactCount
        rate = Double(streamRate)
        self.spliceDelay = Int64((spliceDelay * rate).rounded(.up))

        axes = limits.axes(rate: rate)
        facing = limits.root.facing
        rejectDistance = limits.rejectDistance
        let standing = limits.clamped(stand.coordinates(yawNear: 0, facing: limits.root.facing), axes)
        let pose = limits.clamped((start ?? stand).coordinates(yawNear: 0, facing: limits.root.facing), axes)
        // The stand pose has no place and no heading of its own.
        let free: Set = [RootCoordinates.x, RootCoordinates.y, RootCoordinates.yaw]
        self.stand = standing.enumerated().map { free.contains($0.offset) ? nil : $0.element }

        timeline = MotionTimeline(
            pose: pose, limits: axes, contactCount: contactCount, capacity: Int(capacity * rate),
            paceRise: 1.4 * TimeScaling.gentleAcceleration / rate)
        ramp = RampMotion(dimension: pose.count)
        live = LiveSource(dimension: pose.count, contactCount: contactCount)
        posed = PosedJoints(dimension: pose.count)
        limiter = Limiter(
            pose: pose, limits: axes, planarSpeed: axes[RootCoordinates.x].velocity, tilt: limits.root.tilt)
        state = PlayerState(nextFrame: firstFrame, timeScaling: TimeScaling(at: 0, streamRate: rate))
        values = pose.map { $0 }
        slopes = Array(repeating: 0, count: pose.count)
    }

    /// A stream of the robot that a profile describes, at rest. Its frames' four contacts are those of the robot's own soles; a robot
    /// without feet has none.
    public init(
        profile: RobotProfile, start: RobotConfiguration? = nil, streamRate: Int, contactCount: Int,
        firstFrame: Int64 = 0
    ) {
        self.init(
            limits: MotionLimits(profile: profile), stand: profile.standPose, start: start, streamRate: streamRate,
            contactCount: contactCount, firstFrame: firstFrame)
        let soles = SoleKinematics(profile)
        if contactCount == SoleContacts.count { (self.soles, judgesContacts) = (soles, true) }
        timeline.lift = SoleLift(soles, facing: facing, streamRate: streamRate, capacity: timeline.capacity)
    }

    /// A frame of the right size for ``tick(into:)``.
    public func makeFrame() -> PublishedFrame {
        PublishedFrame(jointCount: jointCount, contactCount: contactCount)
    }

    /// The frame that the next tick publishes.
    public var nextFrame: Int64 { state.nextFrame }

    /// Whether a hold is in force.
    public var isHeld: Bool { state.machine.isHeld }

    /// How often limits acted since the stream began, by coordinate and kind.
    public var limiterCounts: LimiterCounts { limiter.counts }
}
