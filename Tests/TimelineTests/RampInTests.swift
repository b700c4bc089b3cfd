import Foundation
import Geometry
import Robots
import Testing

@testable import Timeline

/// Soles of robots that go from where they are measured to be into a motion, by kinematics that the player does not use.
@Suite struct RampInTests {
    private static let rate = 50

    private func profile(_ name: String) throws -> RobotProfile {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try RobotProfile(file: root.appending(path: "RobotProfiles/\(name).json").path)
    }

    /// The stand with legs bent and spread, arms anywhere, on the floor as a robot stands there.
    private func pose(_ profile: RobotProfile, bend: Double, spread: Double, tilt: Double) throws -> RobotConfiguration
    {
        var pose = profile.standPose
        for (index, name) in profile.jointNames.enumerated() {
            let isRight = name.contains("right") || name.hasPrefix("r_") || name.contains("_r_")
            let change =
                name.contains("knee")
                ? bend
                : name.contains("hip_pitch")
                    ? -0.3 * bend
                    : name.contains("hip_roll")
                        ? (isRight ? -spread : spread) : name.contains("shoulder") ? 0.4 * bend : 0
            let joint = try #require(profile.joints.first { $0.name == name })
            let limits = joint.limits
            pose.jointPositions[index] = min(
                max(pose.jointPositions[index] + change, limits.lower + 0.01), limits.upper - 0.01)
        }
        pose.rootRotation = pose.rootRotation * Quaternion(angle: tilt, axis: Vector3(0, 1, 0))
        pose.rootPosition.z -= try soles(profile, [pose])[0]
        return pose
    }

    /// Height of the lowest corner of both soles in each pose.
    private func soles(_ profile: RobotProfile, _ poses: [RobotConfiguration]) throws -> [Double] {
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        let feet = try #require(profile.feet).both
        let bodies = try feet.map { try #require(workspace.tree.index(ofBody: $0.body)) }
        return poses.map { pose in
            workspace.update(pose)
            return zip(feet, bodies).flatMap { foot, body in
                (foot.sole + [foot.heel, foot.toe]).map { workspace.pose(ofBody: body).act($0).z }
            }.min() ?? 0
        }
    }

    @Test(
        arguments: [
            "unitree_g1", "unitree_h1", "booster_t1", "fourier_n1", "engineai_pm01", "kuavo_s45", "pnd_adam_lite",
            "nao_v5",
        ],
        [(0.5, 0.1, 0.0, true), (0.9, -0.05, 0.15, true), (0.7, 0.2, -0.1, false)])
    func `soles stay over the floor from a measured pose into a motion and back to the stand`(
        name: String, _ measured: (bend: Double, spread: Double, tilt: Double, hasHeight: Bool)
    ) throws {
        let profile = try profile(name)
        let measuredPose = try pose(profile, bend: measured.bend, spread: measured.spread, tilt: measured.tilt)
        var player = RobotPlayer(profile: profile, streamRate: Self.rate, contactCount: 4)
        var frame = player.makeFrame()
        var poses: [RobotConfiguration] = []
        func run(_ count: Int) {
            for _ in 0..<count {
                player.tick(into: &frame)
                poses.append(frame.configuration)
            }
        }
        run(10)
        let outcome = player.apply(
            .meet(
                MeasuredPose(
                    jointPositions: measuredPose.jointPositions,
                    rootHeight: measured.hasHeight ? measuredPose.rootPosition.z : nil,
                    rootRotation: measuredPose.rootRotation)))
        guard case .effective = outcome else {
            Issue.record("\(outcome)")
            return
        }
        run(20)
        // The motion begins somewhere else, on the floor too.
        var resampler = MotionResampler(
            trajectory: 1, jointCount: profile.jointNames.count, contactCount: 4, streamRate: Self.rate,
            facing: profile.facing)
        let other = try pose(profile, bend: 0.2, spread: -measured.spread, tilt: 0.05)
        let waypoints = (0..<60).map { _ in MotionWaypoint(configuration: other, contacts: [1, 1, 1, 1]) }
        let tag = MotionTag(command: 1, segment: 0)
        _ = player.apply(.replace(try resampler.append(waypoints, tag: tag, endsSegment: true, endsCommand: true)))
        _ = player.apply(.append(resampler.finish()))
        run(200)
        _ = player.apply(.stop)
        run(200)
        let lowest = try soles(profile, poses).min() ?? -1
        #expect(lowest > -0.002, "\(Int(lowest * 1e6)) um")
        #expect(player.isSettled)
    }

    /// Marches so fast that joints meet their limits, a foot of each on the floor in every frame.
    private func march(_ profile: RobotProfile, _ frames: Range<Int>, late: Double) throws -> [MotionWaypoint] {
        try frames.map { frame in
            var pose = profile.standPose
            let phase = sin(2 * .pi * (Double(frame) / 30 + late))
            for (index, name) in profile.jointNames.enumerated() {
                let isRight = name.contains("right") || name.hasPrefix("r_") || name.contains("_r_")
                let lift = 0.6 * max(0, isRight ? -phase : phase)
                let ratio =
                    name.contains("hip_pitch")
                    ? -1.0 : name.contains("knee") ? 2 : name.contains("ankle") && !name.contains("roll") ? -1 : 0
                let limits = try #require(profile.joints.first { $0.name == name }).limits
                pose.jointPositions[index] = min(
                    max(pose.jointPositions[index] + ratio * lift, limits.lower + 0.01), limits.upper - 0.01)
            }
            pose.rootRotation = pose.rootRotation * Quaternion(angle: 0.1 * phase, axis: Vector3(1, 0, 0))
            pose.rootPosition.z -= try soles(profile, [pose])[0]
            return MotionWaypoint(configuration: pose, contacts: [1, 1, 1, 1])
        }
    }

    @Test(arguments: ["unitree_g1", "unitree_h1", "booster_t1"])
    func `soles stay over the floor when quick motions take each other's place`(name: String) throws {
        let profile = try profile(name)
        var player = RobotPlayer(profile: profile, streamRate: Self.rate, contactCount: 4)
        var frame = player.makeFrame()
        var poses: [RobotConfiguration] = []
        for turn in 0..<25 {
            var resampler = MotionResampler(
                trajectory: UInt64(turn + 1), jointCount: profile.jointNames.count, contactCount: 4,
                streamRate: Self.rate, facing: profile.facing)
            var chunk = try resampler.append(
                try march(profile, 0..<60, late: 0.173 * Double(turn)), tag: MotionTag(command: 1, segment: 0))
            chunk.append(resampler.finish())
            guard case .planned = player.apply(.replace(chunk)) else {
                Issue.record("refused in turn \(turn)")
                return
            }
            for _ in 0..<(17 + turn % 13) {
                player.tick(into: &frame)
                poses.append(frame.configuration)
            }
        }
        let heights = try soles(profile, poses)
        #expect(try #require(heights.min()) > -0.004)
        // It is not kept over the floor by floating.
        #expect(heights.count { $0 < 0.01 } > heights.count * 9 / 10)
    }
}
