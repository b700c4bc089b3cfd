/// How far the planner works ahead.
package struct PlannerSettings: Hashable, Sendable {
    /// Motion is generated whenever less than this lies ahead, seconds.
    package var lowWater = 1.0
    /// The same for an action that shall lead somewhere, of which several versions are made.
    package var goalLowWater = 2.5
    /// Time that the first motion of a replacement is expected to take, seconds, until it was measured.
    package var firstMotion = 0.3
    /// Tokens that a replacement begins with.
    package var hurriedTokens = 2
    /// How often a replacement that came too late is tried again.
    package var attempts = 4

    /// Drafts of an action among which the one is taken that is easiest for the robot, while there is time.
    package var drafts = 3

    package init() {}
}
