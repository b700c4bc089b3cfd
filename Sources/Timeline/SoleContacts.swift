import Geometry

/// Which ends of a robot's soles stand, judged on the frames that are published.
///
/// An end comes to stand when its lowest corner is on the floor and hardly moves, and leaves when it is lifted or slips. What a
/// receiver computes from two frames by the robot's own kinematics agrees with it.
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
        var stands: UInt8 = 0
        soles.forEachEnd(from: (left ?? now.left, right ?? now.right), to: now) { end, corners, before, now in
            var lowest = (place: Vector3.zero, corner: Vector3.zero)
            lowest.place.z = .infinity
            for corner in corners {
                let place = now.act(corner)
                if place.z < lowest.place.z { lowest = (place, corner) }
            }
            let speed = (lowest.place - before.act(lowest.corner)).length * rate
            let stood = standing & (1 << UInt8(end)) != 0
            let (height, slow) =
                stood ? (Self.heights.leave, Self.speeds.leave) : (Self.heights.enter, Self.speeds.enter)
            if lowest.place.z < height, speed < slow { stands |= 1 << UInt8(end) }
        }
        (left, right, standing) = (now.left, now.right, stands)
        for end in 0..<Self.count { frame.contacts[end] = stands & (1 << UInt8(end)) != 0 ? 1 : 0 }
    }
}
