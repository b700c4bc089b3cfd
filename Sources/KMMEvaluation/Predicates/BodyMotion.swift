import Foundation
import Geometry
import HumanBody
import HumanMotion

/// Joints over time as the moving person sees them: x left, y up from the floor, z forward, the pelvis over the origin.
struct BodyMotion: Sendable {
    let frameRate: Double
    let frameCount: Int
    /// Heading, radians, left positive, unwrapped; 0 at first.
    let heading: [Double]
    /// Pelvis velocity, metres per second; the first frame's is that of the second.
    let velocity: [Vector3]
    /// Where the face points, from the head's own rotation.
    let gaze: [Vector3]
    /// Where the top of the head points.
    let crown: [Vector3]
    /// Where the pelvis is, seen from where it began: x to the left, z ahead of the first heading, on the floor.
    let place: [Vector3]
    private let paths: [[Vector3]]

    init(_ features: MotionFeatures) {
        (frameRate, frameCount) = (features.frameRate, features.frameCount)
        var heading: [Double] = []
        var velocity: [Vector3] = []
        var paths = [[Vector3]](repeating: [], count: HumanJoint.count)
        var gaze: [Vector3] = []
        var crown: [Vector3] = []
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
            let head = Self.spineToHead.reduce(Matrix3.identity) { rotation, joint in
                let column = MotionFeatures.rotations.lowerBound + 6 * joint.rawValue
                let vector = { (c: Int) in Vector3(number(c), number(c + 1), number(c + 2)) }
                return rotation * Rotation6D(first: vector(column), second: vector(column + 3)).matrix
            }
            gaze.append(head * Vector3(0, 0, 1))
            crown.append(head * Vector3(0, 1, 0))
        }
        if velocity.count > 1 { velocity[0] = velocity[1] }
        (self.heading, self.velocity, self.paths) = (heading, velocity, paths)
        (self.gaze, self.crown) = (gaze, crown)
        var place = [Vector3.zero]
        for t in heading.indices.dropFirst() {
            // A row's step lies in the heading frame of the row before.
            let turn = Quaternion(angle: heading[t - 1] - heading[0], axis: Vector3(0, 1, 0))
            place.append(place[t - 1] + turn.act(velocity[t]) / features.frameRate)
        }
        self.place = place
    }

    private static let spineToHead: [HumanJoint] = [.pelvis, .spine1, .spine2, .spine3, .neck, .head]

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

    /// Middle of the palm: as far behind the wrist as a third of the forearm is long.
    func hand(_ side: Side) -> [Vector3] {
        zip(path(side.wrist), path(side.elbow)).map { wrist, elbow in wrist + (wrist - elbow) * 0.33 }
    }

    /// Middle of the skull, 9 cm over the head's joint.
    var skull: [Vector3] { zip(path(.head), crown).map { $0 + $1 * 0.09 } }

    /// Longest time for which a condition holds, seconds.
    package func longest(_ condition: [Bool]) -> Double {
        Double(Signal.runs(condition).map(\.count).max() ?? 0) / frameRate
    }
}
