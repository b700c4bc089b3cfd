import Geometry
import HumanBody

/// The pose from which a skeleton's rotations count, or another known one: where its joints are, and how they lie.
struct RestPose: Sendable {
    /// World positions by joint, in the unit of the file; only directions are used.
    let positions: [Vector3]
    /// World rotations by joint.
    let rotations: [Quaternion]

    /// The pose with all rotations at zero.
    init(_ bvh: BVH) {
        rotations = Array(repeating: .identity, count: bvh.joints.count)
        // Bones as they are in the motion, for files that give positions to every joint.
        let first = bvh.frameCount > 0 ? bvh.worldPoses(frame: 0) : []
        var positions: [Vector3] = []
        for (index, joint) in bvh.joints.enumerated() {
            guard joint.parent >= 0 else {
                positions.append(.zero)
                continue
            }
            let parent = positions[joint.parent]
            guard !first.isEmpty else {
                positions.append(parent + joint.offset)
                continue
            }
            let frame = first[joint.parent]
            positions.append(parent + frame.rotation.conjugate.act(first[index].translation - frame.translation))
        }
        self.positions = positions
    }

    /// The first frame of a motion of the same skeleton, or its zero pose when there are no frames; joints are matched by name.
    init?(_ motion: BVH, for bvh: BVH) {
        let own = RestPose(motion)
        let first = motion.frameCount > 0 ? motion.worldPoses(frame: 0) : []
        var (positions, rotations): ([Vector3], [Quaternion]) = ([], [])
        for joint in bvh.joints {
            guard let index = motion.index(of: joint.name) else { return nil }
            positions.append(first.isEmpty ? own.positions[index] : first[index].translation)
            rotations.append(first.isEmpty ? .identity : first[index].rotation)
        }
        (self.positions, self.rotations) = (positions, rotations)
    }

    /// Where a part is; a limb's end without a joint of its own lies at the end site of the joint before.
    func position(_ part: HumanJoint, _ map: SkeletonMap, _ bvh: BVH) -> Vector3 {
        if let joint = map.joint(part) { return positions[joint] }
        guard let parent = part.parent else { return .zero }
        guard let joint = map.joint(parent) else { return position(parent, map, bvh) }
        return positions[joint] + rotations[joint].act(bvh.joints[joint].endSite ?? .zero)
    }

    /// The rotation to SMPL's axes (left x, up y, ahead z), when the pose stands straight, arms to the sides, hanging or between.
    func axes(_ map: SkeletonMap) -> Quaternion? {
        func at(_ part: HumanJoint) -> Vector3? { map.joint(part).map { positions[$0] } }
        func line(_ a: HumanJoint, _ b: HumanJoint) -> Vector3? {
            guard let start = at(a), let end = at(b), (end - start).length > 1e-6 else { return nil }
            return (end - start).normalized
        }
        guard let across = line(.rightHip, .leftHip), let leftThigh = line(.leftHip, .leftKnee),
            let rightThigh = line(.rightHip, .rightKnee), let leftShank = line(.leftKnee, .leftAnkle),
            let rightShank = line(.rightKnee, .rightAnkle), let leftArm = line(.leftShoulder, .leftElbow),
            let rightArm = line(.rightShoulder, .rightElbow), let shoulders = line(.rightShoulder, .leftShoulder)
        else { return nil }
        let thighs = leftThigh + rightThigh
        guard thighs.length > 1.6 else { return nil }
        let up = (-thighs).alongAxis
        let left = (across - up * across.dot(up)).normalized
        guard leftThigh.dot(leftShank) > 0.8, rightThigh.dot(rightShank) > 0.8, shoulders.dot(left) > 0.7,
            let trunk = line(.pelvis, .leftShoulder), trunk.dot(up) > 0.6
        else { return nil }
        for (arm, side) in [(leftArm, 1.0), (rightArm, -1)] {
            guard arm.dot(left) * side > 0.3 || arm.dot(up) < -0.8 else { return nil }
        }
        return Quaternion(Matrix3(rows: left, up, left.cross(up)))
    }
}
