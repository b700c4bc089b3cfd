import Foundation
import Geometry
import HumanBody
import JSON
import LivePeople
import Testing

/// Packets of every format, written in Python from the page alone (Clients/python/tests/people.py).
struct SenderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var make: @Sendable () -> any PersonDecoder
        /// Joints that the format lacks and that go with their parents, or are shared out.
        var spineIsShared = false
        var hasToes = true
        var hasPlace = true
        /// A turn about the vertical that the format's own convention leaves in.
        var heading = 0.0
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "vmc") { VMCDecoder() },
        Case(name: "vmc_loose") { VMCDecoder() },
        Case(name: "mocopi") { MocopiDecoder() },
        Case(name: "rokoko", make: { RokokoDecoder() }, spineIsShared: true),
        Case(name: "rokoko_v2", make: { RokokoDecoder() }, spineIsShared: true),
        Case(name: "rokoko_lz4", make: { RokokoDecoder() }, spineIsShared: true),
        Case(name: "xsens") { XsensDecoder() },
        Case(name: "xsens_split") { XsensDecoder() },
        Case(name: "axis", make: { AxisStudioDecoder() }, hasToes: false),
        Case(name: "natnet", make: { NatNetDecoder() }, spineIsShared: true),
        Case(name: "natnet_31", make: { NatNetDecoder() }, spineIsShared: true),
        Case(name: "xrobotoolkit") { XRoboToolkitDecoder() },
        Case(name: "sonic_smpl", make: { SMPLMessageDecoder(.sonic) }, hasPlace: false),
        Case(name: "sim2real_smpl", make: { SMPLMessageDecoder(.sim2real) }, hasPlace: false),
        Case(name: "native") { NativePersonDecoder() },
    ]

    @Test(arguments: cases)
    func readsWhatWasSent(_ sender: Case) throws {
        let fixture = try Fixture()
        var decoder = sender.make()
        let packets = try fixture.packets(sender.name)
        for packet in packets.before { #expect(try decoder.decode(packet, at: 0).isEmpty) }
        for (number, frame) in packets.frames.enumerated() {
            var people: [PersonFrame] = []
            for packet in frame { people += try decoder.decode(packet, at: Int64(number + 1) * 16_666_667) }
            let person = try #require(people.first)
            #expect(people.count == 1)
            #expect(person.isTracked && person.isRestKnown)
            let wanted = SMPLSkeleton.worldRotations(fixture.rotations[number])
            for joint in HumanJoint.allCases {
                if sender.spineIsShared, joint == .spine2 { continue }
                if !sender.hasToes, joint == .leftFoot || joint == .rightFoot { continue }
                let miss = (wanted[joint].conjugate * person.orientations[joint]).angle
                #expect(miss < 2e-3, "\(sender.name), frame \(number), \(joint.name): \(miss) rad")
            }
            if sender.hasPlace {
                let pelvis = try #require(person.pelvis)
                #expect((pelvis - fixture.pelvises[number]).length < 2e-3)
            }
        }
    }

    @Test(arguments: cases)
    func survivesWhatIsBroken(_ sender: Case) throws {
        let fixture = try Fixture()
        let packets = try fixture.packets(sender.name)
        var random = SplitMix64(seed: 7)
        let all = packets.before + packets.frames.flatMap(\.self)
        for packet in all {
            for cut in 0..<min(packet.count, 700) {
                var decoder = sender.make()
                for other in packets.before { _ = try? decoder.decode(other, at: 0) }
                _ = try? decoder.decode(Array(packet.prefix(cut * packet.count / min(packet.count, 700))), at: 1)
            }
            for _ in 0..<300 {
                var decoder = sender.make()
                for other in packets.before { _ = try? decoder.decode(other, at: 0) }
                var broken = packet
                for _ in 0..<Int(random.next() % 8 + 1) {
                    broken[Int(random.next() % UInt64(broken.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                for person in (try? decoder.decode(broken, at: 1)) ?? [] {
                    let isFinite = person.orientations.allSatisfy { $0.isFinite && abs($0.length - 1) < 1e-6 }
                    #expect(isFinite && person.pelvis?.isFinite != false)
                }
            }
        }
        var decoder = sender.make()
        _ = try? decoder.decode([UInt8](repeating: 0xFF, count: 65_536), at: 1)
        _ = try? decoder.decode([], at: 2)
    }
}

/// Motion and packets that the Python senders made of it.
struct Fixture {
    let rotations: [[Quaternion]]
    let pelvises: [Vector3]
    private let json: JSONValue

    init() throws {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/senders", withExtension: "json"))
        json = try JSONValue(parsing: [UInt8](Data(contentsOf: url)))
        let frames = try #require(json["frames"]?.array)
        rotations = try frames.map { frame in
            try #require(frame["rotations"]?.array).map { q in
                let n = q.array?.compactMap(\.number) ?? []
                return Quaternion(w: n[0], x: n[1], y: n[2], z: n[3])
            }
        }
        pelvises = frames.map { frame in
            let n = frame["pelvis"]?.array?.compactMap(\.number) ?? []
            return Vector3(n[0], n[1], n[2])
        }
    }

    func packets(_ name: String) throws -> (before: [[UInt8]], frames: [[[UInt8]]]) {
        let sender = try #require(json["cases"]?[name])
        func bytes(_ value: JSONValue?) -> [[UInt8]] { (value?.array ?? []).compactMap { $0.string.map(hex) } }
        return (bytes(sender["before"]), (sender["frames"]?.array ?? []).map(bytes))
    }
}

/// Bytes written as hexadecimal digits, blanks left out.
func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x0A }.map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
