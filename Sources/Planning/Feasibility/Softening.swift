internal import Geometry
internal import Glibc
internal import HumanBody

/// Makes a motion shallower: legs, hips and trunk go only a share of their way from upright, the feet stay on their floor.
///
/// A squat of a person is deeper and a bow farther than many a robot can do without falling; at half the depth it still is
/// one. Arms and head, the way over the floor and the time stay.
enum Softening {
    /// Joints that carry the body.
    private static let joints: [HumanJoint] = [
        .leftHip, .rightHip, .leftKnee, .rightKnee, .leftAnkle, .rightAnkle, .spine1, .spine2, .spine3,
    ]
    /// Points that stand on the floor.
    private static let feet: [HumanJoint] = [.leftAnkle, .rightAnkle, .leftFoot, .rightFoot]
    /// The longest that a change of the share takes, frames at 30 a second.
    private static let change = 18

    /// The frames, each with a share of its depth that goes from `before` to `share`.
    static func soften(_ frames: [HumanFrame], from before: Double, to share: Double) -> [HumanFrame] {
        guard before < 1 || share < 1 else { return frames }
        return frames.enumerated().map { index, frame in
            soften(frame, self.share(from: before, to: share, frame: index + 1, of: frames.count))
        }
    }

    /// The share that so many of the frames lead to.
    static func share(from before: Double, to share: Double, frame: Int, of count: Int) -> Double {
        let t = min(Double(frame) / Double(max(min(change, count), 1)), 1)
        return before + (share - before) * t * t * (3 - 2 * t)
    }

    private static func soften(_ frame: HumanFrame, _ share: Double) -> HumanFrame {
        guard share < 1 else { return frame }
        var soft = frame
        for joint in joints { soft.rotations[joint] = Quaternion.identity.slerp(to: frame.rotations[joint], share) }
        // The lean goes, the heading stays: the shortest turn that takes the body's up to the vertical.
        let root = frame.rotations[.pelvis]
        let up = root.act(Vector3(0, 1, 0))
        let axis = up.cross(Vector3(0, 1, 0))
        let lean = axis.length > 1e-9 ? atan2(axis.length, up.y) : 0
        if lean > 0 {
            let turn = Quaternion(angle: lean * (1 - share), axis: axis.normalized)
            soft.rotations[.pelvis] = (turn * root).normalized
        }
        soft.pelvis.y += lowest(frame) - lowest(soft)
        return soft
    }

    private static func lowest(_ frame: HumanFrame) -> Double {
        let poses = SMPLSkeleton.forwardKinematics(frame)
        return feet.map { joint in
            let height = joint == .leftFoot || joint == .rightFoot ? SMPLFoot.toeHeight : SMPLFoot.ankleHeight(.left)
            return poses[joint.rawValue].translation.y - height
        }.min() ?? 0
    }
}

/// Makes a motion slower: the same way in more frames.
enum Slowing {
    /// Frames that go through the same poses at `pace` times the speed; whole groups of `size` come out.
    static func slow(_ frames: [HumanFrame], after last: HumanFrame?, pace: Double, size: Int) -> [HumanFrame] {
        guard pace < 1, !frames.isEmpty else { return frames }
        let path = (last.map { [$0] } ?? []) + frames
        let start = last == nil ? 0.0 : 1.0
        let end = Double(path.count - 1)
        let exact = (end - start) / pace
        let groups = max(1, Int((exact / Double(size)).rounded()))
        let count = groups * size
        return (1...count).map { index in
            let place = start + (end - start) * Double(index) / Double(count)
            let low = min(Int(place), path.count - 1)
            let high = min(low + 1, path.count - 1)
            return mixed(path[low], path[high], place - Double(low))
        }
    }

    private static func mixed(_ a: HumanFrame, _ b: HumanFrame, _ t: Double) -> HumanFrame {
        HumanFrame(
            pelvis: a.pelvis.mixed(with: b.pelvis, t),
            rotations: zip(a.rotations, b.rotations).map { $0.slerp(to: $1, t) },
            contacts: t < 0.5 ? a.contacts : b.contacts)
    }
}
