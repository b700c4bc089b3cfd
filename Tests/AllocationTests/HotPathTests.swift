import CKernels
import Foundation
import Geometry
import HumanMotion
import Retargeting
import Robots
import Testing
import TextEncoding
import Timeline
import Wire

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

@Suite(
    "Allocations of hot paths", .serialized,
    .enabled(if: Allocations.areCounted, "allocations are counted with glibc and without a sanitizer"))
struct HotPathTests {
    let g1: RobotProfile

    init() throws { g1 = try RobotProfile(file: root.appending(path: "RobotProfiles/unitree_g1.json").path()) }

    /// A robot that walks on the spot, and the frames of its stream.
    private func walkingPlayer() throws -> RobotPlayer {
        var player = RobotPlayer(profile: g1, streamRate: 50, contactCount: 4)
        let waypoints = (0..<400).map { index in
            var pose = g1.standPose
            pose.rootPosition.z -= 0.02 * sin(Double(index) / 10) * sin(Double(index) / 10)
            pose.jointPositions[3] += 0.2 * sin(Double(index) / 10)
            return MotionWaypoint(configuration: pose, contacts: [1, 1, 0, 1])
        }
        var resampler = MotionResampler(trajectory: 1, jointCount: player.jointCount, contactCount: 4, streamRate: 50)
        let chunk = try resampler.append(waypoints, tag: MotionTag(command: 1, segment: 0))
        let outcome = player.apply(.append(chunk))
        guard case .planned = outcome else {
            Issue.record("the walk was not taken: \(outcome)")
            return player
        }
        return player
    }

    @Test("kernels")
    func kernels() throws {
        let (rows, width) = (13, 96)
        let x = [Float](repeating: 0.5, count: rows * width)
        let weight = [Float](repeating: 0.1, count: width * width)
        let gain = [Float](repeating: 1, count: width)
        let A = [Float](repeating: -1, count: width * 16)
        var y = x
        var (mean, scale) = ([Float](repeating: 0, count: rows), [Float](repeating: 0, count: rows))
        try Allocations.check("kernels") {
            ck_linear(rows, width, width, width, x, weight, &y)
            ck_layernorm(rows, width, x, gain, gain, 1e-5, &y, &mean, &scale)
            ck_softmax(rows, width, x, &y)
            ck_gelu(rows * width, x, &y)
            ck_conv4(rows, width, x, weight, gain, nil, 0, &y)
            ck_scan(rows, width, x, x, A, x, x, 16, gain, 0, nil, &y)
        }
    }

    @Test("a frame of inverse kinematics")
    func retargeting() throws {
        let file = root.appending(path: "Tests/HumanMotionTests/Fixtures/walk.bvh")
        let clip = try SMPLConversion(BVH([UInt8](Data(contentsOf: file)))).clip()
        let retargeter = try Retargeter(g1)
        var state = RetargetState(frameRate: clip.frameRate)
        retargeter.push(clip.frames[0], to: &state)
        var frame = try #require(retargeter.pop(&state))
        var next = 0
        try Allocations.check("retargeted frame", calls: clip.frames.count - 20) {
            next += 1
            retargeter.push(clip.frames[next], to: &state)
            _ = retargeter.pop(&state, into: &frame)
        }
    }

    @Test("a tick of the player, and the frames ahead of it")
    func player() throws {
        var player = try walkingPlayer()
        var frame = player.makeFrame()
        try Allocations.check("player tick") { player.tick(into: &frame) }
        var ahead = LookAhead(of: player, count: 20)
        try Allocations.check("look ahead") {
            ahead.update(with: &player, isEdited: false)
            player.tick(into: &frame)
        }
    }

    @Test("messages of the stream and of sinks")
    func messages() throws {
        var player = try walkingPlayer()
        var frames = (0..<40).map { _ in player.makeFrame() }
        for index in frames.indices { player.tick(into: &frames[index]) }
        let stamp = ReferenceStamp()
        var reference = try ReferenceEncoder(
            ReferenceEncoder.Layout(
                robot: g1.name, jointCount: player.jointCount, contactCount: 4, rate: 50, epoch: 1,
                profile: g1.contentHash))
        try Allocations.check("reference message") { _ = reference.encode(frames[0], stamp: stamp) }
        var holoMotion = try HoloMotionEncoder(.referenceQPos, profile: g1, streamRate: 50)
        try Allocations.check("holomotion message") { _ = holoMotion.encode(frames, stamp: stamp) }
        var sim2real = try Sim2RealEncoder(profile: g1, streamRate: 50)
        try Allocations.check("sim2real message") { _ = sim2real.encode(frames, stamp: stamp) }
        var twist = try TwistEncoder(.twist2, profile: g1, streamRate: 50)
        try Allocations.check("twist2 message") { _ = twist.encode(frames, stamp: stamp) }
    }

    @Test("a sentence")
    func sentence() throws {
        let encoder = try SentenceEncoder(directory: root.appending(path: "Models/minilm-l6").path())
        try Allocations.check("sentence encoding", calls: 10) { _ = try encoder.encode("a person waves") }
    }
}
