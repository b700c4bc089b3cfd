import Geometry

/// Which ends of a robot's soles stand, judged on the frames that are published.
///
/// An end comes to stand when its lowest corner is on the floor and hardly moves, and leaves when it is lifted or slips; an end that
/// is lower does not slide either. What a receiver computes from two frames by the robot's own kinematics agrees with it.
struct SoleContacts: Hashable, Sendable {
    /// Heights of the lowest corner at which an end comes to stand and leaves, m.
    private static let heights = (enter: 0.008, leave: 0.012)
    /// Speeds of that corner at which an end comes to stand and leaves, m/s: what claims to stand is slower than 0.1 m/s.
    private static let speeds = (enter: 0.07, leave: 0.09)

    private var left: RigidTransform?
    private var right: RigidTransform?
    /// One bit for each end: left heel, left toe, right heel, right toe.
    private var standing: UInt8 = 0

    /// Number of ends.
    static let count = 4

    /// Judges the next frame, whose contacts it sets. Allocates nothing.
    mutating func judge(_ frame: inout PublishedFrame, _ soles: SoleKinematics, rate: Double) {
        let now = soles.poses(frame)
        var (heights, speeds) = (SIMD4<Double>(), SIMD4<Double>())
        soles.forEachEnd(from: (left ?? now.left, right ?? now.right), to: now) { end, corners, before, now in
            var lowest = (place: Vector3.zero, corner: Vector3.zero)
            lowest.place.z = .infinity
            for corner in corners {
                let place = now.act(corner)
                if place.z < lowest.place.z { lowest = (place, corner) }
            }
            heights[end] = lowest.place.z
            speeds[end] = (lowest.place - before.act(lowest.corner)).length * rate
        }
        var stands: UInt8 = 0
        for end in 0..<Self.count {
            // A sole that slides with its lower end does not stand on the other.
            let other = end ^ 1
            let speed = heights[other] < heights[end] ? max(speeds[end], speeds[other]) : speeds[end]
            let stood = standing & (1 << UInt8(end)) != 0
            let (height, slow) =
                stood ? (Self.heights.leave, Self.speeds.leave) : (Self.heights.enter, Self.speeds.enter)
            if heights[end] < height, speed < slow { stands |= 1 << UInt8(end) }
        }
        (left, right, standing) = (now.left, now.right, stands)
        for end in 0..<Self.count { frame.contacts[end] = stands & (1 << UInt8(end)) != 0 ? 1 : 0 }
    }
}
