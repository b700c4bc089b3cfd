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
    /// A person with arms half down who moves one of them, every 20 ms.
    private final class Person {
        private let socket: Socket
        private var number = 0

        init(_ daemon: TestDaemon) throws {
            socket = try Socket(.push, in: daemon.context)
            try socket.connect(daemon.endpoints.people)
        }

        deinit { socket.close() }

        func send(count: Int) async throws {
            for _ in 0..<count {
                var rotations = [Float](repeating: 0, count: 22 * 4)
                for joint in 0..<22 { rotations[4 * joint] = 1 }
                for (joint, sign) in [(16, -1.0), (17, 1)] {
                    rotations[4 * joint] = Float(cos(0.55))
                    rotations[4 * joint + 3] = Float(sign * sin(0.55))
                }
                let bend = 0.2 * sin(Double(number) / 15)
                (rotations[4 * 18], rotations[4 * 18 + 2]) = (Float(cos(bend)), Float(sin(bend)))
                let message = StreamMessage(
                    topic: "human.anna.",
                    header: [
                        .init("skeleton", "smpl22"), .init("seq", .integer(Int64(number))), .init("session", 1),
                        .init("t_src_ns", .integer(Clock.monotonic())),
                    ],
                    fields: [
                        .init("rot", shape: [22, 4], .float(rotations)),
                        .init("root_pos", shape: [3], .float([0, 0.95, 0])),
                    ])
                try socket.send([try message.encoded()])
                number += 1
                try await Task.sleep(for: .milliseconds(20))
            }
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

    @Test(arguments: ["stop", "hold", "halt"]) func `a person is heard, followed, and left by a stopping verb`(
        verb: String
    ) async throws {
        try await TestDaemon.run { daemon in
            let (client, events) = (try daemon.client(), try await daemon.events())
            let unknown = try await client.ask(#"{"type":"follow","body":{"person":"anna"}}"#)
            #expect(unknown["error"]?["code"] == "unknown_person")
            let person = try Person(daemon)
            try await person.send(count: 20)
            #expect(try await events.next { $0["event"] == "heard" }?["person"] == "anna")
            let heard = try await client.ask(#"{"type":"people"}"#)["people"]?.array?.first
            #expect(heard?["source"] == "native" && heard?["joints"] == 22 && heard?["tracked"] == true)

            let stream = try Socket(.subscribe, in: daemon.context)
            defer { stream.close() }
            try stream.connect(daemon.endpoints.stream)
            try stream.subscribe("reference.")
            let follow = try await client.ask(#"{"type":"follow","body":{"person":"anna","far":"ramp"}}"#)
            #expect(follow["ok"] == true && follow["joints"]?.array?.count == 29, "\(follow.text)")
            try await person.send(count: 100)
            let following = try await events.next { $0["event"] == "follow" && $0["state"] == "following" }
            #expect(following?["robot"] == "unitree_g1")
            let shown = try #require(try headers(stream).last { $0["human_state"] == "following" })
            #expect(shown["human"] == "anna" && shown["state"] == "playing", "\(shown.text)")
            #expect((shown["human_age_ms"]?.integer ?? 999) < 200)

            _ = try await client.ask(#"{"type":"\#(verb)"}"#)
            let ended = try await events.next { $0["event"] == "follow" && $0["state"] == "ended" }
            #expect(ended?["reason"]?.string == verb)
            try await person.send(count: 20)
            for _ in 0..<200 where !daemon.robot.channel.status.isResting && verb != "halt" {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(daemon.robot.channel.status.state == (verb == "halt" ? .halted : .holding))
            #expect(try headers(stream).last?["human"] == .null)
        }
    }

    @Test func `a command takes over from a person, and who falls silent is lost`() async throws {
        try await TestDaemon.run { daemon in
            let (client, events) = (try daemon.client(), try await daemon.events())
            let person = try Person(daemon)
            try await person.send(count: 10)
            _ = try await client.ask(#"{"type":"follow","body":{"person":"anna","far":"ramp"}}"#)
            try await person.send(count: 80)
            let command = try await client.say("walk")
            try await person.send(count: 100)
            let ended = try await events.next { $0["event"] == "follow" && $0["state"] == "ended" }
            #expect(ended?["reason"] == "command")
            _ = try await events.upTo("done", of: command)

            _ = try await client.ask(#"{"type":"follow","body":{"person":"anna","far":"ramp"}}"#)
            try await person.send(count: 80)
            let lost = try await events.next { $0["event"] == "follow" && $0["state"] == "ended" }
            #expect(lost?["reason"] == "lost")
            try await daemon.settle()
        }
    }
}
