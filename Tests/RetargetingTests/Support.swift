import Foundation
import Geometry
import HumanBody
import HumanMotion
import Robots

private let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

/// A CMU motion that ships with the tests of the human room: `walk`, `jump` or `turn_left`.
func cmuMotion(_ name: String) throws -> BVH {
    let file = tests.appending(path: "HumanMotionTests/Fixtures/\(name).bvh")
    return try BVH([UInt8](Data(contentsOf: file)))
}

/// That motion on the SMPL skeleton.
func cmuClip(_ name: String) throws -> HumanClip { try SMPLConversion(cmuMotion(name)).clip() }

/// The shipped profile of the Unitree G1.
func loadG1() throws -> RobotProfile {
    let file = tests.deletingLastPathComponent().appending(path: "RobotProfiles/unitree_g1.json")
    return try RobotProfile(file: file.path())
}

extension HumanClip {
    /// The clip turned about the vertical through the origin.
    func turned(by angle: Double) -> HumanClip {
        let turn = Quaternion(angle: angle, axis: Vector3(0, 1, 0))
        var clip = self
        for index in clip.frames.indices {
            clip.frames[index].pelvis = turn.act(frames[index].pelvis)
            clip.frames[index].rotations[.pelvis] = turn * frames[index].rotations[.pelvis]
        }
        return clip
    }
}
