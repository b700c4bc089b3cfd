import Geometry
import HumanBody
import LivePeople
import Testing

/// Bytes of the makers' documents and of public receivers, and what they mean.
struct GoldenTests {
    @Test func xsensPacketOfOneSegment() throws {
        var decoder = XsensDecoder()
        let people = try decoder.decode(
            hex(
                "4d5854503032 00000007 80 01 000004d2 00 01 00 00 0000 0020 00000001 00000000 00000000 3f800000 3f800000"
                    + "00000000 00000000 00000000"), at: 0)
        let person = try #require(people.first)
        #expect(person.name == "xsens0" && person.pelvis == Vector3(0, 1, 0))
        #expect(person.seen.count == 1 && person.stamp.sequence == 7 && person.stamp.time == 1_234_000_000)
    }

    @Test func vmcBone() throws {
        // One bone makes no frame; the bytes are read.
        var decoder = VMCDecoder()
        let bone = hex(
            "2f564d432f4578742f426f6e652f506f73000000 2c73666666666666660000 00 4869707300000000 00000000 3f800000 00000000"
                + "00000000 00000000 00000000 3f800000")
        #expect(try decoder.decode(bone, at: 0).isEmpty)
        // The next frame's first bone closes this one.
        let people = try decoder.decode(bone, at: 10_000_000)
        #expect(people.first?.pelvis == Vector3(0, 1, 0))
    }

    @Test func xRoboToolkitEmptyPacket() throws {
        var decoder = XRoboToolkitDecoder()
        #expect(try decoder.decode(hex("3f6d020000007b7d0100000000000000a5"), at: 0).isEmpty)
        // A stream may be cut anywhere.
        for byte in hex("3f6d020000007b7d0100000000000000a5") { #expect(try decoder.decode([byte], at: 0).isEmpty) }
    }

    @Test func aSlimeVRQuaternionIsTheNegativeOne() throws {
        let fixture = try Fixture()
        let packets = try fixture.packets("vmc")
        var decoder = VMCDecoder()
        var negative = VMCDecoder()
        for frame in packets.frames {
            for packet in frame {
                let plain = try decoder.decode(packet, at: 0)
                var turned = packet
                // Every float but the positions changes its sign: those behind a bone's three.
                var index = 0
                while let found = turned[index...].firstRange(of: Array(",sfffffff".utf8)) {
                    var start = found.upperBound + 3
                    while turned[start] != 0 { start += 1 }
                    start = (start / 4 + 1) * 4
                    for number in 3..<7 { turned[start + 4 * number] ^= 0x80 }
                    index = found.upperBound
                }
                let other = try negative.decode(turned, at: 0)
                for (a, b) in zip(plain, other) {
                    for joint in HumanJoint.allCases {
                        #expect((a.orientations[joint].conjugate * b.orientations[joint]).angle < 1e-6)
                    }
                }
            }
        }
    }
}
