import Geometry
import HumanBody

/// Xsens MVN's network streamer: big-endian datagrams, of which those with quaternions (type 02) are frames.
///
/// Sources: the maker's public-domain parser in JongbinLim/xsens_mvn_ros2 and hrii-iit/xsens_mvn_ros.
public struct XsensDecoder: PersonDecoder {
    private static let (headSize, itemSize, characters) = (24, 32, 16)

    private struct Sample {
        var counter: UInt32
        var time: UInt32
        var rotations: [Quaternion?]
        var places: [Vector3?]
        /// Datagrams that came, by index, and how many there are, once the last is there.
        var datagrams: Set<UInt8> = []
        var count: Int?
    }

    /// What came of the newest sample of each character, as long as it is not whole.
    private var open: [UInt8: Sample] = [:]

    /// A reader of MVN's datagrams.
    public init() {}

    /// The people in a packet; see the protocol.
    ///
    /// - Throws: What is wrong with the packet.
    public mutating func decode(_ packet: [UInt8], at time: Int64) throws(PersonStreamError) -> [PersonFrame] {
        var reader = ByteReader(packet)
        guard try reader.take(4, "the header").elementsEqual("MXTP".utf8) else {
            throw .malformed("an MVN datagram begins with \"MXTP\"")
        }
        let digits = String(decoding: try reader.take(2, "the header"), as: UTF8.self)
        guard let type = UInt8(digits, radix: 16) else { throw .malformed("the type \"\(digits)\" is no number") }
        // Other types give the same in other units, or what is not needed.
        guard type == 2 else { return [] }
        let counter: UInt32 = try reader.big("the header")
        let datagram = try reader.byte("the header")
        let items = Int(try reader.byte("the header"))
        let milliseconds: UInt32 = try reader.big("the header")
        let character = try reader.byte("the header")
        try reader.skip(Self.headSize - 17, "the header")
        guard items * Self.itemSize <= reader.left else { throw .truncated("\(items) segments") }
        guard open.count < Self.characters || open[character] != nil else {
            throw .malformed("more than 16 characters")
        }

        var sample =
            open[character]
            ?? Sample(
                counter: counter, time: milliseconds, rotations: Array(repeating: nil, count: 24),
                places: Array(repeating: nil, count: 24))
        if sample.counter != counter {
            sample = Sample(
                counter: counter, time: milliseconds, rotations: Array(repeating: nil, count: 24),
                places: Array(repeating: nil, count: 24))
        }
        for _ in 0..<items {
            let id: Int32 = try reader.big("a segment")
            let place = try reader.bigPosition("a segment")
            let (w, v) = (try reader.bigFloat("a segment"), try reader.bigPosition("a segment"))
            guard (0...23).contains(id) else { continue }
            guard place.isPlace, let rotation = Quaternion(w: w, x: v.x, y: v.y, z: v.z).checked() else {
                throw .unusableNumber("segment \(id)")
            }
            sample.places[Int(id)] = AxisConvention.zUp.position(place)
            sample.rotations[Int(id)] = AxisConvention.zUp.rotation(rotation)
        }
        sample.datagrams.insert(datagram & 0x7F)
        if datagram & 0x80 != 0 { sample.count = Int(datagram & 0x7F) + 1 }
        guard sample.datagrams.count == sample.count else {
            open[character] = sample
            return []
        }
        open[character] = nil
        return [try Self.frame(of: sample, character: character)]
    }

    private static func frame(of sample: Sample, character: UInt8) throws(PersonStreamError) -> PersonFrame {
        // Who counts from 0 sends no 23.
        let shift = sample.rotations[0] != nil && sample.rotations[23] == nil ? 1 : 0
        var world = [Quaternion?](repeating: nil, count: HumanJoint.count)
        func index(_ segment: XsensSegment) -> Int { segment.rawValue - shift }
        for segment in XsensSegment.allCases {
            if let joint = segment.joint { world[joint] = sample.rotations[index(segment)] }
        }
        guard world[.pelvis] != nil else { throw .nobody("the pelvis is missing") }
        func span(_ a: XsensSegment, _ b: XsensSegment) -> Double {
            guard let start = sample.places[index(a)], let end = sample.places[index(b)] else { return 0 }
            return (end - start).length
        }
        let leg =
            (span(.rightUpperLeg, .rightLowerLeg) + span(.rightLowerLeg, .rightFoot)
                + span(.leftUpperLeg, .leftLowerLeg) + span(.leftLowerLeg, .leftFoot)) / 2
        let stamp = SenderStamp(time: Int64(sample.time) * 1_000_000, sequence: Int64(sample.counter))
        return PersonFrame(
            name: "xsens\(character)", stamp: stamp, world: world, pelvis: sample.places[index(.pelvis)], leg: leg)
    }
}
