import Geometry
import HumanMotion

/// World poses of the SMPL joints in the robot's world (z up), kept in memory that is used again for every frame.
struct HumanPose {
    private(set) var positions = [Vector3](repeating: .zero, count: SMPLSkeleton.jointCount)
    private(set) var rotations = [Quaternion](repeating: .identity, count: SMPLSkeleton.jointCount)

    /// Rest offsets of the joints in the robot's axes.
    private static let offsets = SMPLSkeleton.offsets.map(Vector3.init(fromSMPL:))

    /// The T pose with the pelvis at the origin.
    static var tPose: HumanPose {
        var pose = HumanPose()
        let rest = [Quaternion](repeating: .identity, count: SMPLSkeleton.jointCount)
        pose.update(HumanFrame(pelvis: .zero, rotations: rest))
        return pose
    }

    mutating func update(_ frame: HumanFrame) {
        positions[0] = Vector3(fromSMPL: frame.pelvis)
        rotations[0] = Quaternion(fromSMPL: frame.rotations[0]).normalized
        for joint in 1..<SMPLSkeleton.jointCount {
            let parent = SMPLSkeleton.parents[joint]
            positions[joint] = positions[parent] + rotations[parent].act(Self.offsets[joint])
            rotations[joint] = (rotations[parent] * Quaternion(fromSMPL: frame.rotations[joint])).normalized
        }
    }

    /// Unit vector from one joint to another.
    func direction(from start: Int, to end: Int) -> Vector3 { (positions[end] - positions[start]).normalized }
}

// SMPL: x left, y up, z ahead. Robot: x ahead, y left, z up. A cyclic change of axes, so rotations turn with it.

extension Vector3 {
    init(fromSMPL v: Vector3) { self.init(v.z, v.x, v.y) }
}

extension Quaternion {
    init(fromSMPL q: Quaternion) { self.init(w: q.w, x: q.z, y: q.x, z: q.y) }
}
