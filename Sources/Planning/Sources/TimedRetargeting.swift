package import HumanBody
package import ServiceCore
package import Timeline

/// A retargeter whose steps are timed.
package struct TimedRetargeting<Base: FrameRetargeting>: FrameRetargeting {
    let base: Base
    let times: Histogram

    /// Adds the time of every step of `base` to `times`.
    package init(base: Base, times: Histogram) {
        self.base = base
        self.times = times
    }

    package var pathScale: Double { base.pathScale }
    package func makeState() -> Base.State { base.makeState() }
    package func waypoints(
        for tokens: [[HumanFrame]], from state: Base.State
    ) throws -> [(waypoints: [MotionWaypoint], after: Base.State)] {
        let start = Clock.monotonic()
        defer { times.add(Double(Clock.monotonic() - start) / 1e9) }
        return try base.waypoints(for: tokens, from: state)
    }
}
