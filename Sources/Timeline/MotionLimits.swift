public import Geometry
public import Robots

/// What a published stream keeps to, judged on finite differences of its frames.
public struct MotionLimits: Hashable, Sendable {
    /// Limits of every joint in the robot's joint order.
    public var joints: [JointLimits]
    /// Limits of the root.
    public var root: RootLimits
    /// Distance kept from both ends of a joint's range, radians.
    public var softMargin: Double
    /// Distance from its reference, radians or metres, at which a joint has the robot hold; nil to go on at any.
    public var rejectDistance: Double?

    /// Creates limits from their parts.
    public init(
        joints: [JointLimits], root: RootLimits = RootLimits(), softMargin: Double = 0.01, rejectDistance: Double? = nil
    ) {
        self.joints = joints
        self.root = root
        self.softMargin = softMargin
        self.rejectDistance = rejectDistance
    }

    /// The limits that a profile states.
    public init(profile: RobotProfile) {
        self.init(
            joints: profile.jointLimits,
            root: RootLimits(
                lowestHeight: profile.limits.rootHeightLower, highestHeight: profile.limits.rootHeightUpper,
                tilt: profile.limits.tilt, planarSpeed: profile.limits.planarSpeed, yawRate: profile.limits.yawRate),
            softMargin: profile.limits.softMargin,
            rejectDistance: profile.limits.policy == .reject ? profile.limits.rejectDistance : nil)
        root.facing = profile.facing
    }
}

/// Limits of the root body. Profiles state the first five; the others are bounds that only broken motion reaches.
public struct RootLimits: Hashable, Sendable {
    /// Least height of the root over the floor, metres.
    public var lowestHeight: Double
    /// Greatest height of the root over the floor, metres.
    public var highestHeight: Double
    /// Greatest angle between what is up in the root and the vertical, radians, below 3.
    public var tilt: Double
    /// Greatest horizontal speed, m/s.
    public var planarSpeed: Double
    /// Greatest speed of the heading, rad/s.
    public var yawRate: Double
    /// How x ahead, y left and z up lie in the root body's own frame; heading and tilt are those of that frame.
    public var facing = Quaternion.identity
    /// Greatest vertical speed, m/s.
    public var verticalSpeed = 4.0
    /// Greatest speed of each component of the tilt, rad/s.
    public var tiltRate = 8.0
    /// Greatest acceleration along each axis, m/s².
    public var linearAcceleration = 60.0
    /// Greatest jerk along each axis, m/s³.
    public var linearJerk = 4_000.0
    /// Greatest acceleration of heading and tilt, rad/s².
    public var angularAcceleration = 200.0
    /// Greatest jerk of heading and tilt, rad/s³.
    public var angularJerk = 8_000.0

    /// Creates limits; the defaults suit a humanoid of 1.3 m.
    public init(
        lowestHeight: Double = 0.2, highestHeight: Double = 1.2, tilt: Double = 1.2, planarSpeed: Double = 3,
        yawRate: Double = 6
    ) {
        self.lowestHeight = lowestHeight
        self.highestHeight = highestHeight
        self.tilt = min(tilt, 3)
        self.planarSpeed = planarSpeed
        self.yawRate = yawRate
    }
}

extension MotionLimits {
    /// Limits of all coordinates, the root's six first, in units of frames of a stream of `rate` frames per second.
    ///
    /// A thousandth inside, so that rounding never shows.
    func axes(rate: Double) -> [AxisLimits] {
        func axis(
            _ lower: Double, _ upper: Double, _ velocity: Double, _ acceleration: Double, _ jerk: Double
        ) -> AxisLimits {
            AxisLimits(
                lower: lower, upper: upper, velocity: min(velocity, 1e3), acceleration: min(acceleration, 1e5),
                jerk: min(jerk, 1e7), rate: rate
            ).scaled(by: 0.999)
        }
        let free = Double.infinity
        let (linear, angular) = (root.linearAcceleration, root.angularAcceleration)
        return [
            axis(-free, free, root.planarSpeed, linear, root.linearJerk),
            axis(-free, free, root.planarSpeed, linear, root.linearJerk),
            axis(root.lowestHeight, root.highestHeight, root.verticalSpeed, linear, root.linearJerk),
            axis(-free, free, root.yawRate, angular, root.angularJerk),
            axis(-root.tilt, root.tilt, root.tiltRate, angular, root.angularJerk),
            axis(-root.tilt, root.tilt, root.tiltRate, angular, root.angularJerk),
        ]
            + joints.map { joint in
                let margin = max(min(softMargin, (joint.upper - joint.lower) / 2), 0)
                return axis(
                    joint.lower + margin, joint.upper - margin, joint.velocity, joint.acceleration, joint.jerk)
            }
    }

    /// How far a pose lies outside of the limits of position, and at which joint; a nil joint is the root. Nil inside.
    public func excess(of pose: RobotConfiguration) -> (joint: Int?, amount: Double)? {
        let coordinates = pose.coordinates(yawNear: 0, facing: root.facing)
        var worst: (joint: Int?, amount: Double)?
        for (index, (inside, wanted)) in zip(clamped(coordinates, axes(rate: 50)), coordinates).enumerated() {
            let amount = abs(inside - wanted)
            if amount >= 1e-6, amount > worst?.amount ?? 0 {
                worst = (index < RootCoordinates.count ? nil : index - RootCoordinates.count, amount)
            }
        }
        return worst
    }

    /// The nearest coordinates within the limits of position.
    func clamped(_ coordinates: [Double], _ axes: [AxisLimits]) -> [Double] {
        var result = zip(coordinates, axes).map { min(max($0, $1.lower), $1.upper) }
        let (x, y) = (result[RootCoordinates.tiltX], result[RootCoordinates.tiltY])
        let length = (x * x + y * y).squareRoot()
        if length > root.tilt {
            result[RootCoordinates.tiltX] = x * root.tilt / length
            result[RootCoordinates.tiltY] = y * root.tilt / length
        }
        return result
    }
}
