import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The heading of a moving body, also while it lies.
///
/// The facing direction is the pelvis' forward axis seen from above. It says nothing once that axis nears the vertical,
/// and turns half around where a body lies down past it. So the heading is held there, and afterwards comes back at a
/// bounded rate. Features can be inverted whatever the heading is.
struct HeadingFollower {
    /// Least length of the forward axis seen from above: 30 degrees from the vertical.
    private static let flatness = 0.5
    /// Radians per frame while coming back.
    private static let rate = 0.1

    private var heading: Double
    private var isFollowing = true

    /// Starts at a heading as an angle about y from +z, radians.
    init(heading: Double) { self.heading = heading }

    /// The heading of the next frame, radians.
    mutating func follow(_ frame: HumanFrame) -> Double {
        guard let facing = frame.heading, frame.facingLength > Self.flatness else {
            isFollowing = false
            return heading
        }
        let step = remainder(facing - heading, 2 * .pi)
        isFollowing = isFollowing || abs(step) <= Self.rate
        heading = isFollowing ? facing : heading + (step < 0 ? -Self.rate : Self.rate)
        return heading
    }
}
