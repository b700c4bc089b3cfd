import Foundation
import JSON
import Messaging
import Service
import ServiceCore
import Testing
import Timeline
import Wire

/// A live person over the people socket: heard, followed, and left.
@Suite(.serialized) struct FollowTests {
    /// A person with arms half down who moves one of them, sent every 20 ms from now on.
    private final class Person {
        private let sender: Task<Void, any Error>

        init(_ daemon: TestDaemon) {
            let context = daemon.context
            let endpoint = daemon.endpoints.people
            sender = Task { try await Person.send(to: endpoint, in: context) }
        }

        deinit { sender.cancel() }

        /// Sends no more.
        func leave() { sender.cancel() }

        private static func send(to endpoint: String, in context: Context) async throws {
            let socket = try Socket(.push, in: context)
            defer { socket.close() }
            try socket.connect(endpoint)
            var number = 0
            while true {
                try socket.send([try message(number).encoded()])
                number += 1
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        private static func message(_ number: Int) -> StreamMessage {
            var rotations = [Float](repeating: 0, count: 22 * 4)
            for joint in 0..<22 { rotations[4 * joint] = 1 }
            for (joint, sign) in [(16, -1.0), (17, 1)] {
                rotations[4 * joint] = Float(cos(0.55))
                rotations[4 * joint + 3] = Float(sign * sin(0.55))
            }
            let bend = 0.2 * sin(Double(number) / 15)
            (rotations[4 * 18], rotations[4 * 18 + 2]) = (Float(cos(bend)), Float(sin(bend)))
            return StreamMessage(
                topic: "human.anna.",
                header: [
                    .init("skeleton", "smpl22"), .init("seq", .integer(Int64(number))), .init("session", 1),
                    .init("t_src_ns", .integer(Clock.monotonic())),
                ],
                fields: [
                    .init("rot", shape: [22, 4], .float(rotations)),
                    .init("root_pos", shape: [3], .float([0, 0.95, 0])),
                ])
        }
    }

    private func headers(_ socket: Socket) throws -> [JSONValue] {
        var headers: [JSONValue] = []
        while let message = try socket.receive()?.parts.first {
            guard let start = message.firstIndex(of: UInt8(ascii: "{")) else { continue }
            headers.append(
                try JSONValue(parsing: message[start..<start + StreamMessage.headerSize].prefix { $0 != 0 }))
        }
        return headers
    }

    /// The event that tells of a state of following, within the time of ``TestEvents``.
    private func event(_ state: String, _ events: TestEvents) async throws -> JSONValue {
        try #require(try await events.next { $0["event"] == "follow" && $0["state"]?.string == state }, "\(state)")
    }

    private static let follow = #"{"type":"follow","body":{"person":"anna","far":"ramp"}}"#

    @Test(.timeLimit(.minutes(1)), arguments: ["stop", "hold", "halt"])
    func `a person is heard, followed, and left by a stopping verb`(verb: String) async throws {
        try await TestDaemon.run { daemon in
            let (client, events) = (try daemon.client(), try await daemon.events())
            let unknown = try await client.ask(Self.follow)
            #expect(unknown["error"]?["code"] == "unknown_person")
            let person = Person(daemon)
            #expect(try await events.next { $0["event"] == "heard" }?["person"] == "anna")
            let heard = try await client.ask(#"{"type":"people"}"#)["people"]?.array?.first
            #expect(heard?["source"] == "native" && heard?["joints"] == 22 && heard?["tracked"] == true)

            let stream = try Socket(.subscribe, in: daemon.context)
            defer { stream.close() }
            try stream.connect(daemon.endpoints.stream)
            try stream.subscribe("reference.")
            let follow = try await client.ask(Self.follow)
            #expect(follow["ok"] == true && follow["joints"]?.array?.count == 29, "\(follow.text)")
            let following = try await event("following", events)
            #expect(following["robot"] == "unitree_g1")
            // The robot comes over to the person first.
            var found: JSONValue?
            for _ in 0..<200 where found == nil {
                try await Task.sleep(for: .milliseconds(100))
                found = try headers(stream).last { $0["human_state"] == "following" }
            }
            let shown = try #require(found)
            #expect(shown["human"] == "anna" && shown["state"] == "playing", "\(shown.text)")
            #expect((shown["human_age_ms"]?.integer ?? 999) < 200)

            _ = try await client.ask(#"{"type":"\#(verb)"}"#)
            #expect(try await event("ended", events)["reason"]?.string == verb)
            let wanted: StreamState = verb == "halt" ? .halted : .holding
            for _ in 0..<500 where daemon.robot.channel.status.state != wanted {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(daemon.robot.channel.status.state == wanted)
            try await Task.sleep(for: .milliseconds(100))
            #expect(try headers(stream).last?["human"] == .null)
            person.leave()
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a command takes over from a person, and who falls silent is lost`()
        async throws
    {
        try await TestDaemon.run { daemon in
            let (client, events) = (try daemon.client(), try await daemon.events())
            let person = Person(daemon)
            _ = try await events.next { $0["event"] == "heard" }
            _ = try await client.ask(Self.follow)
            _ = try await event("following", events)
            let command = try await client.say("walk")
            #expect(try await event("ended", events)["reason"] == "command")
            _ = try await events.upTo("done", of: command)

            _ = try await client.ask(Self.follow)
            _ = try await event("following", events)
            person.leave()
            #expect(try await event("ended", events)["reason"] == "lost")
            try await daemon.settle()
        }
    }
}
