import Foundation
import Geometry
import Robots
import Testing

@testable import Timeline

@Suite("what a stream says of its soles")
struct SoleContactTests {
    private static let rate = 50
    private let profile: RobotProfile

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        profile = try RobotProfile(file: root.appending(path: "RobotProfiles/unitree_g1.json").path())
    }

    /// The G1 marches in place for two seconds, slides for one, stands for one, and so on; it claims both feet all the time.
    private func waypoints(_ frames: Range<Int>, late: Double = 0) -> [MotionWaypoint] {
        frames.map { frame in
            let t = Double(frame) / 30 + late
            let part = t.truncatingRemainder(dividingBy: 4)
            var configuration = profile.standPose
            let phase = part < 2 ? sin(2 * .pi * part) : 0
            for (side, sign) in [("left", 1.0), ("right", -1.0)] {
                let lift = 0.4 * max(0, sign * phase)
                for (joint, ratio) in [("hip_pitch", -1.0), ("knee", 2), ("ankle_pitch", -1)] {
                    guard let index = profile.jointNames.firstIndex(of: "\(side)_\(joint)_joint") else { continue }
                    configuration.jointPositions[index] += ratio * lift
                }
            }
            configuration.rootPosition.x += 0.4 * ((t / 4).rounded(.down) + min(max(part - 2, 0), 1))
            return MotionWaypoint(configuration: configuration, contacts: [1, 1, 1, 1])
        }
    }

    /// Heights of the lowest sole corner and its speed from frame to frame, by the kinematics that nothing here shares.
    private func soles(_ frames: [PublishedFrame]) throws -> [[(height: Double, speed: Double, claims: Bool)]] {
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        let feet = try #require(profile.feet).both
        let bodies = try feet.map { try #require(workspace.tree.index(ofBody: $0.body)) }
        var before: [RigidTransform] = []
        return frames.compactMap { frame in
            workspace.update(frame.configuration)
            let poses = bodies.map(workspace.pose)
            defer { before = poses }
            guard !before.isEmpty else { return nil }
            return poses.indices.map { side in
                let lowest = feet[side].sole.min { poses[side].act($0).z < poses[side].act($1).z } ?? .zero
                let place = poses[side].act(lowest)
                return (
                    place.z, (place - before[side].act(lowest)).length * Double(Self.rate),
                    max(frame.contacts[2 * side], frame.contacts[2 * side + 1]) > 0.5
                )
            }
        }
    }

    @Test("claims of standing agree with the frames, undisturbed and under replacements", arguments: [false, true])
    func agree(isReplaced: Bool) throws {
        var player = RobotPlayer(profile: profile, streamRate: Self.rate, contactCount: 4)
        var frame = player.makeFrame()
        var frames: [PublishedFrame] = []
        var trajectory: UInt64 = 0
        for second in 0..<12 {
            if second == 0 || isReplaced {
                trajectory += 1
                var resampler = MotionResampler(
                    trajectory: trajectory, jointCount: player.jointCount, contactCount: 4, streamRate: Self.rate)
                var chunk = try resampler.append(
                    waypoints(0..<(30 * (12 - second)), late: 0.37 * Double(second)), tag: .none)
                chunk.append(resampler.finish())
                guard case .planned = player.apply(.replace(chunk)) else {
                    Issue.record("refused in second \(second)")
                    return
                }
            }
            for _ in 0..<Self.rate {
                player.tick(into: &frame)
                frames.append(frame)
            }
        }
        let samples = try soles(frames).flatMap { $0 }
        let claims = samples.filter(\.claims)
        #expect(claims.count > samples.count / 4)
        #expect(Double(claims.count { $0.speed > 0.1 }) < 0.02 * Double(claims.count))
        #expect(claims.allSatisfy { $0.height < 0.013 })
        let standing = samples.filter { $0.height < 0.005 && $0.speed < 0.05 }
        #expect(standing.count > samples.count / 4)
        #expect(Double(standing.count(where: \.claims)) > 0.95 * Double(standing.count))
        // It does not take the plan's word: both feet slide for a quarter of the time, and one is in the air for another.
        #expect(claims.count < samples.count * 4 / 5)
    }

    @Test func `a robot without feet has no contacts, whatever the person has`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let wheeled = try RobotProfile(file: root.appending(path: "RobotProfiles/pepper.json").path())
        var player = RobotPlayer(profile: wheeled, streamRate: Self.rate, contactCount: 4)
        var resampler = MotionResampler(
            trajectory: 1, jointCount: player.jointCount, contactCount: 4, streamRate: Self.rate)
        let still = MotionWaypoint(configuration: wheeled.standPose, contacts: [1, 1, 1, 1])
        var chunk = try resampler.append(Array(repeating: still, count: 30), tag: .none)
        chunk.append(resampler.finish())
        guard case .planned = player.apply(.replace(chunk)) else {
            Issue.record("refused")
            return
        }
        var frame = player.makeFrame()
        for _ in 0..<40 {
            player.tick(into: &frame)
            #expect(frame.contacts.allSatisfy { $0 == 0 })
        }
    }
}
