import Geometry
import HumanBody
public import HumanMotion

/// What a robot would suffer from: sliding feet, feet in the floor, jolts where tokens are joined.
public struct BodyQuality: Codable, Hashable, Sendable {
    /// Mean horizontal speed of toes less than 2.5 cm over where they stand, centimetres per second.
    public var skating = 0.0
    /// Mean depth of the lowest sole under the floor, centimetres.
    public var penetration = 0.0
    /// Mean length of the joints' third differences, millimetres per frame³, away from borders …
    public var jerkInside = 0.0
    /// … and where their four frames lie on both sides of a border.
    public var jerkAtBorders = 0.0

    /// Measures clips; `borders` names for each the frames that begin a newly drawn stretch.
    public init(_ clips: [HumanClip], borders: [[Int]] = []) {
        var (slid, standing) = (0.0, 0)
        var (depth, frames) = (0.0, 0)
        var (inside, insideCount, across, acrossCount) = (0.0, 0, 0.0, 0)
        for (number, clip) in clips.enumerated() {
            let joints = clip.frames.map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
            let marks = Set(number < borders.count ? borders[number] : [])
            for (t, pose) in joints.enumerated() {
                var lowest = 0.0
                for side in Side.both {
                    let toe = pose[side.toe]
                    lowest = min(
                        lowest, toe.y - SMPLFoot.toeHeight, pose[side.ankle].y - SMPLFoot.ankleHeight(side))
                    guard t > 0, toe.y - SMPLFoot.toeHeight < 0.025 else { continue }
                    let step = toe - joints[t - 1][side.toe]
                    slid += Vector3(step.x, 0, step.z).length * clip.frameRate
                    standing += 1
                }
                depth -= lowest
                frames += 1
                guard t >= 3 else { continue }
                let jerk =
                    pose.indices.reduce(0.0) { sum, joint in
                        let near = joints[t - 2][joint] - joints[t - 1][joint]
                        return sum + (pose[joint] - joints[t - 3][joint] + near * 3).length
                    } / Double(pose.count)
                if (t - 2...t).contains(where: marks.contains) {
                    across += jerk
                    acrossCount += 1
                } else {
                    inside += jerk
                    insideCount += 1
                }
            }
        }
        skating = 100 * slid / Double(max(standing, 1))
        penetration = 100 * depth / Double(max(frames, 1))
        jerkInside = 1000 * inside / Double(max(insideCount, 1))
        jerkAtBorders = 1000 * across / Double(max(acrossCount, 1))
    }
}
