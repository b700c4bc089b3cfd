import Foundation
import Geometry
import JSON
import Robots
import Testing
import Timeline
import Wire

/// A Unitree G1 as it is shipped.
let g1: RobotProfile = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    do {
        return try RobotProfile(file: root.appending(path: "RobotProfiles/unitree_g1.json").path())
    } catch {
        fatalError("\(error)")
    }
}()

func golden(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    return Array(try Data(contentsOf: folder.appending(path: name)))
}

/// The frames of `make_sinks.py`.
func sinkFrames(_ count: Int) -> [PublishedFrame] {
    (0..<count).map { k in
        var frame = PublishedFrame(jointCount: 29, contactCount: 4)
        frame.frame = Int64(1000 + k)
        frame.rootPosition = Vector3(1.25 + Double(k), -2.5, 0.75)
        frame.rootRotation =
            k % 2 == 0 ? Quaternion(w: 0.5, x: -0.5, y: 0.5, z: -0.5) : Quaternion(w: 0, x: 0.6, y: 0, z: 0.8)
        frame.rootLinearVelocity = Vector3(0.5, 0.25, -0.125)
        frame.rootAngularVelocity = Vector3(0.1, 0.2, 0.3)
        frame.jointPositions = (0..<29).map { 0.01 * Double($0) + 0.1 * Double(k) - 0.15 }
        frame.jointVelocities = (0..<29).map { 0.5 - 0.02 * Double($0) + Double(k) }
        return frame
    }
}

private let stamp: ReferenceStamp = {
    var stamp = ReferenceStamp()
    stamp.playNanoseconds = 1_790_000_000_125_000_000
    stamp.wallNanoseconds = 1_790_000_000_125_999_999
    return stamp
}()

/// The message after one with other numbers everywhere, which must leave no trace.
private func encoded<Encoder: RobotSinkEncoder & ~Copyable>(_ encoder: inout Encoder) -> [UInt8]? {
    var others = sinkFrames(encoder.frameCount)
    for index in others.indices {
        others[index].frame = 123_456_789
        others[index].jointPositions = others[index].jointPositions.map { -1000 * $0 }
    }
    _ = encoder.encode(others, stamp: ReferenceStamp())
    return encoder.encode(sinkFrames(encoder.frameCount), stamp: stamp).map(Array.init)
}

@Suite struct SinkEncoderTests {
    @Test func `SONIC gets its window, joints in its own order`() throws {
        var encoder = try SonicEncoder(profile: g1, streamRate: 50, lookAhead: 3, margin: 1)
        #expect(encoder.frameCount == 4)
        #expect(encoded(&encoder) == (try golden("sonic_pose.bin")))
        #expect(SonicCommand.start.bytes == (try golden("sonic_start.bin")))
        #expect(SonicCommand.stop.bytes == (try golden("sonic_stop.bin")))
    }

    @Test func `the sizes are those of the format page`() throws {
        var one = try SonicEncoder(profile: g1, streamRate: 50, lookAhead: 9, margin: 1)
        #expect(encoded(&one)?.count == 3845)
        var two = try HoloMotionEncoder(.referenceQPos, profile: g1, streamRate: 50)
        #expect(encoded(&two)?.count == 1454)
    }

    @Test func `a stream at 200 Hz gives SONIC every fourth frame`() throws {
        var encoder = try SonicEncoder(profile: g1, streamRate: 200, lookAhead: 3, margin: 1)
        #expect(encoder.stride == 4)
        #expect(encoder.frameCount == 13)
        let bytes = try #require(encoder.encode(sinkFrames(13), stamp: stamp).map(Array.init))
        let message = try StreamMessage(decoding: bytes)
        #expect(message["frame_index"]?.elements == .integer([250, 251, 252, 253]))
        guard case .float(let positions) = message["joint_pos"]?.elements else { throw CancellationError() }
        #expect(positions[0] == Float(sinkFrames(1)[0].jointPositions[0]))
        #expect(positions[3 * 29] == Float(sinkFrames(13)[12].jointPositions[0]))
    }

    @Test func `HoloMotion gets one frame`() throws {
        var qpos = try HoloMotionEncoder(.referenceQPos, profile: g1, streamRate: 50)
        #expect(encoded(&qpos) == (try golden("reference_qpos.bin")))
        var obs = try HoloMotionEncoder(.obs65, profile: g1, streamRate: 50)
        #expect(encoded(&obs) == (try golden("obs65.bin")))
    }

    @Test func `TWIST and TWIST2 get their Redis commands`() throws {
        var old = try TwistEncoder(.twist, profile: g1, streamRate: 50)
        #expect(encoded(&old).map(text) == text(try golden("twist.bin")))
        var new = try TwistEncoder(.twist2, profile: g1, streamRate: 50)
        #expect(encoded(&new).map(text) == text(try golden("twist2.bin")))
        #expect(TwistEncoder.twistJoints.count == 25)
    }

    @Test func `a number too wide for a Redis value is refused`() throws {
        var encoder = try TwistEncoder(.twist2, profile: g1, streamRate: 50)
        var wide = sinkFrames(1)
        wide[0].rootPosition.z = 1e7
        #expect(encoder.encode(wide, stamp: stamp) == nil)
    }

    @Test func `sim2real gets named joints and every body where it is`() throws {
        var encoder = try Sim2RealEncoder(profile: g1, streamRate: 50)
        let frame = sinkFrames(1)[0]
        let workspace = KinematicWorkspace(try KinematicTree(g1))
        workspace.update(frame.configuration)
        for sequence in 0..<8 {
            let bytes = try #require(encoder.encode([frame], stamp: stamp).map(Array.init))
            let message = try JSONValue(parsing: bytes)
            #expect(message["joint_names"]?.array?.compactMap(\.string) == g1.jointNames)
            #expect(message["body_names"]?.array?.first == "pelvis")
            #expect(message["publish_t_ns"] == 1_790_000_000_125_000_000)
            #expect(message["seq"] == JSONValue(sequence))
            #expect(message["frame"] == 1000)
            #expect(message["paused"] == false)
            // The second message is that of the fixture.
            if sequence == 1 { #expect(text(bytes) == text(try golden("sim2real.json"))) }
            // Repeated, as the first may get lost; never again later.
            #expect(message["motion_first_frame"] == .bool(sequence < 5))
            let joints = try #require(message["joint_pos"]?.array).compactMap(\.number)
            #expect(zip(joints, frame.jointPositions).allSatisfy { abs($0 - $1) <= 5.1e-7 })
            let places = try #require(message["body_pos_w"]?.array), turns = try #require(message["body_quat_w"]?.array)
            #expect(places.count == g1.bodies.count && turns.count == g1.bodies.count)
            for body in g1.bodies.indices {
                let pose = workspace.pose(ofBody: body)
                let p = try #require(places[body].array).compactMap(\.number)
                let q = try #require(turns[body].array).compactMap(\.number)
                #expect((Vector3(p[0], p[1], p[2]) - pose.translation).length < 2e-6)
                #expect(abs(Quaternion(w: q[0], x: q[1], y: q[2], z: q[3]).dot(pose.rotation)) > 1 - 1e-5)
            }
        }
    }

    @Test func `sim2real holds once a halted robot has been seen at rest`() throws {
        var encoder = try Sim2RealEncoder(profile: g1, streamRate: 50)
        func paused(_ state: StreamState, settled: Bool) throws -> Bool? {
            var frame = sinkFrames(1)[0]
            (frame.state, frame.isSettled) = (state, settled)
            let bytes = try #require(encoder.encode([frame], stamp: stamp).map(Array.init))
            return try JSONValue(parsing: bytes)["paused"]?.bool
        }
        #expect(try (0..<10).map { _ in try paused(.holding, settled: true) }.allSatisfy { $0 == false })
        #expect(try (0..<10).map { _ in try paused(.halted, settled: false) }.allSatisfy { $0 == false })
        let halted = try (0..<10).map { _ in try paused(.halted, settled: true) }
        #expect(halted == Array(repeating: false, count: 5) + Array(repeating: true, count: 5))
        _ = try paused(.playing, settled: false)
        #expect(try paused(.playing, settled: false) == false)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `no number that is not finite goes anywhere`(value: Double) throws {
        func refuses<Encoder: RobotSinkEncoder & ~Copyable>(_ encoder: consuming Encoder) -> Bool {
            var broken = sinkFrames(encoder.frameCount)
            broken[broken.count - 1].jointPositions[0] = value
            guard encoder.encode(broken, stamp: stamp) == nil else { return false }
            broken = sinkFrames(encoder.frameCount)
            broken[0].rootRotation.x = value
            guard encoder.encode(broken, stamp: stamp) == nil else { return false }
            return encoder.encode(sinkFrames(encoder.frameCount), stamp: stamp) != nil
        }
        #expect(refuses(try SonicEncoder(profile: g1, streamRate: 50)))
        for format in HoloMotionEncoder.Format.allCases {
            #expect(refuses(try HoloMotionEncoder(format, profile: g1, streamRate: 50)))
        }
        for format in TwistEncoder.Format.allCases {
            #expect(refuses(try TwistEncoder(format, profile: g1, streamRate: 50)))
        }
        #expect(refuses(try Sim2RealEncoder(profile: g1, streamRate: 50)))
    }

    @Test func `what a robot or a rate cannot give is refused with the reason`() throws {
        var other = g1
        other.targets["isaaclab"] = nil
        #expect(throws: SinkError.noTarget(robot: "unitree_g1", target: "isaaclab")) {
            _ = try SonicEncoder(profile: other, streamRate: 50)
        }
        other.targets["isaaclab"] = g1.targets["isaaclab"]
        other.targets["isaaclab"]?.joints = ["tail_joint"]
        #expect(throws: SinkError.unknownJoint(robot: "unitree_g1", target: "isaaclab", joint: "tail_joint")) {
            _ = try SonicEncoder(profile: other, streamRate: 50)
        }
        other.targets["mujoco"]?.joints = ["left_knee_joint"]
        #expect(throws: SinkError.jointCount(robot: "unitree_g1", found: 1, expected: 29)) {
            _ = try HoloMotionEncoder(.obs65, profile: other, streamRate: 50)
        }
        #expect(throws: SinkError.rate(robot: "unitree_g1", found: 120)) {
            _ = try Sim2RealEncoder(profile: g1, streamRate: 120)
        }
    }

    @Test func `orders there and back are the identity`() throws {
        let isaac = try JointOrder("isaaclab", of: g1), mujoco = try JointOrder("mujoco", of: g1)
        #expect(isaac.places.sorted() == Array(0..<29))
        #expect(mujoco.places.sorted() == Array(0..<29))
        #expect(isaac.places.map { g1.jointNames[$0] } == isaac.names)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
