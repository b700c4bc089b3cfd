import Messaging
import Robots
import Service
import ServiceCore
import Testing
import Timeline
import Wire

/// What the daemon promises about time and repetition: deadlines, moments, answers to what is sent twice.
@Suite(.serialized) struct PromiseTests {
    @Test func `a command whose motion would begin after its deadline expires instead of playing late`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let first = try await client.say("walk", #","duration_s":4"#)
            _ = try await events.upTo("playing", of: first)
            // Behind motion: the deadline is over before its turn.
            let reply = try await client.ask(
                #"{"type":"say","deadline_ms":1500,"body":{"text":"raise","duration_s":1}}"#)
            let late = try #require(reply["command"]?.string, "\(reply.text)")
            let seen = try await events.upTo("expired", of: late)
            #expect(!seen.contains { $0["event"] == "playing" })
            _ = try await events.upTo("done", of: first)

            // Behind a hold: its motion is made, and is not played when the hold ends.
            _ = try await client.ask(#"{"type":"hold"}"#)
            let held = try await client.ask(#"{"type":"say","deadline_ms":700,"body":{"text":"raise"}}"#)
            let waiting = try #require(held["command"]?.string, "\(held.text)")
            _ = try await events.upTo("expired", of: waiting)
            let resumed = try await client.ask(#"{"type":"resume"}"#)
            #expect(resumed["ok"] == true && resumed["starts"]?.array?.first?["from"] == "published")
            let next = try await client.say("raise", #","duration_s":1"#)
            let played = try await events.upTo("done", of: next)
            #expect(played.contains { $0["event"] == "playing" })
            let status = try await client.ask(#"{"type":"status","body":{"command":"\#(waiting)"}}"#)
            #expect(status["state"] == "expired")
        }
    }

    @Test(arguments: ["end", "contact"])
    func `a group's replacement waits for its moment`(moment: String) async throws {
        try await TestDaemon.run(twinRate: 50) { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let both = #"{"type":"say","robot":["unitree_g1","twin"],"body":"#
            let first = try await client.ask(both + #"{"text":"step","duration_s":5}}"#)
            let stepping = try #require(first["command"]?.string, "\(first.text)")
            let begun = try #require(try await events.upTo("playing", of: stepping).last?["frame"]?.integer)
            let second = try await client.ask(
                both + #"{"text":"raise","duration_s":1,"mode":"replace","at":"\#(moment)"}}"#)
            let raising = try #require(second["command"]?.string, "\(second.text)")
            let spliced = try #require(try await events.upTo("spliced", of: raising).last?["first_frame"]?.integer)
            _ = try await events.upTo("done", of: raising)
            // The steps last for 250 frames, a foot comes down every 25; what is asked for at the end comes no sooner.
            if moment == "end" { #expect(spliced - begun > 225 && spliced - begun < 275, "\(spliced - begun)") }
            let ended = try await client.ask(#"{"type":"status","body":{"command":"\#(stepping)"}}"#)
            #expect(ended["state"] == "preempted" || (moment == "end" && ended["state"] == "done"), "\(ended.text)")
        }
    }

    @Test func `where it is wanted a robot stands when its motion is over, once`() async throws {
        try await TestDaemon.run(atEnd: .stand) { daemon in
            let events = try await daemon.events()
            let command = try await daemon.client().say("raise", #","duration_s":1"#)
            _ = try await events.upTo("done", of: command)
            let stand = daemon.robot.profile.standPose.jointPositions
            func distance() -> Double {
                zip(daemon.robot.channel.pose.jointPositions, stand).map { abs($0 - $1) }.max() ?? 1
            }
            for _ in 0..<500 where distance() > 1e-6 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(distance() < 1e-6)
            try await daemon.settle()
            // It stays there: nothing stops it again and again.
            try await Task.sleep(for: .milliseconds(200))
            #expect(daemon.robot.channel.status.state == .holding && distance() < 1e-6)
        }
    }

    @Test func `a reset that is sent twice does not end the halt after it, at whichever socket it comes`() async throws
    {
        try await TestDaemon.run { daemon in
            // What a client calls itself makes it the same at both sockets.
            let client = try daemon.client(routingID: "one")
            let priority = try daemon.priorityClient(routingID: "one")
            #expect(try await priority.ask(#"{"type":"halt","id":"h"}"#)["ok"] == true)
            for _ in 0..<500 where daemon.robot.channel.status.state != .halted {
                try await Task.sleep(for: .milliseconds(10))
            }
            let reset = try await priority.ask(#"{"type":"reset","id":"r"}"#)
            #expect(reset["ok"] == true, "\(reset.text)")
            // Said in the same breath it is taken.
            #expect(try await client.ask(#"{"type":"say","body":{"text":"walk"}}"#)["ok"] == true)
            #expect(try await priority.ask(#"{"type":"halt","id":"h2"}"#)["ok"] == true)
            for again in [priority, client] {
                #expect(try await again.ask(#"{"type":"reset","id":"r"}"#) == reset)
                #expect(daemon.robot.channel.isHalted)
                let other = try await again.ask(#"{"type":"reset","id":"r","robot":"unitree_g1"}"#)
                #expect(other["error"]?["code"] == "duplicate_id")
            }
        }
    }

    @Test func `a stop acts every time, whatever its id was used for before`() async throws {
        try await TestDaemon.run { daemon in
            for again in [try daemon.client(), try daemon.priorityClient()] {
                let client = try daemon.client()
                for verb in ["hold", "stop", "halt"] {
                    let said = try await client.ask(
                        #"{"type":"say","id":"x-\#(verb)","body":{"text":"walk","duration_s":30,"mode":"replace"}}"#)
                    #expect(said["ok"] == true, "\(said.text)")
                    func isMoving() -> Bool { daemon.robot.channel.status.state == .playing }
                    for id in ["x-\(verb)", "x-\(verb)"] {
                        for _ in 0..<3000 where !isMoving() { try await Task.sleep(for: .milliseconds(10)) }
                        #expect(isMoving())
                        #expect(try await again.ask(#"{"type":"\#(verb)","id":"\#(id)"}"#)["ok"] == true)
                        // A hold keeps what is planned, so that it does not settle.
                        for _ in 0..<3000 where isMoving() || daemon.robot.channel.status.state == .stopping {
                            try await Task.sleep(for: .milliseconds(10))
                        }
                        #expect(daemon.robot.channel.status.state == (verb == "halt" ? .halted : .holding))
                        if verb != "hold" { try await daemon.settle() }
                        if verb == "halt" { #expect(try await client.ask(#"{"type":"reset"}"#)["ok"] == true) }
                        _ = try await client.say("walk", #","duration_s":30,"mode":"replace""#)
                    }
                }
            }
        }
    }

    @Test func `a hold outlasts what was asked for before it, which follows when the hold ends`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let (client, priority) = (try daemon.client(), try daemon.priorityClient())
            _ = try await events.upTo("playing", of: try await client.say("walk", #","duration_s":60"#))
            for verb in ["hold", "hold", "stop"] {
                // Its motion is still being made when the robot is told to hold.
                let late = try await client.say("slow walk", #","duration_s":20,"mode":"replace""#)
                #expect(try await priority.ask(#"{"type":"\#(verb)"}"#)["ok"] == true)
                try await Task.sleep(for: .milliseconds(900))
                let status = daemon.robot.channel.status
                #expect(status.state == .holding || verb == "stop", "\(status.state)")
                #expect(status.isHeld == (verb == "hold"))
                guard verb == "hold" else {
                    let over = try await client.ask(#"{"type":"status","body":{"command":"\#(late)"}}"#)
                    #expect(over["state"] == "cancelled")
                    continue
                }
                #expect(try await client.ask(#"{"type":"resume"}"#)["ok"] == true)
                _ = try await events.upTo("playing", of: late)
            }
        }
    }

    @Test func `a text that says to stop does so at once, and the reply names it`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let walk = try await client.say("walk", #","duration_s":60"#)
            _ = try await events.upTo("playing", of: walk)
            let held = try await client.ask("please wait a moment")
            #expect(held["verb"] == "hold" && held["state"] == "done" && held["segments"] == [], "\(held.text)")
            for _ in 0..<3000 where daemon.robot.channel.status.state != .holding {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(daemon.robot.channel.status.isHeld)
            _ = try await client.ask(#"{"type":"resume"}"#)
            _ = try await events.next { $0["event"] == "robot" && $0["state"] == "playing" }

            // The text itself is a command that is over.
            let reply = try await client.ask("no, stop walking!")
            #expect(reply["verb"] == "stop" && reply["frame"]?.integer != nil, "\(reply.text)")
            let command = try #require(reply["command"]?.string)
            _ = try await events.upTo("done", of: command)
            try await daemon.settle()
            #expect(try await client.ask(#"{"type":"status","body":{"command":"\#(walk)"}}"#)["state"] == "cancelled")

            let both = try await client.ask(#"{"type":"say","body":{"text":"stop, then raise","duration_s":1}}"#)
            #expect(both["verb"] == "stop" && both["segments"]?.array?.count == 1, "\(both.text)")
            _ = try await events.upTo("done", of: try #require(both["command"]?.string))

            #expect(try await daemon.priorityClient().ask("emergency stop!")["verb"] == "halt")
            #expect(daemon.robot.channel.isHalted)
            #expect(try await client.ask("wave")["error"]?["code"] == "halted")
        }
    }

    @Test func `two clients that count alike have commands of their own, and cancel only those`() async throws {
        try await TestDaemon.run { daemon in
            let (first, second) = (try daemon.client(), try daemon.client())
            let say = #"{"type":"say","id":"1","body":{"text":"walk","duration_s":60}}"#
            let (one, two) = (try await first.ask(say), try await second.ask(say))
            #expect(one["ok"] == true && two["ok"] == true && one["command"] != two["command"])
            #expect(try await first.ask(say) == one)
            let over = try await first.ask(#"{"type":"cancel","id":"2","body":{"command":"1"}}"#)
            #expect(over["command"] == one["command"])
            #expect(try await second.ask(#"{"type":"status","body":{"command":"1"}}"#)["command"] == two["command"])
        }
    }

    @Test func `what limits did since the last time is told by joint and kind`() throws {
        let root = String(#filePath.split(separator: "/Tests/ServiceTests")[0])
        let profile = try RobotProfile(file: root + "/RobotProfiles/unitree_g1.json")
        var counts = [Int](repeating: 0, count: 4 * profile.jointNames.count)
        let first = LimitReport(counts: counts, slowedFrames: 2)
        counts[4 * 3 + 1] = 5
        counts[4 * 7 + 3] = 1
        let second = LimitReport(counts: counts, slowedFrames: 2)
        for news in [second.since(first), second.since(LimitReport(counts: [], slowedFrames: 2))] {
            #expect(news.slowedFrames == 0)
            let told = news.byJoint(profile)
            #expect(told.map(\.joint) == [profile.jointNames[3], profile.jointNames[7]])
            #expect(told.map { $0.kinds.map(\.name) } == [["velocity"], ["jerk"]])
            #expect(told.map { $0.kinds.map(\.count) } == [[5], [1]])
        }
        #expect(second.since(second).byJoint(profile).isEmpty)
        // After another start all of it is new.
        #expect(first.since(second) == first)
    }
}
