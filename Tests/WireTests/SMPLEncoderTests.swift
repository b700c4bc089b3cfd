import Geometry
import HumanBody
import HumanMotion
import JSON
import Testing
import Timeline
import Wire

/// The people of `make_sinks.py`.
private func people(_ count: Int) -> [SMPLPose] {
    (0..<count).map { k in
        var pose = SMPLPose(
            HumanFrame(pelvis: .zero, rotations: SMPLSkeleton.restRotations))
        pose.rootRotation = sinkFrames(k + 1)[k].rootRotation
        pose.rootPosition = Vector3(0.5 + Double(k), -0.25, 0.875)
        pose.joints = (0..<24).map { Vector3(0.01 * Double($0) + Double(k), 0.02 * Double($0), -0.01 * Double($0)) }
        pose.rotations = (0..<21).map { Vector3(0.1 * Double(k), 0.01 * Double($0), -0.02 * Double($0)) }
        return pose
    }
}

private let stamp: ReferenceStamp = {
    var stamp = ReferenceStamp()
    stamp.playNanoseconds = 1_790_000_000_125_000_000
    return stamp
}()

@Suite struct SMPLEncoderTests {
    @Test func `SONIC's third version carries the human and the robot's joints`() throws {
        var encoder = try SonicSMPLEncoder(profile: g1, streamRate: 50, lookAhead: 3, margin: 1)
        _ = encoder.encode(sinkFrames(4).reversed(), people: people(4).reversed(), stamp: stamp)
        let bytes = encoder.encode(sinkFrames(4), people: people(4), stamp: stamp).map(Array.init)
        #expect(bytes == (try golden("sonic_smpl.bin")))
        #expect(encoder.encode(sinkFrames(4), people: people(3), stamp: stamp) == nil)
    }

    @Test func `five frames of it are as long as the format page says`() throws {
        var encoder = try SonicSMPLEncoder(profile: g1, streamRate: 50, lookAhead: 4, margin: 1)
        #expect(encoder.encode(sinkFrames(5), people: people(5), stamp: stamp)?.count == 5265)
    }

    @Test func `LeRobot gets one frame`() throws {
        var encoder = try LeRobotSMPLEncoder(profile: g1, streamRate: 50)
        let frames = Array(sinkFrames(2).dropFirst())
        let bytes = encoder.encode(frames, people: Array(people(2).dropFirst()), stamp: stamp).map(Array.init)
        #expect(text(bytes) == text(try golden("rt_smpl.json")))
    }

    @Test func `sim2real gets the last ten`() throws {
        var encoder = try Sim2RealSMPLEncoder(profile: g1, streamRate: 50)
        let (frames, people) = (sinkFrames(10), people(10))
        var bytes: [UInt8]?
        for index in 0..<10 {
            bytes = encoder.encode([frames[index]], people: [people[index]], stamp: stamp).map(Array.init)
            let window = try JSONValue(parsing: try #require(bytes))["frame_index"]?.array?.compactMap(\.integer)
            #expect(window == (0..<10).map { 1000 + Int64(index) - 9 + $0 })
        }
        #expect(text(bytes) == text(try golden("sim2real_smpl.json")))
    }

    @Test func `faster streams are sent at fifty frames a second`() throws {
        var sonic = try SonicSMPLEncoder(profile: g1, streamRate: 100, lookAhead: 3, margin: 1)
        #expect(sonic.stride == 2 && sonic.frameCount == 7)
        let bytes = try #require(sonic.encode(sinkFrames(7), people: people(7), stamp: stamp).map(Array.init))
        let message = try StreamMessage(decoding: bytes)
        #expect(message["frame_index"]?.elements == .integer([500, 501, 502, 503]))
        guard case .float(let joints)? = message["smpl_joints"]?.elements else { throw Missing.field }
        #expect(joints[24 * 3] == Float(people(3)[2].joints[0].x))
        #expect(throws: SinkError.self) { _ = try LeRobotSMPLEncoder(profile: g1, streamRate: 60) }
    }

    private enum Missing: Error { case field }

    @Test(arguments: [Double.nan, .infinity])
    func `no number that is not finite goes anywhere`(value: Double) throws {
        var broken = people(10)
        broken[3].joints[7].y = value
        var sonic = try SonicSMPLEncoder(profile: g1, streamRate: 50, lookAhead: 9, margin: 1)
        #expect(sonic.encode(sinkFrames(10), people: broken, stamp: stamp) == nil)
        var sim2real = try Sim2RealSMPLEncoder(profile: g1, streamRate: 50)
        #expect(sim2real.encode(sinkFrames(1), people: [broken[3]], stamp: stamp) == nil)
        var lerobot = try LeRobotSMPLEncoder(profile: g1, streamRate: 50)
        #expect(lerobot.encode(sinkFrames(1), people: [broken[3]], stamp: stamp) == nil)
        #expect(lerobot.encode(sinkFrames(1), people: [broken[4]], stamp: stamp) != nil)
    }

    /// Who stands and looks along the world's x has no rotation: head up, left hand left, toes ahead.
    @Test func `a person who stands faces forward without rotation`() {
        let still = HumanFrame(
            pelvis: Vector3(0.1, 0.9, 0.3), rotations: SMPLSkeleton.restRotations)
        let pose = SMPLPose(still)
        #expect(abs(pose.rootRotation.w) > 1 - 1e-12)
        // SMPL's left is x, its up y, its forward z.
        #expect((pose.rootPosition - Vector3(0.3, 0.1, 0.9)).length < 1e-12)
        #expect(pose.joints.count == 24 && pose.rotations.count == 21)
        #expect(pose.joints[.pelvis].length < 1e-12)
        #expect(pose.joints[.head].z > 0.5)
        #expect(pose.joints[.leftWrist].y > 0.6 && pose.joints[.rightWrist].y < -0.6)
        #expect(pose.joints[22].y > pose.joints[.leftWrist].y && pose.joints[23].y < pose.joints[.rightWrist].y)
        #expect(pose.joints[.leftFoot].x > 0.05 && pose.joints[.leftFoot].z < -0.8)
    }

    /// A turn to the left is a positive turn about the world's z, and the joints stay in the root's axes.
    @Test func `turning and bending keep their sense`() {
        var frame = HumanFrame(
            pelvis: .zero, rotations: SMPLSkeleton.restRotations)
        let still = SMPLPose(frame)
        // About SMPL's y, from z towards x: to the person's left.
        frame.rotations[.pelvis] = Quaternion(angle: 0.5, axis: Vector3(0, 1, 0))
        let turned = SMPLPose(frame)
        #expect((turned.rootRotation.rotationVector - Vector3(0, 0, 0.5)).length < 1e-12)
        #expect(zip(turned.joints, still.joints).allSatisfy { ($0 - $1).length < 1e-12 })
        // World places agree with SMPL's own kinematics carried over.
        let world = SMPLSkeleton.forwardKinematics(frame)
        for joint in 0..<22 {
            let place = turned.rootRotation.act(turned.joints[joint]) + turned.rootPosition
            let wanted = world[joint].translation
            #expect((place - Vector3(wanted.z, wanted.x, wanted.y)).length < 1e-9)
        }
        // The left elbow bent about SMPL's y swings the forearm forward or back, and nothing else moves.
        frame.rotations[.leftElbow] = Quaternion(angle: -1, axis: Vector3(0, 1, 0))
        let bent = SMPLPose(frame)
        #expect((bent.rotations[.rightShoulder] - Vector3(0, -1, 0)).length < 1e-12)
        #expect(bent.joints[.leftWrist].x > still.joints[.leftWrist].x + 0.1)
        #expect((bent.joints[.leftElbow] - still.joints[.leftElbow]).length < 1e-12)
    }

    private func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nothing" }
}
