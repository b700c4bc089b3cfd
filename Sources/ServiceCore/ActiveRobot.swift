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
    package func description(_ identity: DaemonIdentity) -> JSONValue {
        let profile = profile
        let joints = profile.drivenJoints
        func list(_ value: (RobotProfile.Joint) -> Double) -> JSONValue { .array(joints.map { JSONValue(value($0)) }) }
        return [
            "robot": .string(name), "display_name": .string(profile.displayName),
            "profile": .string(profile.contentHash), "rate_hz": JSONValue(channel.rate),
            "topic": .string("reference.\(name)."), "quat": "wxyz", "frame_id": "world",
            "units": ["length": "m", "angle": "rad", "time": "s"], "clock": "utc", "generator": .string(identity.model),
            "joint_names": .array(joints.map { .string($0.name) }), "joint_lower": list(\.limits.lower),
            "joint_upper": list(\.limits.upper), "joint_velocity": list(\.limits.velocity),
            "joint_acceleration": list(\.limits.acceleration), "joint_jerk": list(\.limits.jerk),
            "contact_names": .array(ContactChannel.names.map(JSONValue.string)),
            "stand": .array(profile.standPose.jointPositions.map { .number($0) }),
        ]
    }
}
