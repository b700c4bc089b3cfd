import Geometry
import HumanBody
import HumanMotion

/// World poses of the SMPL joints in the robot's world (z up), kept in memory that is used again for every frame.
struct HumanPose {
    private(set) var positions = [Vector3](repeating: .zero, count: HumanJoint.count)
    private(set) var rotations = SMPLSkeleton.restRotations

    /// Rest offsets of the joints in the robot's axes.
    private static let offsets = SMPLSkeleton.offsets.map(Vector3.init(fromSMPL:))

    /// The T pose with the pelvis at the origin.
    static var tPose: HumanPose {
        var pose = HumanPose()
        pose.update(HumanFrame(pelvis: .zero))
        return pose
    }

    mutating func update(_ frame: HumanFrame) {
        positions[.pelvis] = Vector3(fromSMPL: frame.pelvis)
        rotations[.pelvis] = Quaternion(fromSMPL: frame.rotations[.pelvis]).normalized
        for (parent, joint) in HumanJoint.bones {
            positions[joint] = positions[parent] + rotations[parent].act(Self.offsets[joint])
            rotations[joint] = (rotations[parent] * Quaternion(fromSMPL: frame.rotations[joint])).normalized
        }
    }

    /// Unit vector from one joint to another.
    func direction(from start: HumanJoint, to end: HumanJoint) -> Vector3 {
        (positions[end] - positions[start]).normalized
    }
}

// SMPL: x left, y up, z ahead. Robot: x ahead, y left, z up. A cyclic change of axes, so rotations turn with it.

extension Vector3 {
    init(fromSMPL v: Vector3) { self.init(v.z, v.x, v.y) }
}

extension Quaternion {
    init(fromSMPL q: Quaternion) { self.init(w: q.w, x: q.z, y: q.x, z: q.y) }
}
