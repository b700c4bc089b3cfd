import Geometry
import HumanBody

/// A skeleton whose zero pose is no pose of a person, as its joints' frames lie along its bones: what these frames are in the T pose.
///
/// Skeletons whose zero pose is a T or A pose need no entry: it says all that there is to know.
struct KnownSkeleton {
    /// A joint's own axes in the T pose: which way is left, up and ahead.
    struct Axes {
        var left: WorldAxis
        var up: WorldAxis
        /// Turned about `left`, degrees, downwards: feet whose frame lies along their slope.
        var pitch = 0.0

        /// SMPL's frame of the T pose in the joint's frame.
        var rotation: Quaternion {
            let (x, y) = (left.direction, up.direction)
            return Quaternion(angle: pitch * .pi / 180, axis: x) * Quaternion(Matrix3(columns: x, y, x.cross(y)))
        }
    }

    let name: String
    /// Names that tell it from others, in the order of hips, knees and spine.
    let joints: [String]
    private let trunk: Axes
    private let legs: [Side: Axes]
    private let arms: [Side: Axes]
    private let ankles: [Side: Axes]
    private let toes: [Side: Axes]

    /// Axes of a part.
    func axes(_ part: HumanJoint) -> Axes {
        guard let side = part.side else { return trunk }
        let group =
            switch part {
            case side.hip, side.knee: legs
            case side.ankle: ankles
            case side.toe: toes
            default: arms
            }
        return group[side] ?? trunk
    }

    /// As measured on public descriptions of the data sets: LAFAN1 (Ubisoft, "Robust Motion In-betweening", 2020) and SOMA
    /// (NVIDIA's BONES-SEED). The pitch of the feet is that of the bone from ankle to toe in a flat foot.
    static let all = [
        KnownSkeleton(
            name: "LAFAN1", joints: ["Hips", "LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe", "Spine2", "LeftForeArm"],
            trunk: Axes(left: .z, up: .x),
            legs: both(Axes(left: .minusZ, up: .minusX)),
            arms: [.left: Axes(left: .x, up: .z), .right: Axes(left: .minusX, up: .minusZ)],
            ankles: both(Axes(left: .minusZ, up: .y, pitch: -21.45)),
            toes: both(Axes(left: .minusZ, up: .y))),
        KnownSkeleton(
            name: "SOMA", joints: ["Hips", "LeftLeg", "LeftShin", "LeftFoot", "LeftToeBase", "Chest", "LeftForeArm"],
            trunk: Axes(left: .z, up: .x),
            legs: [.left: Axes(left: .z, up: .minusX), .right: Axes(left: .z, up: .x)],
            arms: [.left: Axes(left: .x, up: .minusZ), .right: Axes(left: .x, up: .z)],
            ankles: [.left: Axes(left: .z, up: .minusY, pitch: -20.9), .right: Axes(left: .z, up: .y, pitch: -20.9)],
            toes: [.left: Axes(left: .z, up: .minusY), .right: Axes(left: .z, up: .y)]),
    ]

    private static func both(_ axes: Axes) -> [Side: Axes] { [.left: axes, .right: axes] }

    /// The skeleton that a file is of: it has the names, its limbs lie along their frames' axes and its hips where they should.
    ///
    /// Nothing of the motion is looked at, so that a part of a file is read as the whole.
    static func known(_ bvh: BVH, _ map: SkeletonMap) -> KnownSkeleton? {
        all.first { skeleton in
            guard skeleton.joints.allSatisfy({ bvh.index(of: $0) != nil }), let left = map.joint(.leftHip),
                let right = map.joint(.rightHip)
            else { return false }
            func lies(_ offset: Vector3, along axis: Vector3) -> Bool { offset.normalized.dot(axis) > 0.98 }
            let across = bvh.joints[left].offset - bvh.joints[right].offset
            guard across.length > 1e-6, lies(across, along: skeleton.trunk.left.direction) else { return false }
            return HumanLimb.all.flatMap(\.segments).allSatisfy { start, end in
                guard let joint = map.joint(end) else { return true }
                let bone = skeleton.axes(start).rotation.act(SMPLSkeleton.offsets[end].alongAxis)
                return lies(bvh.joints[joint].offset, along: bone)
            }
        }
    }
}

extension Vector3 {
    /// Along the axis that is nearest.
    var alongAxis: Vector3 { WorldAxis(nearest: self).direction }
}
