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

    /// Tells how things are while anyone listens, and keeps what the robots do for those who come later.
    func run() async {
        var drawings: [String: RobotDrawing] = [:]
        var round = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(50))
            round += 1
            let isKept = round.isMultiple(of: 2)
            guard feed.isHeard || isKept else { continue }
            let shown = robots.all.compactMap { robot in
                let profile = robot.profile
                return ShownMoment(robot, profile, people).map { (robot: robot.name, profile: profile, moment: $0) }
            }
            if isKept { await past.note(shown.map { ($0.robot, $0.profile.contentHash, $0.moment) }) }
            guard feed.isHeard else { continue }
            let isFirst = drawings.isEmpty
            let poses = shown.compactMap { robot, profile, moment -> JSONValue? in
                if drawings[robot]?.profile != profile.contentHash {
                    drawings[robot] = try? RobotDrawing(profile)
                    if !isFirst { feed.send(greeting.text) }
                }
                return drawings[robot].map { moment.json(of: robot, $0) }
            }
            feed.send(JSONValue.object([.init("type", "pose"), .init("robots", .array(poses))]).text)
            if round % 10 == 1 { feed.send(await status.text) }
        }
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
