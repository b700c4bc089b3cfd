internal import Logging
internal import Publishing
internal import Robots
internal import ServiceCore
internal import Wire

/// What the daemon serves over HTTP: a page that shows the robots, metrics, health, and commands for those who show the token.
struct Dashboard: WebServer.Site {
    let guardian: WebGuard
    let metrics: Metrics
    let robots: RobotList
    let server: CommandServer
    let feed: LiveFeed
    private var publisher: Publisher { metrics.publisher }

    // MARK: Requests

    func answer(_ request: WebRequest) async -> WebResponse {
        if let objection = guardian.objection(to: request) { return WebResponse(403, objection + "\n") }
        switch (request.method, request.path) {
        case ("GET", "/healthz"): return await health()
        case ("GET", "/readyz"): return await readiness()
        case ("GET", "/metrics"):
            let text = await metrics.text()
            return WebResponse(200, text, type: "text/plain; version=0.0.4; charset=utf-8")
        case ("GET", "/"): return WebResponse(200, PackageResources.index_html, type: "text/html; charset=utf-8")
        case ("GET", "/dashboard.js"):
            return WebResponse(200, PackageResources.dashboard_js, type: "text/javascript; charset=utf-8")
        case ("GET", "/dashboard.css"):
            return WebResponse(200, PackageResources.dashboard_css, type: "text/css; charset=utf-8")
        case ("POST", "/command"): return await command(request)
        case (_, "/"), (_, "/healthz"), (_, "/readyz"), (_, "/metrics"), (_, "/command"):
            return WebResponse(405, "\(request.method) is not served here\n")
        default: return WebResponse(404, "there is nothing here; see /, /metrics, /healthz, /readyz\n")
        }
    }

    func objection(toLive request: WebRequest) -> String? {
        // A browser always says whose page opens a WebSocket; who says nothing is none.
        guardian.objection(to: request)
    }

    private func health() async -> WebResponse {
        guard publisher.isStarted else { return WebResponse(503, "starting\n") }
        let ticks = publisher.ticks
        // The slowest stream ticks 30 times a second.
        try? await Task.sleep(for: .milliseconds(150))
        return publisher.ticks == ticks ? WebResponse(503, "the stream stands still\n") : WebResponse(200, "ok\n")
    }

    private func readiness() async -> WebResponse {
        await server.takesCommands ? WebResponse(200, "ready\n") : WebResponse(503, "no commands are taken\n")
    }

    private func command(_ request: WebRequest) async -> WebResponse {
        guard guardian.mayCommand(request) else {
            return WebResponse(401, "commands need the token of the daemon's state folder (Authorization: Bearer …)\n")
        }
        let reply = await server.answer(request.body)
        let status =
            switch reply.result {
            case .success: 200
            case .failure(let error):
                switch error.code {
                case .rateLimited: 429
                case .notReady, .shuttingDown: 503
                default: 400
                }
            }
        return WebResponse(status, reply.json.encoded, type: "application/json")
    }

    // MARK: Live

    func live() -> AsyncStream<String> { feed.join(greeting: greeting.text) }

    private var greeting: JSONValue {
        [
            "type": "hello", "build": .string(metrics.identity.build), "commands": .bool(guardian.token != nil),
            "robots": .array(
                robots.all.map { robot in
                    [
                        "robot": .string(robot.name), "name": .string(robot.profile.displayName),
                        "rate_hz": JSONValue(robot.channel.rate),
                        "radii": (try? RobotDrawing(robot.profile))?.radii ?? [],
                    ]
                }),
        ]
    }

    /// Tells an event.
    static func tell(_ topic: String, _ body: [UInt8], to feed: LiveFeed) {
        guard feed.isHeard else { return }
        let name = JSONValue.string(topic).text
        feed.send(#"{"type":"event","topic":\#(name),"event":\#(String(decoding: body, as: UTF8.self))}"#)
    }

    /// Tells twenty times a second how the robots stand, and twice a second how things are, while anyone listens.
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
                let (pose, status) = (robot.channel.pose, robot.channel.status)
                guard let drawing = drawings[robot.name], pose.jointPositions.count == profile.jointNames.count else {
                    continue
                }
                shown.append(
                    .object(
                        Reply.members(status.description(of: robot.name)) + [.init("ends", drawing.ends(pose))]))
            }
            feed.send(JSONValue.object([.init("type", "pose"), .init("robots", .array(shown))]).text)
            guard round % 10 == 1 else { continue }
            let lateness = publisher.ticks > 0 ? publisher.lateness.histogram : nil
            let queues = await server.queues()
            feed.send(
                JSONValue.object([
                    .init("type", "status"), .init("queues", JSONValue(encoding: queues)),
                    .init("bounds_us", .array(Lateness.bounds.map { JSONValue($0) })),
                    .init("lateness", .array(lateness?.counts.map { JSONValue($0) } ?? [])),
                ]).text)
        }
    }
}
