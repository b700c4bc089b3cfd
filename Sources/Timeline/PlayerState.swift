/// What a tick of a player changes, besides its limiter and the rest that its plan waits at.
struct PlayerState: Hashable, Sendable {
    /// The frame that the next tick publishes.
    var nextFrame: Int64
    var machine = StreamMachine()
    var timeScaling: TimeScaling
    /// The last frame of the plan that the walk may count on.
    var open: Int64 = 0
    /// The frame at which the plan starts from rest, as long as the walk has not left it.
    var startPoint: Int64?
    /// Where a hold ends on the plan.
    var holdPoint: Int64?
    /// The plan's frame in which a stop reaches the stand pose.
    var standPoint: Int64?
    /// How many frames of the way to the measured pose and back have been published; nil off that way.
    var rampFrame: Int64?
    /// How low soles may be on that way, m.
    var rampFloor = 0.0
    /// How much higher than planned the root is, m, where joints that cannot follow the plan would put soles under the floor.
    var rise = 0.0
    /// Which ends of the soles stand.
    var soles = SoleContacts()
    /// How far the player has come in following a live person; nil while it follows none.
    var live: LiveProgress?
    /// How many frames of the way to their pose the posed joints have gone; nil when none is posed.
    var poseAge: Double?

    // What has been told to subscribers.
    var reported: Int64 = 0
    var tag = MotionTag.none
    var isRested = true
}
