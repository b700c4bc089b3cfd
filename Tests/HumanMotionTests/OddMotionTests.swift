import Foundation
import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing

/// Files that say something else than they seem to: mirrored, in other units, with gaps.
@Suite("Odd motions")
struct OddMotionTests {
    /// Reflects a clip's text of the MotionBuilder dialect at the plane of y and z, as left-handed axes do.
    private func mirrored(_ text: [UInt8], _ order: String) -> [UInt8] {
        let parts = String(decoding: text, as: UTF8.self).components(separatedBy: "MOTION\n")
        let head = parts[0].components(separatedBy: "\n").map { line -> String in
            guard let range = line.range(of: "OFFSET ") else { return line }
            var numbers = line[range.upperBound...].split(separator: " ").compactMap { Double($0) }
            numbers[0] *= -1
            return line[..<range.upperBound] + numbers.map { "\($0)" }.joined(separator: " ")
        }
        var signs: [Double] = []
        for line in head where line.contains("CHANNELS") {
            if line.contains("Xposition") { signs += [-1, 1, 1] }
            signs += order.map { $0 == "X" ? 1 : -1 }
        }
        let rows = parts[1].split(separator: "\n").map(String.init)
        let motion =
            rows.prefix(2)
            + rows.dropFirst(2).map { row in
                zip(row.split(separator: " ").compactMap { Double($0) }, signs).map { "\($0 * $1)" }
                    .joined(separator: " ")
            }
        return Array((head.joined(separator: "\n") + "MOTION\n" + motion.joined(separator: "\n") + "\n").utf8)
    }

    @Test("a mirrored person is mirrored back, and told", arguments: Motions.fixtures)
    func leftHanded(fixture: String) throws {
        let clip = try Motions.clip(fixture)
        let text = SyntheticBVH.motionBuilder.text(clip)
        let straight = try MotionFileTests.read(text)
        let file = try MotionFileTests.read(mirrored(text, SyntheticBVH.motionBuilder.order))
        #expect(!straight.notes.joined().contains("mirror"))
        #expect(file.notes.joined().contains("mirror image"), "\(file.notes)")
        #expect(MotionReadingTests.apart(straight.clip, file.clip) < 0.5)
    }

    @Test("mirrored points are mirrored back, and told")
    func leftHandedPoints() throws {
        let clip = try Motions.clip("walk")
        let order = PositionOrderTests.orders[0]
        let points = PositionOrderTests.points(clip, order.count, order.joints)
        let straight = try PositionOrderTests.read(PositionOrderTests.array(points))
        let file = try PositionOrderTests.read(
            PositionOrderTests.array(points.map { $0.map { Vector3(-$0.x, $0.y, $0.z) } }))
        #expect(file.notes.joined().contains("mirror image"), "\(file.notes)")
        #expect(MotionReadingTests.apart(straight.clip, file.clip) < 0.5)
    }

    @Test("limbs without names have their sides however the body lies")
    func namelessProne() throws {
        // On hands and knees from the first frame on: nothing shows ahead but how knees and feet bend.
        var clip = try Motions.clip("walk")
        let turn = Quaternion(angle: .pi / 2, axis: Vector3(1, 0, 0))
        for index in clip.frames.indices {
            clip.frames[index].rotations[.pelvis] = turn * clip.frames[index].rotations[.pelvis]
            clip.frames[index].pelvis.y = 0.6
            for side in Side.both {
                clip.frames[index].rotations[side.hip] = Quaternion(angle: -.pi / 2, axis: Vector3(1, 0, 0))
                clip.frames[index].rotations[side.knee] = Quaternion(angle: .pi / 2, axis: Vector3(1, 0, 0))
                clip.frames[index].rotations[side.ankle] = Quaternion(angle: 0.6, axis: Vector3(1, 0, 0))
            }
        }
        var nameless = SyntheticBVH.motionBuilder
        nameless.names = nameless.names.mapValues { "part\(abs($0.hashValue))" }
        let named = try MotionFileTests.read(SyntheticBVH.motionBuilder.text(clip), .init())
        let file = try MotionFileTests.read(nameless.text(clip))
        #expect(MotionReadingTests.apart(named.clip, file.clip) < 1)
    }

    @Test("degrees, and a low root in millimetres, are found out")
    func units() throws {
        let clip = try Motions.clip("turn_left")
        var arrays = AMASS.arrays(clip)
        let reference = try MotionReadingTests.read(arrays).clip
        let count = clip.frames.count
        arrays.arrays["poses"] = NPYArray(
            shape: [count, 66], .float64(try arrays.doubles("poses").map { $0 * 180 / .pi }))
        let degrees = try MotionReadingTests.read(arrays)
        #expect(degrees.notes.joined().contains("degrees"), "\(degrees.notes)")
        #expect(MotionReadingTests.apart(reference, degrees.clip) < 0.01)
        // A root as low as one who crawls has it: 0.125 m, or 1.25 m if it were centimetres.
        var low = AMASS.arrays(try Motions.clip("walk"))
        let trans = try low.doubles("trans")
        let rows = trans.count / 3
        let height = trans[2] - 0.125
        low.arrays["trans"] = NPYArray(
            shape: [rows, 3], .float64(trans.enumerated().map { ($1 - ($0 % 3 == 2 ? height : 0)) * 1000 }))
        let file = try MotionReadingTests.read(low)
        #expect(file.notes.joined().contains("millimetres"), "\(file.notes)")
    }

    @Test("frames without a person are bridged, and told")
    func gaps() throws {
        let order = PositionOrderTests.orders[0]
        let points = PositionOrderTests.points(try Motions.clip("walk"), order.count, order.joints)
        let whole = try PositionOrderTests.read(PositionOrderTests.array(points))
        var gaps = points
        for frame in 20..<24 { gaps[frame] = gaps[frame].map { _ in .zero } }
        let file = try PositionOrderTests.read(PositionOrderTests.array(gaps))
        #expect(file.notes.joined().contains("in 4 frames nobody was found"), "\(file.notes)")
        #expect(MotionReadingTests.apart(whole.clip, file.clip) < 12)
        let none = points.map { $0.map { _ in Vector3.zero } }
        #expect(throws: MotionFile.Failure.self) { try PositionOrderTests.read(PositionOrderTests.array(none)) }
    }

    @Test("a walk on the spot stands on its floor, and is told")
    func treadmill() throws {
        var clip = try Motions.clip("walk")
        let start = clip.frames[0].pelvis
        for index in clip.frames.indices {
            (clip.frames[index].pelvis.x, clip.frames[index].pelvis.z) = (start.x, start.z)
        }
        let walk = try MotionFileTests.read(SyntheticBVH.motionBuilder.text(try Motions.clip("walk")))
        let file = try MotionFileTests.read(SyntheticBVH.motionBuilder.text(clip))
        let heights = zip(walk.clip.frames, file.clip.frames).map { abs($0.pelvis.y - $1.pelvis.y) }
        #expect((heights.max() ?? 1) < 0.02)
        #expect(file.notes.joined().contains("on the spot"), "\(file.notes)")
    }
}
