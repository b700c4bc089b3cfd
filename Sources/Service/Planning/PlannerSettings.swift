/// How far the planner works ahead.
package struct PlannerSettings: Hashable, Sendable {
    /// Motion is generated whenever less than this lies ahead, seconds.
    package var lowWater = 1.0
    /// Time that the first motion of a replacement is expected to take, seconds, until it was measured.
    package var firstMotion = 0.3
    /// How often a replacement that came too late is tried again.
    package var attempts = 4

    package init() {}
}
