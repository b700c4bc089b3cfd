package import Robots
internal import Synchronization
package import Wire

/// Who answers: what every reply and message can say of this process.
package struct DaemonIdentity: Hashable, Sendable {
    /// Version of the program.
    package var build: String
    /// Random number of this start, below 2^53 so that every JSON reader keeps it.
    package var epoch: Int64
    /// What generates the motion.
    package var model: String

    /// The identity of a process that starts now.
    package init(model: String) {
        build = Release.version
        epoch = Int64.random(in: 1..<1 << 52)
        self.model = model
    }
}

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

/// The contact channels of the stream.
package enum ContactChannel {
    /// Their names in order.
    package static let names = ["left_heel", "left_toe", "right_heel", "right_toe"]
}

/// The robots of this daemon.
package struct RobotList: Sendable {
    /// In the configured order.
    package let all: [ActiveRobot]
    /// The one that is meant when a request names none.
    package let `default`: ActiveRobot

    /// Creates a list; nil without a robot.
    package init?(_ robots: [ActiveRobot]) {
        guard let first = robots.first else { return nil }
        all = robots
        self.default = first
    }

    /// The robot of that name, or the default one.
    package func find(_ name: String?) throws(RequestError) -> ActiveRobot {
        guard let name else { return self.default }
        guard let robot = all.first(where: { $0.name == name }) else {
            throw RequestError(
                .unknownRobot,
                "there is no robot \"\(name.prefix(64))\"; active: \(all.map(\.name).joined(separator: ", "))",
                field: "robot")
        }
        return robot
    }

    /// The robots of those names, or the default one.
    package func find(_ names: [String]) throws(RequestError) -> [ActiveRobot] {
        if names.isEmpty { return [self.default] }
        var found: [ActiveRobot] = []
        for name in names { found.append(try find(name)) }
        return found
    }

    /// Carries out one of the stopping verbs or `resume` on all robots that a request names, or on none when one is unknown.
    ///
    /// - Parameters:
    ///   - request: Its verb is `hold`, `stop`, `halt`, `reset` or `resume`.
    ///   - done: Hears of every robot on which the verb took effect.
    /// - Returns: The members of the reply: the frame of the first robot and, for several, of each.
    /// - Throws: What the first robot says that refuses.
    package func perform(_ request: Request, done: (String) -> Void) throws(RequestError) -> [JSONValue.Member] {
        let asked = try find(request.robots)
        var frames: [JSONValue.Member] = []
        var starts: [JSONValue] = []
        for robot in asked {
            let start = request.verb == .resume ? robot.channel.resumeStart : nil
            let frame = try robot.channel.perform(request.verb, of: robot.profile)
            frames.append(.init(robot.name, .integer(frame)))
            if let start { starts.append(start.json(of: robot.name)) }
            done(robot.name)
        }
        var members: [JSONValue.Member] = [
            .init("verb", .string(request.verb.name)), .init("frame", frames.first?.value ?? .null),
        ]
        if frames.count > 1 { members.append(.init("frames", .object(frames))) }
        if !starts.isEmpty { members.append(.init("starts", .array(starts))) }
        return members
    }
}
