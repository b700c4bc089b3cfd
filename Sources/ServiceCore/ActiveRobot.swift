internal import Geometry
package import Robots
internal import Synchronization
package import Wire

/// A robot that this daemon drives.
package final class ActiveRobot: Sendable {
    /// Its name.
    package let name: String
    /// The way to its player on the publisher thread.
    package let channel: RobotChannel
    private let current: Mutex<RobotProfile>

    /// Its profile, which another one of its name may succeed.
    package var profile: RobotProfile {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// Joins a profile and its channel.
    package init(profile: RobotProfile, channel: RobotChannel) {
        name = profile.name
        current = Mutex(profile)
        self.channel = channel
    }

    /// All that is static: what a subscriber needs to read the stream.
    package func description(_ identity: DaemonIdentity) -> StreamDescription {
        let profile = profile
        let joints = profile.drivenJoints
        var description = StreamDescription(
            robot: name, displayName: profile.displayName, profile: profile.contentHash, rateHz: channel.rate,
            generator: identity.model, jointNames: joints.map(\.name), contactNames: ContactChannel.names)
        description.jointLower = joints.map(\.limits.lower)
        description.jointUpper = joints.map(\.limits.upper)
        description.jointVelocity = joints.map(\.limits.velocity)
        description.jointAcceleration = joints.map(\.limits.acceleration)
        description.jointJerk = joints.map(\.limits.jerk)
        let facing = profile.facing
        description.facing = [facing.w, facing.x, facing.y, facing.z]
        description.stand = profile.standPose.jointPositions
        return description
    }
}
