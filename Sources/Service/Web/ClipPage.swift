internal import JSON
package import Robots
internal import Wire

/// The page for motion from a file instead of a daemon's robots.
package struct ClipPage: Sendable {
    private let greeting: String
    private let clip: String
    let meshes: RobotMeshes
    let robot: String

    /// Poses a second that are shown.
    private static let shownRate = 25.0

    /// Motion of a robot, `rate` frames a second, as the file's name says it.
    package init(
        _ frames: [RobotConfiguration], rate: Double, of profile: RobotProfile, named name: String, meshes: RobotMeshes
    ) throws(KinematicsError) {
        let drawing = try RobotDrawing(profile)
        let step = max(1, Int((rate / ClipPage.shownRate).rounded()))
        let hello: JSONValue = [
            "type": "hello", "build": .string(Release.version), "model": "none", "commands": .bool(false),
            "file": .string(name),
            "robots": [
                drawing.description(rate: max(1, Int(rate.rounded())), mesh: meshes.address(of: profile.name))
            ],
        ]
        let poses = stride(from: 0, to: frames.count, by: step).map { index -> JSONValue in
            [
                "robot": .string(profile.name), "frame": JSONValue(index), "state": "file",
                "bodies": drawing.bodies(frames[index]),
                "joints": RobotDrawing.numbers(frames[index].jointPositions),
            ]
        }
        greeting = hello.text
        clip = JSONValue.object([.init("type", "clip"), .init("poses", .array(poses))]).text
        (self.meshes, robot) = (meshes, profile.name)
    }

    /// Serves the page on this host until the task is cancelled; `open` hears its address.
    package func serve(port: Int, open: (String) -> Void) async throws {
        let server = try await WebServer(address: "127.0.0.1", port: port, site: Site(page: self))
        open("http://127.0.0.1:\(server.port)/")
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        await server.close()
    }

    private struct Site: WebServer.Site {
        let page: ClipPage
        let guardian = WebGuard(address: "127.0.0.1", hosts: [], token: nil)

        func answer(_ request: WebRequest) async -> WebResponse {
            if let objection = guardian.objection(to: request) { return WebResponse(403, objection + "\n") }
            guard request.method == "GET" else { return WebResponse(405, "a file takes no commands\n") }
            return PageFiles.response(to: request.path)
                ?? page.meshes.response(to: request.path, of: [page.robot])
                ?? WebResponse(404, "there is nothing here; see /\n")
        }

        func objection(toLive request: WebRequest) -> String? { guardian.objection(to: request) }

        func live() -> AsyncStream<String> {
            let (greeting, clip) = (page.greeting, page.clip)
            return AsyncStream { continuation in
                continuation.yield(greeting)
                continuation.yield(clip)
            }
        }
    }
}
