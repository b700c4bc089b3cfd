import Messaging
import Robots
import Service
import ServiceCore
import Testing
import Wire

@Suite(.serialized) struct HandTests {
    /// Positions of the right hand's joints in the stream, once `isThere` holds of them.
    private func positions(
        _ daemon: TestDaemon, of pose: String, within tolerance: Float = 1e-3
    ) async throws -> Bool {
        let profile = daemon.robot.profile
        let wanted = try #require(profile.hands?.right.poses[pose])
        let socket = try Socket(.subscribe, in: daemon.context)
        try socket.connect(daemon.endpoints.stream)
        try socket.subscribe("reference.\(daemon.robot.name).")
        defer { socket.close() }
        for _ in 0..<4000 {
            guard let message = try socket.receive() else {
                try await Task.sleep(for: .milliseconds(5))
                continue
            }
            guard case .float(let values)? = try StreamMessage(decoding: message.parts[0])["joint_pos"]?.elements
            else { continue }
            let isThere = zip(profile.jointNames, values).allSatisfy { name, value in
                wanted[name].map { abs(Float($0) - value) < tolerance } ?? true
            }
            if isThere { return true }
        }
        return false
    }

    @Test func `a fist is made at once, whatever plays, and kept`() async throws {
        try await TestDaemon.run(robot: "unitree_g1_dex3") { daemon in
            let (events, client) = (try await daemon.events(), try daemon.client())
            _ = try await client.say("walk", #","duration_s":30"#)
            let answer = try await client.ask(#"{"type":"say","body":{"text":"hand: fist","mode":"append"}}"#)
            #expect(answer["ok"] == true && answer["state"] == "done", "\(answer)")
            #expect(try await positions(daemon, of: "fist"))
            let walk = try await client.ask(#"{"type":"status"}"#)
            #expect(walk["robots"]?.array?.first?["queue"]?.array?.count == 1, "\(walk)")
            _ = try await client.ask(#"{"type":"stop"}"#)
            #expect(try await positions(daemon, of: "fist"))
            _ = events
        }
    }

    @Test func `a hand opens when the motion before it has ended`() async throws {
        try await TestDaemon.run(robot: "unitree_g1_dex3") { daemon in
            let (events, client) = (try await daemon.events(), try daemon.client())
            let command = try await client.say("hand: fist;walk;hand: point", #","duration_s":1"#)
            _ = try await events.upTo("playing", of: command)
            #expect(try await positions(daemon, of: "fist"))
            _ = try await events.upTo("done", of: command)
            #expect(try await positions(daemon, of: "point"))
        }
    }

    @Test func `a robot without fingers says so`() async throws {
        try await TestDaemon.run { daemon in
            let client = try daemon.client()
            let answer = try await client.ask(#"{"type":"say","body":{"text":"hand: fist"}}"#)
            #expect(answer["error"]?["code"] == "unsupported", "\(answer)")
            #expect(answer["error"]?["message"]?.string?.contains("no fingers") == true, "\(answer)")
            let mixed = try await client.ask(#"{"type":"say","body":{"text":"walk;hand: fist"}}"#)
            #expect(mixed["ok"] == true && "\(mixed)".contains("no fingers"), "\(mixed)")
        }
    }
}
