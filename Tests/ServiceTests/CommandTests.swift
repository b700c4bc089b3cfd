import Messaging
import Publishing
import Robots
import Service
import ServiceCore
import Testing
import Timeline
import Wire

/// Commands beyond the simple ones: their moment, several robots, files, and where a stream starts from.
@Suite(.serialized) struct CommandTests {
    private func subscribe(_ daemon: TestDaemon, _ topic: String) throws -> Socket {
        let socket = try Socket(.subscribe, in: daemon.context)
        try socket.connect(daemon.endpoints.stream)
        try socket.subscribe(topic)
        return socket
    }

    private func next(_ socket: Socket) async throws -> StreamMessage {
        for _ in 0..<6000 {
            if let message = try socket.receive() { return try StreamMessage(decoding: message.parts[0]) }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestFailure.noAnswer
    }

    private func header(_ message: StreamMessage, _ name: String) -> JSONValue? {
        message.header.first { $0.key == name }?.value
    }

    private func floats(_ message: StreamMessage, _ name: String) -> [Float] {
        if case .float(let values)? = message[name]?.elements { values } else { [] }
    }

    @Test func `a replacement at the end lets the action at hand finish, and nothing after it`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let first = try await client.say("walk; raise; walk", #","duration_s":9"#)
            _ = try await events.upTo("playing", of: first)
            let second = try await client.say("raise", #","mode":"replace","at":"end""#)
            var segments: Set<Int64> = []
            var begun: JSONValue?
            _ = try await events.next { event in
                if event["event"] == "segment", event["command"]?.string == first, let index = event["segment"]?.integer
                {
                    segments.insert(index)
                }
                if event["event"] == "playing", event["command"]?.string == second { begun = event }
                return event["event"] == "done" && event["command"]?.string == second
            }
            // The events tell the first segment before `playing`, or just behind it.
            #expect(segments.isSubset(of: [0]))
            #expect(begun?["frame"]?.integer ?? 0 > 0)
            let ended = try await client.ask(#"{"type":"status","body":{"command":"\#(first)"}}"#)
            #expect(ended["state"] == "preempted")
        }
    }

    @Test func `a replacement at contact begins when a foot has met the floor`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let first = try await client.say("step", #","duration_s":20"#)
            _ = try await events.upTo("playing", of: first)
            let second = try await client.say("raise", #","mode":"replace","at":"contact""#)
            let seen = try await events.upTo("done", of: second)
            #expect(seen.contains { $0["event"] == "spliced" })
            let ended = try await client.ask(#"{"type":"status","body":{"command":"\#(first)"}}"#)
            #expect(ended["state"] == "preempted")
        }
    }

    @Test func `a motion file is played, as often as was asked, and no other file is read`() async throws {
        let root = String(#filePath.split(separator: "/Tests/ServiceTests")[0])
        try await TestDaemon.run(clips: root + "/Tests/HumanMotionTests/Fixtures") { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            for file in ["../Reference.swift", "/etc/passwd", "none.bvh", "README.md", "a/../walk.bvh", ".hidden.npz"] {
                let reply = try await client.ask(#"{"type":"play","body":{"file":"\#(file)"}}"#)
                #expect(reply["error"]?["code"] == "unknown_motion", "\(file)")
            }
            let reply = try await client.ask(#"{"type":"play","body":{"file":"turn_left.bvh","repeat":2}}"#)
            let command = try #require(reply["command"]?.string, "\(reply.text)")
            let seen = try await events.upTo("done", of: command)
            #expect(seen.filter { $0["event"] == "segment" }.compactMap { $0["segment"]?.integer } == [0, 1])
            #expect(daemon.robot.channel.status.underruns == 0)
            // What is generated afterwards follows.
            _ = try await events.upTo("done", of: try await client.say("raise"))
        }
    }

    @Test func `several robots do the same, in step, also at different rates`() async throws {
        try await TestDaemon.run(twinRate: 100) { daemon in
            let events = try await daemon.events()
            let socket = try subscribe(daemon, "reference.")
            let reply = try await daemon.client().ask(
                #"{"type":"say","robot":["unitree_g1","twin"],"body":{"text":"raise; walk","duration_s":4}}"#)
            let command = try #require(reply["command"]?.string, "\(reply.text)")
            #expect(reply["robots"] == ["unitree_g1", "twin"])
            // When each robot was where along the motion: seconds of the first frame of every segment.
            var begun: [String: [Int64]] = [:]
            var last: [String: Int64] = [:]
            var isDone = false
            while !isDone {
                let message = try await next(socket)
                if header(message, "command")?.string == command, let time = header(message, "t_mono_ns")?.integer,
                    let segment = header(message, "segment")?.integer
                {
                    if last[message.topic] != segment { begun[message.topic, default: []].append(time) }
                    last[message.topic] = segment
                }
                isDone =
                    last.count == 2 && header(message, "command") == .null && header(message, "state") == "holding"
                    && last.values.allSatisfy { $0 == 1 }
            }
            let first = try #require(begun["reference.unitree_g1."])
            let second = try #require(begun["reference.twin."])
            #expect(first.count == 2 && second.count == 2)
            // Where the machine kept the thread from ticking, each robot goes on by its own clock until they are in step again.
            let allowed = 45_000_000 + 2 * daemon.publisher.lateness.worst
            for (one, other) in zip(first, second) { #expect(abs(one - other) <= allowed, "\(one - other) ns") }
            let seen = try await events.upTo("done", of: command)
            #expect(seen.last?["robots"] == ["unitree_g1", "twin"])
            #expect(seen.filter { $0["event"] == "done" }.count == 1)
        }
    }

    @Test func `what a group does next follows without a rest, on every robot with the same frame`() async throws {
        try await TestDaemon.run(twinRate: 50) { daemon in
            let client = try daemon.client()
            let events = try await daemon.events()
            func walk() async throws -> String {
                let reply = try await client.ask(
                    #"{"type":"say","robot":["unitree_g1","twin"],"body":{"text":"walk","duration_s":3}}"#)
                return try #require(reply["command"]?.string)
            }
            let commands = [try await walk(), try await walk()]
            var begun: [String: [String: Int64]] = [:]
            var done: [String: Int64] = [:]
            _ = try await events.next { event in
                guard let command = event["command"]?.string, let frame = event["frame"]?.integer else { return false }
                if event["event"] == "segment" { begun[command, default: [:]][event["robot"]?.string ?? ""] = frame }
                if event["event"] == "done" { done[command] = frame }
                return done[commands[1]] != nil
            }
            let (first, second) = (try #require(begun[commands[0]]), try #require(begun[commands[1]]))
            #expect(second["unitree_g1"] == (done[commands[0]] ?? 0) + 1)
            for robot in ["unitree_g1", "twin"] {
                #expect(abs((second[robot] ?? 0) - (first[robot] ?? 0) - 150) <= 8, "\(robot): \(first) \(second)")
            }
            let lengths = ["unitree_g1", "twin"].map { (second[$0] ?? 0) - (first[$0] ?? 0) }
            #expect(lengths[0] == lengths[1])
        }
    }

    @Test func `a stop of one robot ends what a group does together`() async throws {
        try await TestDaemon.run(twinRate: 50) { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let reply = try await client.ask(
                #"{"type":"say","robot":["unitree_g1","twin"],"body":{"text":"walk","duration_s":30}}"#)
            let command = try #require(reply["command"]?.string, "\(reply.text)")
            _ = try await events.upTo("playing", of: command)
            let stop = try await daemon.priorityClient().ask(#"{"type":"stop","robot":"twin"}"#)
            #expect(stop["ok"] == true)
            _ = try await events.upTo("cancelled", of: command)
            try await daemon.settle()
            // Both take new commands, each its own.
            let own = try await client.say("raise")
            _ = try await events.upTo("done", of: own)
        }
    }

    @Test func `the known future is published at every splice and ten times a second, and comes true`() async throws {
        try await TestDaemon.run { daemon in
            let future = try subscribe(daemon, "trajectory.unitree_g1.")
            let stream = try subscribe(daemon, "reference.unitree_g1.")
            _ = try await next(future)
            _ = try await next(stream)
            let command = try await daemon.client().say("raise", #","duration_s":3"#)
            var foretold: [Int64: [Float]] = [:]
            var (compared, first) = (0, Int64.max)
            while compared < 60 {
                while let message = try stream.receive() {
                    let reference = try StreamMessage(decoding: message.parts[0])
                    guard let frame = header(reference, "frame")?.integer,
                        header(reference, "command")?.string == command
                    else { continue }
                    first = min(first, frame)
                    // What a splice brings is told when it has been made: a tick or two may be published by then.
                    guard frame > first + 2, let expected = foretold[frame] else { continue }
                    let found = floats(reference, "joint_pos")
                    #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-5 }, "frame \(frame)")
                    compared += 1
                }
                let message = try await next(future)
                guard case .integer(let frames)? = message["frame"]?.elements else { continue }
                #expect(frames.count == 100)
                let joints = daemon.robot.profile.drivenJoints.count
                let positions = floats(message, "joint_pos")
                // A later message replaces the tail.
                for frame in foretold.keys where frame >= frames[0] { foretold[frame] = nil }
                for (index, frame) in frames.enumerated() {
                    foretold[frame] = Array(positions[index * joints..<(index + 1) * joints])
                }
            }
        }
    }

    @Test func `the first motion ramps from where the robot is measured to be; broken states are told`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let socket = try Socket(.push, in: daemon.context)
            try socket.connect(daemon.endpoints.state)
            let joints = daemon.robot.profile.standPose.jointPositions.map(Float.init)
            func send(_ positions: [Float]) throws {
                let message = StreamMessage(
                    topic: "state.unitree_g1.",
                    fields: [.init("joint_pos", shape: [positions.count], .float(positions))])
                try socket.send([try message.encoded()])
            }
            func told(_ state: String, _ positions: [Float]) async throws {
                try send(positions)
                let found = try await events.next { $0["event"] == "source" && $0["state"]?.string == state }
                #expect(found != nil)
            }
            try await told("refused", [1, 2])
            try await told("fresh", joints)
            try await told("lost", joints)
            var broken = joints
            broken[3] = .nan
            try await told("refused", broken)

            var far = joints
            far[0] += 1.5
            try await told("fresh", far)
            try send(far)
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await client.ask("raise")["error"]?["code"] == "too_far")

            // The right elbow is bent by half a radian more: the stream goes there first.
            var bent = joints
            let names = daemon.robot.profile.drivenJoints.map(\.name)
            let elbow = try #require(names.firstIndex { $0.contains("right_elbow") })
            bent[elbow] += 0.5
            let stream = try subscribe(daemon, "reference.unitree_g1.")
            _ = try await next(stream)
            for _ in 0..<10 {
                try send(bent)
                _ = try await next(stream)
            }
            let command = try await client.say("stand", #","duration_s":2"#)
            let queued = try await events.next { $0["event"] == "queued" && $0["command"]?.string == command }
            #expect(queued?["starts"]?.array?.first?["from"] == "measured")
            var nearest = Float.infinity
            var isRamping = false
            for _ in 0..<150 {
                try send(bent)
                let message = try await next(stream)
                nearest = min(nearest, abs(floats(message, "joint_pos")[elbow] - bent[elbow]))
                if header(message, "state") == "ramping" { isRamping = true }
            }
            #expect(nearest < 0.02)
            #expect(isRamping)
            let states = try await events.upTo("playing", of: command).compactMap { $0["event"]?.string }
            #expect(states.filter { $0 != "spliced" } == ["generating", "ready", "ramping", "playing"], "\(states)")
            socket.close()
        }
    }

    @Test(arguments: ["resume", "replace"])
    func `what ends a hold goes first to where the robot was moved meanwhile`(by end: String) async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let socket = try Socket(.push, in: daemon.context)
            try socket.connect(daemon.endpoints.state)
            let stream = try subscribe(daemon, "reference.unitree_g1.")
            let walk = try await client.say("walk", #","duration_s":20"#)
            _ = try await events.upTo("playing", of: walk)
            try await Task.sleep(for: .milliseconds(500))
            let hold = try #require(try await client.ask(#"{"type":"hold"}"#)["frame"]?.integer)
            var held = try await next(stream)
            while header(held, "frame")?.integer ?? 0 < hold + 5
                || floats(held, "joint_vel").contains(where: { $0 != 0 })
            {
                held = try await next(stream)
            }
            var moved = floats(held, "joint_pos")
            let elbow = try #require(daemon.robot.profile.jointNames.firstIndex { $0.contains("right_elbow") })
            let range = daemon.robot.profile.drivenJoints[elbow].limits
            moved[elbow] += Double(moved[elbow]) > (range.lower + range.upper) / 2 ? -0.4 : 0.4
            for _ in 0..<5 {
                try socket.send([
                    try StreamMessage(
                        topic: "state.unitree_g1.",
                        fields: [.init("joint_pos", shape: [moved.count], .float(moved))]
                    ).encoded()
                ])
                _ = try await next(stream)
            }
            if end == "resume" {
                let reply = try await client.ask(#"{"type":"resume"}"#)
                #expect(reply["starts"]?.array?.first?["from"] == "measured", "\(reply.text)")
            } else {
                _ = try await client.say("raise", #","duration_s":2,"mode":"replace""#)
            }
            var nearest = Float.infinity
            for _ in 0..<60 {
                let message = try await next(stream)
                nearest = min(nearest, abs(floats(message, "joint_pos")[elbow] - moved[elbow]))
            }
            #expect(nearest < 0.01)
            socket.close()
        }
    }

    @Test func `a halt is reset when the robot has come to rest, and not before`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let priority = try daemon.priorityClient()
            let walk = try await client.say("walk", #","duration_s":20"#)
            _ = try await events.upTo("playing", of: walk)
            try await Task.sleep(for: .milliseconds(500))
            try priority.send(#"{"type":"halt"}"#)
            try priority.send(#"{"type":"reset"}"#)
            #expect(try await priority.reply()["ok"] == true)
            let early = try await priority.reply()
            #expect(early["error"]?["code"] == "still_moving", "\(early.text)")
            try await daemon.settle()
            #expect(try await priority.ask(#"{"type":"reset"}"#)["ok"] == true)
            for _ in 0..<500 where daemon.robot.channel.status.state == .halted {
                try await Task.sleep(for: .milliseconds(20))
            }
            let next = try await client.say("raise")
            _ = try await events.upTo("done", of: next)
        }
    }
}
