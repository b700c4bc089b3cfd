import Foundation
import Geometry
import Testing
import Timeline
import Wire

private let golden: [UInt8] = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/reference.bin")
    return (try? Data(contentsOf: path)).map(Array.init) ?? []
}()

private func layout(joints: Int, contacts: Int = 4, robot: String = "test_robot") -> ReferenceEncoder.Layout {
    ReferenceEncoder.Layout(
        robot: robot, jointCount: joints, contactCount: contacts, rate: 50, epoch: 4_503_599_627_370_495,
        profile: "0123456789abcdef")
}

/// A frame of a robot with as many joints as there are positions.
private func frame(
    positions: [Double], velocities: [Double], contacts: [Float] = [0, 0, 0, 0], command: UInt64 = 123
) -> PublishedFrame {
    var frame = PublishedFrame(jointCount: positions.count, contactCount: contacts.count)
    frame.frame = -7
    frame.rootPosition = Vector3(1.25, -2.5, 0.75)
    frame.rootRotation = Quaternion(w: 0.5, x: -0.5, y: 0.5, z: -0.5)
    frame.rootLinearVelocity = Vector3(0.1, 0.2, 0.3)
    frame.rootAngularVelocity = Vector3(-0.1, -0.2, -0.3)
    frame.jointPositions = positions
    frame.jointVelocities = velocities
    frame.contacts = contacts
    frame.state = .playing
    frame.tag = MotionTag(command: command, segment: 12)
    return frame
}

private let stamp: ReferenceStamp = {
    var stamp = ReferenceStamp()
    stamp.sequence = 41
    stamp.monotonicNanoseconds = 123_456_789_012_345
    stamp.wallNanoseconds = 1_790_000_000_123_456_789
    stamp.playNanoseconds = 1_790_000_000_123_456_790
    stamp.isFirstOfSegment = true
    return stamp
}()

@Suite struct StreamMessageTests {
    @Test func `a reference has the bytes that the page describes`() throws {
        var encoder = try ReferenceEncoder(layout(joints: 3))
        // A message before, with other lengths everywhere, must leave no trace.
        var earlier = ReferenceStamp()
        earlier.sequence = .max
        var other = frame(positions: [9, 9, 9], velocities: [9, 9, 9], command: 123_456_789)
        other.state = .stopping
        other.frame = .max
        _ = encoder.encode(other, stamp: earlier)
        let golden = golden
        let bytes = encoder.encode(
            frame(positions: [0.01, -1.5, 3], velocities: [10, -20, 0], contacts: [1, 0, 0.25, 0.75]), stamp: stamp)
        #expect(bytes.map(Array.init) == golden)
    }

    @Test func `what is foretold has the bytes that the page describes`() throws {
        var frames = [
            frame(positions: [0.01, -1.5, 3], velocities: [10, -20, 0]),
            frame(positions: [0.02, -1.25, 2.5], velocities: [9, -10, 0.5]),
        ]
        (frames[0].frame, frames[1].frame) = (12, 13)
        frames[1].rootPosition.x = 1.5
        frames[1].rootRotation = Quaternion(w: 0, x: 0.6, y: 0, z: 0.8)
        let message = StreamMessage.trajectory(
            of: "test_robot", profile: "0123456789abcdef", rate: 50, epoch: 4_503_599_627_370_495, stamp: stamp,
            frames: frames)
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/trajectory.bin")
        #expect(try message.encoded() == Array(try Data(contentsOf: path)))
    }

    @Test(arguments: [
        (7, "c-000007"), (999_999, "c-999999"), (1_000_000, "c-1000000"), (99_999_999_999, "c-99999999999"),
    ])
    func `the header names the command`(number: Int64, name: String) throws {
        var encoder = try ReferenceEncoder(layout(joints: 1))
        let bytes = try #require(
            encoder.encode(frame(positions: [0], velocities: [0], command: UInt64(number)), stamp: stamp).map(
                Array.init))
        #expect(try StreamMessage(decoding: bytes).header.first { $0.key == "command" }?.value == .string(name))
        #expect(CommandName.text(number) == name)
        #expect(CommandName.number(name) == number)
    }

    @Test(arguments: StreamState.allCases)
    func `the header says the state, and null where nothing is carried out`(state: StreamState) throws {
        var encoder = try ReferenceEncoder(layout(joints: 1))
        var idle = frame(positions: [0], velocities: [0])
        idle.state = state
        idle.tag = .none
        let bytes = try #require(encoder.encode(idle, stamp: ReferenceStamp()).map(Array.init))
        let header = JSONValue.object(try StreamMessage(decoding: bytes).header)
        #expect(header["state"] == .string(state.rawValue))
        #expect(header["segment"] == .null)
        #expect(header["command"] == .null)
        #expect(header["first_of_segment"] == false)
        #expect(header["epoch"] == 4_503_599_627_370_495)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a number that is not finite is refused`(value: Double) throws {
        var encoder = try ReferenceEncoder(layout(joints: 2))
        var broken = frame(positions: [0, value], velocities: [0, 0])
        #expect(encoder.encode(broken, stamp: stamp) == nil)
        broken = frame(positions: [0, 0], velocities: [value, 0])
        #expect(encoder.encode(broken, stamp: stamp) == nil)
        broken = frame(positions: [0, 0], velocities: [0, 0])
        broken.rootPosition.y = value
        #expect(encoder.encode(broken, stamp: stamp) == nil)
        broken.rootPosition.y = 0
        broken.contacts[3] = Float(value)
        #expect(encoder.encode(broken, stamp: stamp) == nil)
        #expect(encoder.encode(frame(positions: [0, 0], velocities: [0, 0]), stamp: stamp) != nil)
    }

    @Test func `a robot of 100 joints with the longest name still fits the header`() throws {
        _ = try ReferenceEncoder(layout(joints: 100, robot: String(repeating: "r", count: 60)))
    }

    @Test func `encoding and decoding are inverse`() throws {
        let message = StreamMessage(
            topic: "trajectory.unitree_g1.", header: [.init("epoch", 5), .init("note", "löß")],
            fields: [
                .init("frame", shape: [2], .integer([-1, 1 << 40])),
                .init("joint_pos", shape: [2, 3], .float([1, 2, 3, 4, 5, -6])),
                .init("t", shape: [], .double([0.1])), .init("none", shape: [0, 4], .float([])),
            ])
        #expect(try StreamMessage(decoding: try message.encoded()) == message)
    }

    @Test func `every truncation is refused, none crashes`() throws {
        for length in golden.indices {
            #expect(throws: StreamMessageError.self) { try StreamMessage(decoding: Array(golden.prefix(length))) }
        }
        #expect(throws: StreamMessageError.trailingBytes(count: 1)) { try StreamMessage(decoding: golden + [0]) }
    }

    @Test func `random damage never crashes the decoder`() throws {
        var random = SplitMix64(seed: 1)
        for _ in 0..<2000 {
            var bytes = golden
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<1302, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            _ = try? StreamMessage(decoding: bytes)
        }
    }
}
