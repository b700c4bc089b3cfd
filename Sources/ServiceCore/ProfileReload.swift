internal import Geometry
package import Robots
package import Timeline
package import Wire

/// A changed profile of a robot, and all that its publisher and forecast need to go over to it, made beforehand.
///
/// Whoever takes a player over gives its old one in exchange, so that the publisher thread frees nothing.
package final class ProfileReload: Sendable {
    /// The profile that takes over.
    package let profile: RobotProfile
    /// Frames per second from then on.
    package let rate: Int
    /// For every joint its index among those of the profile so far; nil for a new one.
    package let joints: [Int?]
    private let limits: MotionLimits
    private let stand: RobotConfiguration
    // Each belongs to one thread, which alone touches it once this has been handed over.
    /// What the publisher takes over.
    package nonisolated(unsafe) let forPublisher: Parts
    /// What the forecast takes over.
    package nonisolated(unsafe) let forForecast: Parts

    /// What one thread needs.
    package final class Parts {
        /// A player of the new profile.
        package var player: RobotPlayer
        /// Room for its frames.
        package var frame: PublishedFrame
        /// Writes them.
        package var encoder: ReferenceEncoder

        fileprivate init(
            _ layout: ReferenceEncoder.Layout, _ profile: RobotProfile, rate: Int
        ) throws(StreamMessageError) {
            player = RobotPlayer(profile: profile, streamRate: rate, contactCount: layout.contactCount)
            frame = player.makeFrame()
            encoder = try ReferenceEncoder(layout)
        }
    }

    /// Makes everything for a robot that goes over to `profile`, which has its name.
    package init(of robot: ActiveRobot, to profile: RobotProfile, epoch: Int64) throws(StreamMessageError) {
        self.profile = profile
        rate = Int(profile.stream.rate.rounded())
        let old = robot.profile.jointNames
        joints = profile.jointNames.map { old.firstIndex(of: $0) }
        limits = MotionLimits(profile: profile)
        stand = profile.standPose
        let layout = ReferenceEncoder.Layout(
            robot: profile.name, jointCount: joints.count, contactCount: ContactChannel.names.count,
            rate: Double(rate), epoch: epoch, profile: profile.contentHash)
        forPublisher = try Parts(layout, profile, rate: rate)
        forForecast = try Parts(layout, profile, rate: rate)
    }

    /// What of a pose of the profile so far the new limits do not allow, for a person; nil when all is well.
    func objection(toJoints positions: [Double], rootHeight: Double, rootRotation: Quaternion) -> String? {
        var pose = RobotConfiguration(
            rootPosition: Vector3(0, 0, rootHeight), rootRotation: rootRotation, jointPositions: stand.jointPositions)
        for (joint, old) in joints.enumerated() {
            if let old, old < positions.count { pose.jointPositions[joint] = positions[old] }
        }
        guard let excess = limits.excess(of: pose) else { return nil }
        let names = profile.jointNames
        let part = excess.joint.map { "the joint " + names[$0] } ?? "the root"
        let amount = Int((excess.amount * 1000).rounded(.up))
        return "the pose that is held lies \(amount) mrad or mm outside of its limits at \(part); it takes over when "
            + "the robot holds one inside of them"
    }
}
