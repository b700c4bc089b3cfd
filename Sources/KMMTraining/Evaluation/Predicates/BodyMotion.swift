import Foundation
import Geometry
import HumanBody
import HumanMotion

/// Joints over time as the moving person sees them: x left, y up from the floor, z forward, the pelvis over the origin.
struct BodyMotion {
    let frameRate: Double
    let frameCount: Int
    /// Heading, radians, left positive, unwrapped; 0 at first.
    let heading: [Double]
    /// Pelvis velocity, metres per second; the first frame's is that of the second.
    let velocity: [Vector3]
    private let paths: [[Vector3]]

    init(_ features: MotionFeatures) {
        (frameRate, frameCount) = (features.frameRate, features.frameCount)
        var heading: [Double] = []
        var velocity: [Vector3] = []
        var paths = [[Vector3]](repeating: [], count: HumanJoint.count)
        for frame in 0..<features.frameCount {
            let row = features.row(frame)
            let number = { (column: Int) in Double(row[row.startIndex + column]) }
            // A row of a cut clip still tells the step from the frame before the cut.
            let step = frame == 0 ? 0 : -atan2(number(4), number(2))
            heading.append((heading.last ?? 0) + step)
            velocity.append(Vector3(number(0), 0, number(1)) * features.frameRate)
            for joint in HumanJoint.allCases {
                let column = MotionFeatures.position(of: joint).lowerBound
                paths[joint].append(Vector3(number(column), number(column + 1), number(column + 2)))
            }
        }
        if velocity.count > 1 { velocity[0] = velocity[1] }
        (self.heading, self.velocity, self.paths) = (heading, velocity, paths)
    }

    /// Positions of a joint.
    func path(_ joint: HumanJoint) -> [Vector3] { paths[joint] }

    /// From the shoulder to the wrist.
    func wristOverShoulder(_ side: Side) -> [Vector3] { zip(path(side.wrist), path(side.shoulder)).map { $0 - $1 } }

    /// Height of the lower of ankle and toe over where it is when the foot stands flat.
    func footHeight(_ side: Side) -> [Double] {
        zip(path(side.ankle), path(side.toe)).map { ankle, toe in
            min(ankle.y - SMPLFoot.ankleHeight(side), toe.y - SMPLFoot.toeHeight)
        }
    }

    /// Angle between thigh and vertical, degrees.
    func thighAngle(_ side: Side) -> [Double] {
        zip(path(side.hip), path(side.knee)).map { hip, knee in
            let thigh = hip - knee
            return atan2(hypot(thigh.x, thigh.z), thigh.y) * 180 / .pi
        }
    }

    /// Longest time for which a condition holds, seconds.
    func longest(_ condition: [Bool]) -> Double {
        Double(Signal.runs(condition).map(\.count).max() ?? 0) / frameRate
    }
}
