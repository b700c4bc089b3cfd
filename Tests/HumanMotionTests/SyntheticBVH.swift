import Foundation
import Geometry
import HumanBody
import HumanMotion

/// Writes a clip as a BVH text in the dialect of a program, with the body, names, axes, order and unit of that dialect: no such
/// files can be shipped.
struct SyntheticBVH {
    /// Names of SMPL's joints in the dialect; joints without a name are left out.
    var names: [HumanJoint: String]
    /// Rotation order of all joints.
    var order = "ZYX"
    /// Units in a metre.
    var unitsPerMetre = 100.0
    /// From y up to the world of the file.
    var world = Quaternion.identity
    /// Whether the joints' frames lie along their bones (x along the bone, as in LAFAN1) or parallel to the world in the T pose.
    var bonesAlongX = false
    /// Whether every joint has position channels.
    var positionsEverywhere = false
    var frameTime: Double?
    /// Multiplies the root's positions only.
    var rootFactor = 1.0
    var shift = Vector3.zero

    static let motionBuilder = SyntheticBVH(
        names: named([
            "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot", "RightFoot",
            "Spine2",
            "LeftToeBase", "RightToeBase", "Neck", "LeftShoulder", "RightShoulder", "Head", "LeftArm", "RightArm",
            "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
        ]), order: "ZXY", positionsEverywhere: true)
    static let lafan1 = SyntheticBVH(
        names: named([
            "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot", "RightFoot",
            "Spine2",
            "LeftToe", "RightToe", "Neck", "LeftShoulder", "RightShoulder", "Head", "LeftArm", "RightArm",
            "LeftForeArm",
            "RightForeArm", "LeftHand", "RightHand",
        ]), order: "ZYX", bonesAlongX: true)
    static let xsens = SyntheticBVH(
        names: named([
            "Hips", "LeftHip", "RightHip", "Chest", "LeftKnee", "RightKnee", "Chest2", "LeftAnkle", "RightAnkle",
            "Chest4",
            "LeftToe", "RightToe", "Neck", "LeftCollar", "RightCollar", "Head", "LeftShoulder", "RightShoulder",
            "LeftElbow",
            "RightElbow", "LeftWrist", "RightWrist",
        ]), order: "YXZ")
    static let unreal = SyntheticBVH(
        names: named([
            "pelvis", "thigh_l", "thigh_r", "spine_01", "calf_l", "calf_r", "spine_02", "foot_l", "foot_r", "spine_03",
            "ball_l",
            "ball_r", "neck_01", "clavicle_l", "clavicle_r", "head", "upperarm_l", "upperarm_r", "lowerarm_l",
            "lowerarm_r",
            "hand_l", "hand_r",
        ]), order: "XYZ", unitsPerMetre: 1, world: Quaternion(angle: .pi / 2, axis: Vector3(1, 0, 0)))
    static let biped = SyntheticBVH(
        names: named([
            "Bip01 Pelvis", "Bip01 L Thigh", "Bip01 R Thigh", "Bip01 Spine", "Bip01 L Calf", "Bip01 R Calf",
            "Bip01 Spine1",
            "Bip01 L Foot", "Bip01 R Foot", "Bip01 Spine2", "Bip01 L Toe0", "Bip01 R Toe0", "Bip01 Neck",
            "Bip01 L Clavicle",
            "Bip01 R Clavicle", "Bip01 Head", "Bip01 L UpperArm", "Bip01 R UpperArm", "Bip01 L Forearm",
            "Bip01 R Forearm",
            "Bip01 L Hand", "Bip01 R Hand",
        ]), order: "ZXY", unitsPerMetre: 1000)
    static let nameless = SyntheticBVH(names: named((0..<22).map { "joint\($0)" }), order: "XZY", bonesAlongX: true)

    private static func named(_ names: [String]) -> [HumanJoint: String] {
        Dictionary(uniqueKeysWithValues: zip(HumanJoint.allCases, names))
    }

    /// The text of a clip.
    func text(_ clip: HumanClip) -> [UInt8] {
        var text = "HIERARCHY\n"
        var written: [HumanJoint] = []
        write(.pelvis, nil, 0, &text, &written)
        text += "MOTION\nFrames: \(clip.frames.count)\nFrame Time: \(frameTime ?? 1 / clip.frameRate)\n"
        for frame in clip.frames {
            let poses = SMPLSkeleton.forwardKinematics(frame)
            var numbers: [Double] = []
            for joint in written {
                let parent = writtenParent(joint)
                let turn = world * poses[joint].rotation * frameInSMPL(joint)
                let parentTurn = parent.map { world * poses[$0].rotation * frameInSMPL($0) }
                if parent == nil {
                    let place = (world.act(poses[0].translation) + shift) * unitsPerMetre * rootFactor
                    numbers += [place.x, place.y, place.z]
                } else if positionsEverywhere {
                    let offset = self.offset(joint) * unitsPerMetre
                    numbers += [offset.x, offset.y, offset.z]
                }
                numbers += angles(parentTurn.map { $0.conjugate * turn } ?? turn).map { $0 * 180 / .pi }
            }
            text += numbers.map { String(format: "%.6f", $0) }.joined(separator: " ") + "\n"
        }
        return Array(text.utf8)
    }

    private func writtenParent(_ joint: HumanJoint) -> HumanJoint? {
        joint.parent.flatMap { names[$0] == nil ? writtenParent($0) : $0 }
    }

    private func children(_ joint: HumanJoint) -> [HumanJoint] {
        HumanJoint.allCases.filter { names[$0] != nil && writtenParent($0) == joint }
    }

    /// The joint's frame in SMPL's frame of that joint.
    private func frameInSMPL(_ joint: HumanJoint) -> Quaternion {
        guard bonesAlongX else { return .identity }
        let end = joint.side.flatMap { side in side.joints.first { $0.parent == joint } }
        let isWrist = [.leftWrist, .rightWrist].contains(joint)
        let bone = end.map { SMPLSkeleton.offsets[$0] } ?? (isWrist ? SMPLSkeleton.offsets[joint] : Vector3(0, 1, 0))
        // And any twist about the bone.
        return Quaternion(from: Vector3(1, 0, 0), to: bone)
            * Quaternion(angle: 0.7 + Double(joint.rawValue), axis: Vector3(1, 0, 0))
    }

    private func offset(_ joint: HumanJoint) -> Vector3 {
        guard let parent = writtenParent(joint) else { return .zero }
        var sum = Vector3.zero
        var current: HumanJoint? = joint
        while let joint = current, joint != parent {
            sum += SMPLSkeleton.offsets[joint]
            current = joint.parent
        }
        return frameInSMPL(parent).conjugate.act(sum)
    }

    private func write(
        _ joint: HumanJoint, _ parent: HumanJoint?, _ depth: Int, _ text: inout String, _ written: inout [HumanJoint]
    ) {
        let indent = String(repeating: "\t", count: depth)
        let offset = parent == nil ? Vector3.zero : self.offset(joint) * unitsPerMetre
        func line(_ v: Vector3) -> String { String(format: "%.6f %.6f %.6f", v.x, v.y, v.z) }
        text += "\(indent)\(parent == nil ? "ROOT" : "JOINT") \(names[joint] ?? "")\n\(indent){\n"
        text += "\(indent)\tOFFSET \(line(offset))\n"
        let turns = order.map { "\($0)rotation" }.joined(separator: " ")
        let hasPosition = parent == nil || positionsEverywhere
        text += "\(indent)\tCHANNELS \(hasPosition ? "6 Xposition Yposition Zposition" : "3") \(turns)\n"
        written.append(joint)
        for child in children(joint) { write(child, joint, depth + 1, &text, &written) }
        if children(joint).isEmpty {
            let end = frameInSMPL(joint).conjugate.act(
                [.leftFoot, .rightFoot].contains(joint) ? Vector3(0, 0, 0.06) : SMPLSkeleton.offsets[joint] * 0.5)
            text +=
                "\(indent)\tEnd Site\n\(indent)\t{\n\(indent)\t\tOFFSET \(line(end * unitsPerMetre))\n\(indent)\t}\n"
        }
        text += "\(indent)}\n"
    }

    /// Angles about the axes of the order, so that their turns multiply from left to right.
    private func angles(_ turn: Quaternion) -> [Double] {
        let axes = order.map { $0 == "X" ? 0 : $0 == "Y" ? 1 : 2 }
        let (i, j, k) = (axes[0], axes[1], axes[2])
        let sign = (j - i + 3) % 3 == 1 ? 1.0 : -1
        let m = Matrix3(turn)
        return [
            atan2(-sign * m[j, k], m[k, k]), asin(min(max(sign * m[i, k], -1), 1)), atan2(-sign * m[i, j], m[i, i]),
        ]
    }
}
