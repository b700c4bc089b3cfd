import Foundation
import Geometry
import Messaging
import Robots
import Service
import ServiceCore
import Testing
import Wire

/// Robots that fall, tip or do not follow, by what their own sensors say.
@Suite struct SupervisorTests {
    private let profile: RobotProfile

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        profile = try RobotProfile(file: root.appending(path: "RobotProfiles/unitree_g1.json").path)
    }

    private static func rolled(_ degrees: Double) -> Quaternion {
        Quaternion(angle: degrees * .pi / 180, axis: Vector3(1, 0, 0))
    }

    /// What is found after so many seconds in which the sensors say the same.
    private func found(
        by supervisor: inout Supervisor, rolled degrees: Double = 0, height: Double? = nil, joint: Double = 0,
        reference: RobotConfiguration? = nil, from start: Double = 0, seconds: Double = 1
    ) -> Supervisor.Finding? {
        let asked = reference ?? profile.standPose
        var joints = asked.jointPositions
        joints[3] += joint
        var finding: Supervisor.Finding?
        for tick in 0...Int(seconds * 50) {
            let state = MeasuredState(
                robot: profile.name, jointPositions: joints, rootRotation: Self.rolled(degrees),
                rootPosition: height.map { Vector3(4, 5, $0) })
            finding = supervisor.judge(
                state, reference: asked, profile: profile, isFollowing: true,
                at: Int64((start + Double(tick) / 50) * 1e9))
        }
        return finding
    }

    @Test func `a robot on its side has fallen, and is up again after half a second upright`() {
        var supervisor = Supervisor()
        #expect(found(by: &supervisor)?.condition == .upright)
        #expect(found(by: &supervisor, rolled: 88, from: 2)?.condition == .fallen)
        // Neither a wobble nor a moment ends it.
        #expect(found(by: &supervisor, rolled: 55, from: 4)?.condition == .fallen)
        #expect(found(by: &supervisor, from: 6, seconds: 0.3)?.condition == .fallen)
        #expect(found(by: &supervisor, from: 6.3, seconds: 0.5)?.condition == .upright)
    }

    @Test func `who lies as the reference lies has not fallen`() {
        var supervisor = Supervisor()
        var lying = profile.standPose
        lying.rootRotation = Self.rolled(85)
        lying.rootPosition.z = 0.15
        #expect(found(by: &supervisor, rolled: 90, height: 0.14, reference: lying)?.condition == .upright)
    }

    @Test func `a height counts once it was one over the floor`() {
        var supervisor = Supervisor()
        // A world whose origin is elsewhere.
        #expect(found(by: &supervisor, height: 0.02)?.condition == .upright)
        #expect(found(by: &supervisor, height: profile.standPose.rootPosition.z, from: 2)?.condition == .upright)
        #expect(found(by: &supervisor, height: 0.2, from: 4)?.condition == .fallen)
    }

    @Test func `a lean beside the reference is tipping, a joint that stays off is not following`() {
        var supervisor = Supervisor()
        #expect(found(by: &supervisor, rolled: 35)?.condition == .tipping)
        #expect(found(by: &supervisor, from: 2)?.condition == .upright)
        #expect(found(by: &supervisor, joint: 2.5, from: 4, seconds: 0.5)?.condition == .upright)
        let finding = found(by: &supervisor, joint: 2.5, from: 4.5)
        #expect(finding?.condition == .notFollowing)
        #expect(finding?.joint?.index == 3 && abs((finding?.joint?.distance ?? 0) - 2.5) < 1e-9)
    }

    @Test func `a robot that lies is not told to walk, and a fall ends what is played`() async throws {
        try await TestDaemon.run { daemon in
            let events = try await daemon.events()
            let client = try daemon.client()
            let context = try Context()
            let sender = try Socket(.push, in: context)
            try sender.connect(daemon.endpoints.state)
            func send(_ degrees: Double, seconds: Double) async throws {
                for _ in 0..<Int(seconds * 50) {
                    try sender.send([try state(degrees, of: daemon)])
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            try await send(90, seconds: 0.2)
            _ = try #require(try await events.next { $0["event"] == "fallen" && $0["tilt_deg"]?.number == 90 })
            for mode in ["append", "replace"] {
                let reply = try await client.ask(#"{"type":"say","body":{"text":"walk","mode":"\#(mode)"}}"#)
                #expect(reply["ok"] == false && reply["error"]?["code"] == "fallen", "\(reply.text)")
            }
            try await send(0, seconds: 0.8)
            _ = try #require(try await events.next { $0["event"] == "upright" })
            let command = try await client.say("walk", #","duration_s":60"#)
            _ = try await events.upTo("playing", of: command)
            try await send(85, seconds: 0.2)
            let failed = try #require(try await events.next { $0["event"] == "failed" })
            #expect(failed["reason"]?.string?.contains("fallen") == true)
            try await daemon.settle()
            let status = try await client.ask(#"{"type":"status"}"#)
            #expect(status["robots"]?.array?.first?["condition"] == "fallen")
            sender.close()
        }
    }

    private func state(_ degrees: Double, of daemon: TestDaemon) throws -> [UInt8] {
        let rotation = Self.rolled(degrees)
        let joints = daemon.robot.channel.pose.jointPositions
        return try StreamMessage(
            topic: "state.\(daemon.robot.name).",
            fields: [
                .init("joint_pos", shape: [joints.count], .double(joints)),
                .init("root_quat", shape: [4], .double([rotation.w, rotation.x, rotation.y, rotation.z])),
            ]
        ).encoded()
    }
}
