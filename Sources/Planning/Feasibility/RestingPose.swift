internal import Geometry

/// Whether a robot could rest as it is: both soles flat on the floor, the centre of mass well over them, the trunk upright.
package struct RestingPose: Hashable, Sendable {
    /// Least distance of the centre of mass from the border of what carries, m.
    package static let margin = 0.02
    /// Greatest lean of the trunk, rad: people stand within it.
    static let tilt = 0.2
    /// Difference of heights on a sole that is flat, and height over the floor of one that carries, each for a metre of the stand.
    static let flat = (spread: 0.026, height: 0.033)

    /// Distance of the centre of mass from the border of the soles that are flat on the floor, m; negative outside, and
    /// minus infinity where none is.
    package var margin: Double
    /// Whether all soles are flat on the floor.
    package var isFlat: Bool
    /// Lean of the trunk, rad.
    package var tilt: Double

    /// Whether the robot could rest so.
    package var isHonest: Bool { isFlat && margin >= Self.margin && tilt <= Self.tilt }

    /// Looks at a frame of a trace.
    package init(_ trace: BodyTrace, _ frame: Int, standHeight: Double) {
        let points = trace.points(frame)
        var down: [Vector3] = []
        var flat = 0
        for range in trace.soles {
            let sole = points[(points.startIndex + range.lowerBound)..<(points.startIndex + range.upperBound)]
            let heights = sole.map(\.z)
            let (low, high) = (heights.min() ?? 0, heights.max() ?? 0)
            guard high - low < Self.flat.spread * standHeight, high < Self.flat.height * standHeight else { continue }
            down += sole
            flat += 1
        }
        isFlat = flat == trace.soles.count
        tilt = trace.instants[frame].tilt
        margin = SupportMargin.margin(of: trace.instants[frame].center, in: down) ?? -.infinity
    }
}
