internal import JSON
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
    let people: ShownPeople
    let meshes: RobotMeshes
    let files: ShownFiles
    /// What the robots did, for a page that is opened later.
    let past = PastMinute()
    /// What can be said, as the page suggests it.
    let suggestions: @Sendable () -> [SuggestedAction]
    var publisher: Publisher { metrics.publisher }

    // MARK: Requests

    func answer(_ request: WebRequest) async -> WebResponse {
        if let objection = guardian.objection(to: request) { return WebResponse(403, objection + "\n") }
        if request.method == "GET", let file = PageFiles.response(to: request.path) { return file }
        switch (request.method, request.path) {
        case ("GET", "/healthz"): return await health()
        case ("GET", "/readyz"): return await readiness()
        case ("GET", "/metrics"):
            let text = await metrics.text()
            return WebResponse(200, text, type: "text/plain; version=0.0.4; charset=utf-8")
        case ("GET", "/actions.json"):
            let actions = JSONValue(encoding: suggestions())
            return WebResponse(200, JSONValue.object([.init("actions", actions)]).encoded, type: "application/json")
        case ("GET", "/files.json"):
            guard guardian.mayCommand(request) else { return Dashboard.lacksToken("names of files") }
            return WebResponse(200, files.json.encoded, type: "application/json")
        case ("POST", "/command"): return await command(request)
        case (_, "/"), (_, "/healthz"), (_, "/readyz"), (_, "/metrics"), (_, "/actions.json"), (_, "/files.json"),
            (_, "/command"):
            return WebResponse(405, "\(request.method) is not served here\n")
        default:
            if request.method == "GET", let robot = robots.all.first(where: { request.path == "/past/\($0.name).json" })
            {
                return WebResponse(200, await past.text(of: robot), type: "application/json")
            }
            return meshes.response(to: request.path, of: robots.all.map(\.name))
                ?? WebResponse(404, "there is nothing here; see /, /metrics, /healthz, /readyz\n")
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

    private static func lacksToken(_ what: String) -> WebResponse {
        WebResponse(401, "\(what) need the token of the daemon's state folder (Authorization: Bearer …)\n")
    }

    private func command(_ request: WebRequest) async -> WebResponse {
        guard guardian.mayCommand(request) else {
            return Dashboard.lacksToken("commands")
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
}

/// Something that can be said to a robot.
package struct SuggestedAction: Codable, Hashable, Sendable {
    /// The words.
    package var text: String
    /// What kind of action it is, such as `gestures`.
    package var family: String

    /// Joins the two.
    package init(text: String, family: String) { (self.text, self.family) = (text, family) }
}
