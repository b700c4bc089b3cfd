import Foundation
import Geometry
import HumanBody
import HumanMotion
import LivePeople
import Robots

private let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

/// A CMU motion that ships with the tests of the human room, on the SMPL skeleton: `walk`, `jump` or `turn_left`.
func cmuClip(_ name: String) throws -> HumanClip {
    let file = tests.appending(path: "HumanMotionTests/Fixtures/\(name).bvh")
    var clip = try SMPLConversion(BVH([UInt8](Data(contentsOf: file)))).clip()
    clip.standOnFloor()
    return clip
}

/// The shipped profile of the Unitree G1.
func loadG1() throws -> RobotProfile {
    try RobotProfile(file: tests.deletingLastPathComponent().appending(path: "RobotProfiles/unitree_g1.json").path())
}

/// A frame of a person as a sender has it, whose legs are `size` times SMPL's.
func personFrame(
    _ frame: HumanFrame, at time: Double, number: Int, size: Double = 1.15, session: Int64 = 1
) -> PersonFrame {
    let stamp = SenderStamp(time: Int64(time * 1e9), sequence: Int64(number), session: session)
    var person = PersonFrame(
        name: "anna", stamp: stamp, local: frame.rotations, pelvis: frame.pelvis * size + Vector3(0, 0.07, 0))
    person.legLength = SMPLSkeleton.legLength * size
    return person
}

/// Standing, in the T pose.
let standing = HumanFrame(
    pelvis: Vector3(
        0, 0.02 - [HumanJoint.leftHip, .leftKnee, .leftAnkle, .leftFoot].reduce(0) { $0 + SMPLSkeleton.offsets[$1].y },
        0))
