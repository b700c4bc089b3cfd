import Foundation
import Geometry
import HumanBody
import HumanMotion
import Testing

@Suite("Floor")
struct FloorEstimateTests {
    @Test("a walk up a tilted room is set level and back on the floor", arguments: [0.0, 1.1, -0.8])
    func tilt(degrees: Double) throws {
        let level = try Motions.clip("walk")
        var tilted = level
        // The walk leads along z mostly; the room is tilted about x and half a metre too high.
        let tilt = Quaternion(angle: -degrees * .pi / 180, axis: Vector3(1, 0, 0))
        for index in tilted.frames.indices {
            tilted.frames[index].pelvis = tilt.act(level.frames[index].pelvis) + Vector3(0, 0.5, 0)
            tilted.frames[index].rotations[.pelvis] = tilt * level.frames[index].rotations[.pelvis]
        }
        tilted.standOnFloor()
        for (a, b) in zip(Motions.positions(level), Motions.positions(tilted)) {
            for joint in [7, 8, 10, 11] { #expect(abs(a[joint].y - b[joint].y) < 0.015) }
        }
    }

    @Test("a single frame and a jump without standing still stay finite")
    func short() throws {
        var clip = try Motions.clip("jump")
        clip.frames = [clip.frames[40]]
        clip.standOnFloor()
        let joints = Motions.positions(clip)[0]
        let lowest = min(
            joints[.leftAnkle].y - SMPLFoot.ankleHeight(.left), joints[.rightAnkle].y - SMPLFoot.ankleHeight(.right),
            joints[.leftFoot].y - SMPLFoot.toeHeight, joints[.rightFoot].y - SMPLFoot.toeHeight)
        #expect(abs(lowest) < 1e-9)
    }
}
