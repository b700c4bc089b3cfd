import Geometry
import HumanBody

extension HumanClip {
    /// Places the pelvis so that the lowest point of the body lies on the floor y = 0 and stays where it is while it is the lowest:
    /// what can be known of a path that the file does not tell.
    ///
    /// Another point takes over when it is lower by a centimetre, so that two feet at one height do not take turns.
    mutating func carryByFeet() {
        var anchor: HumanJoint?
        var place = Vector3.zero
        for index in frames.indices {
            frames[index].pelvis = .zero
            let joints = SMPLSkeleton.forwardKinematics(frames[index]).map(\.translation)
            func height(_ joint: HumanJoint) -> Double { joints[joint].y - (SMPLSurface.heights[joint] ?? 0) }
            let lowest =
                HumanJoint.allCases.filter { SMPLSurface.heights[$0] != nil }.min { height($0) < height($1) } ?? .pelvis
            if let before = anchor, height(lowest) > height(before) - 0.01 {
                frames[index].pelvis = place - joints[before]
            } else {
                // The new point begins where the body has come to.
                let shift = index > 0 ? frames[index - 1].pelvis : .zero
                anchor = lowest
                frames[index].pelvis = Vector3(shift.x, 0, shift.z)
            }
            frames[index].pelvis.y = -height(lowest)
            if let anchor { place = joints[anchor] + frames[index].pelvis }
        }
    }
}
