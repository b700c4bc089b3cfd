import Messaging
import Robots
import Service
import ServiceCore
import Testing
import Timeline
import Wire

/// The next reference of the stream.
private func reference(_ socket: Socket) async throws -> StreamMessage {
    for _ in 0..<1000 {
        if let message = try socket.receive() { return try StreamMessage(decoding: message.parts[0]) }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw TestFailure.noAnswer
}

private func subscribe(_ daemon: TestDaemon) throws -> Socket {
    let socket = try Socket(.subscribe, in: daemon.context)
    try socket.connect(daemon.endpoints.stream)
    try socket.subscribe("reference.unitree_g1.")
    return socket
}

extension StreamMessage {
    fileprivate func floats(_ name: String) -> [Float] {
        if case .float(let values)? = self[name]?.elements { values } else { [] }
    }
    fileprivate func header(_ name: String) -> JSONValue? { JSONValue.object(header)[name] }
}

@Suite(.serialized) struct ServiceTests {
    @Test func `at start the stand pose is published, with rising sequence and frame`() async throws {
        try await TestDaemon.run { daemon in
            let socket = try subscribe(daemon)
            var last = try await reference(socket)
            for _ in 0..<20 {
                let next = try await reference(socket)
                // On a busy machine a subscriber loses messages.
                let steps = ["seq", "frame"].map { name in
                    (next.header(name)?.integer ?? -9) - (last.header(name)?.integer ?? -9)
                }
                #expect(steps[0] > 0 && steps[0] == steps[1])
                #expect(next.header("state") == "holding")
                #expect(next.header("command") == .null)
                let stand = daemon.robot.profile.standPose.jointPositions
                #expect(zip(next.floats("joint_pos"), stand).allSatisfy { abs(Double($0) - $1) < 1e-5 })
                #expect(next.floats("joint_vel").allSatisfy { abs($0) < 1e-6 })
                last = next
            }
        }
    }

    @Test func `a text becomes motion, and its states are told in order`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let socket = try subscribe(daemon)
            let start = try await reference(socket).floats("root_pos")
            let command = try await daemon.client().say("walk", #","duration_s":2"#)
            let seen = try await events.upTo("done", of: command)
            let states = seen.compactMap { $0["event"]?.string }.filter { CommandState(rawValue: $0) != nil }
            #expect(states.filter { $0 != "ramping" } == ["queued", "generating", "ready", "playing", "done"])
            let spliced = try #require(seen.first { $0["event"] == "spliced" })
            #expect(spliced["first_frame"]?.integer != nil)
            #expect(spliced["latency_ms"]?.number ?? 0 > 0)
            let sequence = seen.compactMap { $0["seq"]?.integer }
            #expect(sequence == sequence.sorted())

            var message = try await reference(socket)
            while message.header("frame")?.integer ?? 0 < seen.last?["frame"]?.integer ?? 0 {
                message = try await reference(socket)
            }
            let end = message.floats("root_pos")
            #expect(end[0] - start[0] > 0.8, "two seconds at human speed 1 m/s, scaled to the robot")
            #expect(abs(end[1] - start[1]) < 0.2)
        }
    }

    @Test func `frames of a motion name its command`() async throws {
        try await TestDaemon.run { daemon in
            let socket = try subscribe(daemon)
            let command = try await daemon.client().say("raise; stand")
            var segments: Set<Int64> = []
            for _ in 0..<300 {
                let message = try await reference(socket)
                guard message.header("command")?.string == command else { continue }
                segments.insert(message.header("segment")?.integer ?? -1)
                if segments == [0, 1] { break }
            }
            #expect(segments == [0, 1])
        }
    }

    @Test func `commands are carried out one after the other`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let first = try await client.say("walk")
            let second = try await client.say("raise")
            var order: [String] = []
            _ = try await events.next { event in
                if ["playing", "done"].contains(event["event"]?.string), let command = event["command"]?.string {
                    order.append("\(command) \(event["event"]?.string ?? "")")
                }
                return order.count == 4
            }
            #expect(order == ["\(first) playing", "\(first) done", "\(second) playing", "\(second) done"])
        }
    }

    @Test func `a replacement preempts what plays and what waits`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let walk = try await client.say("walk", #","duration_s":20"#)
            let waiting = try await client.say("raise")
            _ = try await events.upTo("playing", of: walk)
            let replacement = try await client.say("raise", #","mode":"replace""#)
            var ended: [String: String] = [:]
            _ = try await events.next { event in
                let state = event["event"]?.string ?? ""
                if let command = event["command"]?.string, CommandState(rawValue: state)?.isFinal == true {
                    ended[command] = state
                }
                return ended.count == 3
            }
            #expect(ended == [walk: "preempted", waiting: "preempted", replacement: "done"])
        }
    }

    @Test func `replacements that follow each other at once leave only the last`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let walk = try await client.say("walk", #","duration_s":20"#)
            var last = ""
            for _ in 0..<5 { last = try await client.say("raise", #","mode":"replace""#) }
            var ended: [String: String] = [:]
            _ = try await events.next { event in
                let state = event["event"]?.string ?? ""
                if let command = event["command"]?.string, CommandState(rawValue: state)?.isFinal == true {
                    ended[command] = state
                }
                return ended[last] != nil
            }
            #expect(ended[last] == "done")
            #expect(ended[walk] == "preempted")
            #expect(ended.values.filter { $0 == "preempted" }.count == 5)
        }
    }

    @Test func `a cancelled command ends, those after it play`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let long = try await client.say("walk", #","duration_s":30"#)
            let middle = try await client.say("walk")
            let last = try await client.say("raise")
            _ = try await events.upTo("playing", of: long)
            #expect(try await client.ask(#"{"type":"cancel","body":{"command":"\#(middle)"}}"#)["ok"] == true)
            #expect(try await client.ask(#"{"type":"cancel","body":{"command":"\#(long)"}}"#)["ok"] == true)
            #expect(try await events.upTo("done", of: last).contains { $0["event"] == "playing" })
            let again = try await client.ask(#"{"type":"cancel","body":{"command":"\#(middle)"}}"#)
            #expect(again["error"]?["code"] == "unknown_command")
        }
    }

    @Test func `stop clears the queue and the robot comes to stand`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let walk = try await client.say("raise; walk", #","duration_s":20"#)
            _ = try await events.upTo("playing", of: walk)
            let reply = try await daemon.priorityClient().ask(#"{"type":"stop"}"#)
            #expect(reply["ok"] == true)
            #expect(reply["frame"]?.integer ?? -1 > 0)
            #expect(try await events.upTo("cancelled", of: walk).last?["event"] == "cancelled")
            let socket = try subscribe(daemon)
            let stand = daemon.robot.profile.standPose.jointPositions
            var message = try await reference(socket)
            for _ in 0..<600 where !zip(message.floats("joint_pos"), stand).allSatisfy({ abs(Double($0) - $1) < 1e-3 })
            {
                message = try await reference(socket)
            }
            #expect(zip(message.floats("joint_pos"), stand).allSatisfy { abs(Double($0) - $1) < 1e-3 })
            let next = try await client.say("raise")
            _ = try await events.upTo("done", of: next)
        }
    }

    @Test func `every stop stops what was said since the one before`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let priority = try daemon.priorityClient()
            var frames: [Int64] = []
            for _ in 0..<3 {
                let walk = try await client.say("walk", #","duration_s":20"#)
                _ = try await events.upTo("playing", of: walk)
                let reply = try await priority.ask(#"{"type":"stop"}"#)
                frames.append(Int64(reply["frame"]?.integer ?? -1))
                #expect(try await events.upTo("cancelled", of: walk).last?["event"] == "cancelled")
                try await daemon.settle()
                // A repetition without anything in between is answered with the same frame.
                #expect(try await priority.ask(#"{"type":"stop"}"#)["frame"] == reply["frame"])
            }
            #expect(zip(frames, frames.dropFirst()).allSatisfy { $0 < $1 }, "\(frames)")
        }
    }

    @Test func `halt latches until reset`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let priority = try daemon.priorityClient()
            let walk = try await client.say("walk", #","duration_s":20"#)
            _ = try await events.upTo("playing", of: walk)
            let halt = try await priority.ask(#"{"type":"halt"}"#)
            let again = try await priority.ask(#"{"type":"halt"}"#)
            #expect(halt["frame"] == again["frame"])
            _ = try await events.upTo("preempted", of: walk)
            _ = try await events.next { $0["robot"] == "unitree_g1" && $0["state"] == "halted" }
            #expect(try await client.ask("walk")["error"]?["code"] == "halted")
            #expect(try await priority.ask(#"{"type":"hold"}"#)["error"]?["code"] == "halted")
            var reset = try await priority.ask(#"{"type":"reset"}"#)
            for _ in 0..<100 where try await client.ask("walk")["ok"] != true {
                try await Task.sleep(for: .milliseconds(50))
                reset = try await priority.ask(#"{"type":"reset"}"#)
            }
            #expect(reset["ok"] == true)
        }
    }

    @Test func `hold keeps the plan, resume goes on`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let walk = try await client.say("walk", #","duration_s":6"#)
            _ = try await events.upTo("playing", of: walk)
            #expect(try await daemon.priorityClient().ask(#"{"type":"hold"}"#)["ok"] == true)
            _ = try await events.next { $0["event"] == "robot" && $0["state"] == "holding" }
            let status = try await client.ask(#"{"type":"status"}"#)
            #expect(status["robots"]?.array?.first?["held"] == true)
            #expect(status["robots"]?.array?.first?["queue"]?.array?.count == 1)
            #expect(try await client.ask(#"{"type":"resume"}"#)["ok"] == true)
            _ = try await events.upTo("done", of: walk)
        }
    }

    @Test func `what cannot be generated fails, and the next command plays`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let broken = try await client.say("fail")
            let good = try await client.say("raise")
            #expect(try await events.upTo("failed", of: broken).last?["reason"]?.string?.isEmpty == false)
            _ = try await events.upTo("done", of: good)
        }
    }

    @Test func `a deadline that has passed is told, before and after the acknowledgement`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            for verb in ["resume", "reset", "reload"] {
                let late = try await client.ask(#"{"type":"\#(verb)","deadline_ms":100,"sent_ns":1}"#)
                #expect(late["error"]?["code"] == "expired", "\(late.text)")
            }
            let late = try await client.ask(#"{"type":"say","deadline_ms":100,"sent_ns":1,"body":{"text":"walk"}}"#)
            #expect(late["error"]?["code"] == "expired")
            let long = try await client.say("walk", #","duration_s":3"#)
            let reply = try await client.ask(#"{"type":"say","deadline_ms":300,"body":{"text":"raise"}}"#)
            let waiting = try #require(reply["command"]?.string)
            _ = try await events.upTo("expired", of: waiting)
            _ = try await events.upTo("done", of: long)
        }
    }

    @Test func `bad requests get their errors, and the daemon goes on`() async throws {
        try await TestDaemon.run { daemon in
            let client = try daemon.client()
            #expect(try await client.ask("")["error"]?["code"] == "empty_text")
            #expect(try await client.ask("{")["error"]?["code"] == "invalid_json")
            #expect(
                try await client.ask(#"{"type":"say","robot":"r2d2","body":{"text":"walk"}}"#)["error"]?["code"]
                    == "unknown_robot")
            #expect(try await client.ask(String(repeating: "a", count: 100_000))["error"]?["code"] == "too_large")
            #expect(try await client.ask(#"{"type":"dance"}"#)["error"]?["code"] == "unknown_verb")
            let priority = try daemon.priorityClient()
            #expect(
                try await priority.ask(#"{"type":"say","body":{"text":"walk"}}"#)["error"]?["code"] == "unknown_verb")
            #expect(try await priority.ask("stop")["ok"] == true)

            let dealer = try Socket(.dealer, in: daemon.context)
            try dealer.connect(daemon.endpoints.command)
            try dealer.send([[1], [2], [3], [4], [5], [6]])
            #expect(try dealer.waitUntilReadable(milliseconds: 60_000))
            let answer = try JSONValue(parsing: try dealer.receive()?.parts.last ?? [])
            #expect(answer["error"]?["code"] == "bad_framing")
            dealer.close()

            #expect(try await client.ask(#"{"type":"robots"}"#)["robots"] == ["unitree_g1"])
            let counts = try await client.ask(#"{"type":"status"}"#)["counts"]?["refused"]
            #expect(counts?["too_large"] == 1)
        }
    }

    @Test func `the same request again starts nothing new`() async throws {
        try await TestDaemon.run { daemon in
            let request = #"{"type":"say","id":"once","body":{"text":"walk"}}"#
            // Each on a connection that takes the place of the one before.
            let first = try await daemon.client(routingID: "one").ask(request)
            let second = try await daemon.client(routingID: "one").ask(request)
            #expect(first["ok"] == true)
            #expect(first == second)
            let client = try daemon.client(routingID: "one")
            let other = try await client.ask(#"{"type":"say","id":"once","body":{"text":"run"}}"#)
            #expect(other["error"]?["code"] == "duplicate_id")
            #expect(try await client.ask(#"{"type":"status"}"#)["counts"]?["accepted"] == 1)
        }
    }

    @Test func `hello reports a clock that differs`() async throws {
        try await TestDaemon.run { daemon in
            let hello = try await daemon.client().ask(#"{"type":"hello","sent_ns":1000}"#)
            #expect(hello["clock_skew_ms"]?.number ?? 0 > 1000)
            #expect(hello["clock_warning"] != nil)
            #expect(hello["default_robot"] == "unitree_g1")
        }
    }

    @Test func `on shutdown new commands are refused and the robot comes to rest`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let walk = try await client.say("walk", #","duration_s":20"#)
            _ = try await events.upTo("playing", of: walk)
            await daemon.server.beginShutdown()
            #expect(try await client.ask("walk")["error"]?["code"] == "shutting_down")
            _ = try await events.upTo("cancelled", of: walk)
            try await daemon.settle()
        }
    }
}
