import Messaging
import Robots
import Service
import ServiceCore
import Testing
import Timeline
import Wire

/// Robots whose controllers say where they are.
@Suite struct StateSourceTests {
    /// A robot that says where it is, fifty times a second, as sim2real's low state.
    private actor Robot {
        let endpoint: String
        var joints: [Double]?
        private let socket: Socket

        init(_ context: Context) throws {
            socket = try Socket(.publish, in: context)
            endpoint = try socket.bind("tcp://127.0.0.1:*")
        }

        func stand(at joints: [Double]?) { self.joints = joints }

        func run() async throws {
            while !Task.isCancelled {
                if let joints { try socket.send([lowState(joints)]) }
                try await Task.sleep(for: .milliseconds(20))
            }
            socket.close()
        }

        private func lowState(_ joints: [Double]) -> [UInt8] {
            let numbers = [1, 0, 0, 0, 0, 0, 0] + joints + joints.map { _ in 0 }
            let words = [UInt32(joints.count), 7, 0] + numbers.map { Float($0).bitPattern }
            return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
        }
    }

    @Test func `a robot whose source falls silent or goes mad is held, and goes on when it is sound again`()
        async throws
    {
        let context = try Context()
        let robot = try Robot(context)
        let standing = Task { try await robot.run() }
        defer { standing.cancel() }
        try await TestDaemon.run(sources: [SourceConfiguration(.sim2real, endpoint: robot.endpoint)]) { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let stand = daemon.robot.profile.standPose.jointPositions
            func told(_ state: String, sending joints: [Double]?) async throws -> JSONValue? {
                await robot.stand(at: joints)
                return try await events.next { $0["event"] == "source" && $0["state"]?.string == state }
            }
            let fresh = try #require(try await told("fresh", sending: stand))
            #expect(fresh["source"] == "sim2real" && fresh["held"] == false)
            let command = try await client.say("walk", #","duration_s":60"#)
            _ = try await events.upTo("playing", of: command)

            var broken = stand
            broken[4] = .nan
            for (state, joints) in [("lost", nil), ("refused", broken)] as [(String, [Double]?)] {
                let lost = try #require(try await told(state, sending: joints))
                #expect(lost["held"] == true && lost["reason"]?.string != nil)
                #expect(daemon.robot.channel.status.isHeld)
                // Nobody moves a robot of which it is not known where it is.
                for request in [#"{"type":"resume"}"#, #"{"type":"say","body":{"text":"raise","mode":"replace"}}"#] {
                    let reply = try await client.ask(request)
                    #expect(reply["error"]?["code"] == "not_ready", "\(reply.text)")
                    #expect(reply["error"]?["retryable"] == true)
                }
                let found = try #require(try await told("fresh", sending: stand))
                #expect(found["held"] == false)
                #expect(!daemon.robot.channel.status.isHeld)
            }

            // Who holds the robot on purpose holds it beyond that.
            _ = try #require(try await told("lost", sending: nil))
            #expect(try await client.ask(#"{"type":"hold"}"#)["ok"] == true)
            let found = try #require(try await told("fresh", sending: stand))
            #expect(found["held"] == false)
            #expect(daemon.robot.channel.status.isHeld)

            // And a robot that fell in the meantime does not go on.
            #expect(try await client.ask(#"{"type":"resume"}"#)["ok"] == true)
            _ = try #require(try await told("lost", sending: nil))
            var fallen = stand
            fallen[3] += 1.6
            let far = try #require(try await told("fresh", sending: fallen))
            #expect(far["held"] == true && far["reason"]?.string?.contains("mrad") == true)
            let replaced = try await client.ask(#"{"type":"say","body":{"text":"raise","mode":"replace"}}"#)
            #expect(replaced["error"]?["code"] == "not_ready")
            #expect(daemon.robot.channel.status.isHeld)
        }
    }

    @Test func `a late message is known by the sender's clock, however that is set`() {
        for offset: Int64 in [0, 5_000_000_000, -86_400_000_000_000, .min, .max] {
            var clock = SenderClock()
            var now: Int64 = 1_790_000_000_000_000_000
            func lateness(after milliseconds: Int64, delayed delay: Int64) -> Int64 {
                now += milliseconds * 1_000_000
                let sent = now.addingReportingOverflow(offset).partialValue
                return clock.lateness(sent: sent, received: now + delay * 1_000_000) / 1_000_000
            }
            for _ in 0..<200 { #expect(lateness(after: 20, delayed: 1) == 0) }
            #expect(lateness(after: 20, delayed: 700) == 699)
            #expect(lateness(after: 1000, delayed: 2) == 1)
        }
        // A clock that is set, back or ahead, is followed at once.
        var clock = SenderClock()
        var late: [Int64] = []
        for step in 0..<500 as Range<Int64> {
            let now = 1_790_000_000_000_000_000 + step * 20_000_000
            late.append(
                clock.lateness(
                    sent: step < 150 ? now : step < 300 ? now - 3_600_000_000_000 : now + 7_000_000_000, received: now))
        }
        #expect(late.allSatisfy { $0 <= 0 }, "\(late.max() ?? 0)")
    }

    @Test func `sources are written as sinks are`() throws {
        let sonic = try SourceConfiguration("unitree_g1:sonic=tcp://10.0.0.2:5557")
        #expect(sonic == SourceConfiguration(.sonic, robot: "unitree_g1", endpoint: "tcp://10.0.0.2:5557"))
        #expect(try SourceConfiguration("sim2real").endpoint == "tcp://127.0.0.1:5590")
        #expect(try SourceConfiguration("native").endpoint == nil)
        for text in ["", "sonics", "sonic=5557", "native=tcp://127.0.0.1:1"] {
            #expect(throws: StartError.self) { try SourceConfiguration(text) }
        }
        var configuration = ServiceConfiguration(environment: [:], executable: nil)
        configuration.sources = [try SourceConfiguration("r2d2:sonic")]
        #expect(throws: StartError.self) { try configuration.validate() }
    }
}
