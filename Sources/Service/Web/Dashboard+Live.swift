internal import Geometry
internal import JSON
internal import Publishing
internal import Robots
internal import ServiceCore
internal import Wire

/// What the page hears: once who the robots are, twenty times a second how they stand, twice a second how things are.
extension Dashboard {
    func live() -> AsyncStream<String> { feed.join(greeting: greeting.text) }

    private var greeting: JSONValue {
        [
            "type": "hello", "build": .string(metrics.identity.build), "model": .string(metrics.identity.model),
            "commands": .bool(guardian.token != nil),
            "robots": .array(
                robots.all.compactMap { robot in
                    (try? RobotDrawing(robot.profile))?
                        .description(rate: robot.channel.rate, mesh: meshes.address(of: robot.name))
                }),
        ]
    }

    /// Tells an event. What limits did is not kept: it comes every second and would push all else out.
    static func tell(_ topic: String, _ body: [UInt8], to feed: LiveFeed) {
        let event = String(decoding: body, as: UTF8.self)
        let isKept = !topic.hasPrefix("profile.") && !event.contains(#""event":"limits""#)
        guard isKept || feed.isHeard else { return }
        feed.tell(topic: JSONValue.string(topic).text, event: event, isKept: isKept)
    }

    /// Tells how things are, while anyone listens.
    func run() async {
        var drawings: [String: RobotDrawing] = [:]
        var round = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(50))
            guard feed.isHeard else { continue }
            round += 1
            var shown: [JSONValue] = []
            for robot in robots.all {
                let profile = robot.profile
                if drawings[robot.name]?.profile != profile.contentHash {
                    drawings[robot.name] = try? RobotDrawing(profile)
                    if round > 1 { feed.send(greeting.text) }
                }
                guard let drawing = drawings[robot.name], let pose = pose(of: robot, drawing) else { continue }
                shown.append(pose)
            }
            feed.send(JSONValue.object([.init("type", "pose"), .init("robots", .array(shown))]).text)
            if round % 10 == 1 { feed.send(await status.text) }
        }
    }

    private func pose(of robot: ActiveRobot, _ drawing: RobotDrawing) -> JSONValue? {
        let (pose, status) = (robot.channel.pose, robot.channel.status)
        let count = robot.profile.jointNames.count
        guard pose.jointPositions.count == count else { return nil }
        var members = Reply.members(status.description(of: robot.name))
        members += [
            .init("bodies", drawing.bodies(pose)), .init("joints", RobotDrawing.numbers(pose.jointPositions)),
            .init("contacts", RobotDrawing.numbers(robot.channel.contacts.map(Double.init))),
        ]
        if let measured = robot.channel.measured(at: Clock.monotonic()), measured.jointPositions.count == count {
            // Without a place of its own it is shown where the reference is.
            let place = RobotConfiguration(
                rootPosition: measured.rootPosition ?? pose.rootPosition,
                rootRotation: measured.rootRotation ?? pose.rootRotation, jointPositions: measured.jointPositions)
            members += [
                .init("measured", drawing.bodies(place)),
                .init("measured_joints", RobotDrawing.numbers(measured.jointPositions)),
            ]
        }
        if let joints = people.joints(of: robot.name, status, at: pose) {
            members.append(.init("person", RobotDrawing.numbers(joints.flatMap { [$0.x, $0.y, $0.z] })))
        }
        return .object(members)
    }

    private var status: JSONValue {
        get async {
            let lateness = publisher.ticks > 0 ? publisher.lateness.histogram : nil
            return .object([
                .init("type", "status"), .init("queues", JSONValue(encoding: await server.queues())),
                .init("bounds_us", .array(Lateness.bounds.map { JSONValue($0) })),
                .init("lateness", .array(lateness?.counts.map { JSONValue($0) } ?? [])),
                .init("people", JSONValue(encoding: metrics.people.list().people)),
            ])
        }
    }
}
