import Geometry
import HumanBody
import HumanMotion

/// What makes a recorded clip unfit to learn from, found by geometry alone.
enum MotionDefect: Error, Hashable, CustomStringConvertible {
    /// The body stays over the floor though nothing throws it: it stands, sits or hangs on a prop that the clip does not
    /// hold, and would teach bodies to hang in the air.
    case unsupported(at: Double, seconds: Double, height: Double)
    /// A joint moves faster than people do: a jump in the recording.
    case tooFast(joint: String, at: Double, speed: Double)

    /// What is wrong, with the time in the clip.
    var description: String {
        func text(_ value: Double) -> String { "\((100 * value).rounded() / 100)" }
        return switch self {
        case .unsupported(let time, let seconds, let height):
            "its body is up to \(text(height)) m over the floor for \(text(seconds)) s from \(text(time)) s on, and nothing carries it"
        case .tooFast(let joint, let time, let speed):
            "its \(joint) moves at \(text(speed)) m/s at \(text(time)) s"
        }
    }

    /// How near a joint may come to the floor: about the thickness of the body around it, metres. The feet's own heights
    /// are those of a standing foot.
    private static let thickness: [Double] = {
        var thickness = [Double](repeating: 0.06, count: HumanJoint.count)
        for trunk in [HumanJoint.pelvis, .spine1, .spine2, .spine3, .head] { thickness[trunk] = 0.11 }
        for side in Side.both {
            (thickness[side.ankle], thickness[side.toe]) = (SMPLFoot.ankleHeight(side), SMPLFoot.toeHeight)
        }
        return thickness
    }()
    /// Metres over the floor from which a body counts as in the air: toes that stand on tiptoe stay under it.
    private static let clearance = 0.1
    /// Seconds in the air that are looked at, and the most that a jump lasts: 0.9 s is a metre high.
    private static let airTime = (least: 0.4, most: 0.9)
    /// The joints' mean falls nearly as the mass centre does. Recorded jumps fall at 6 to 16 m/s², bodies on props at 0
    /// to 3.
    private static let leastFall = 4.0
    /// Metres a second. Hands that throw and feet that kick reach 14 in the collection.
    private static let topSpeed = 15.0

    /// The first defect of a clip that stands on the floor y = 0.
    static func first(in clip: HumanClip) -> MotionDefect? {
        let joints = clip.frames.map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
        return tooFast(joints, frameRate: clip.frameRate) ?? unsupported(joints, frameRate: clip.frameRate)
    }

    private static func tooFast(_ joints: [[Vector3]], frameRate: Double) -> MotionDefect? {
        for (index, (before, after)) in zip(joints, joints.dropFirst()).enumerated() {
            for joint in HumanJoint.allCases {
                let speed = (after[joint] - before[joint]).length * frameRate
                guard speed <= topSpeed else {
                    return .tooFast(
                        joint: joint.name.replacing("_", with: " "),
                        at: Double(index + 1) / frameRate, speed: speed)
                }
            }
        }
        return nil
    }

    private static func unsupported(_ joints: [[Vector3]], frameRate: Double) -> MotionDefect? {
        let heights = joints.map { pose in zip(pose, thickness).map { $0.y - $1 }.min() ?? 0 }
        let centres = joints.map { pose in pose.reduce(0) { $0 + $1.y } / Double(pose.count) }
        var start: Int?
        for frame in 0...heights.count {
            let isUp = frame < heights.count && heights[frame] > clearance
            if isUp, start == nil { start = frame }
            guard !isUp, let first = start else { continue }
            start = nil
            let seconds = Double(frame - first) / frameRate
            guard seconds >= airTime.least else { continue }
            let fall = -acceleration(Array(centres[first..<frame]), frameRate: frameRate)
            if fall < leastFall || seconds > airTime.most {
                return .unsupported(
                    at: Double(first) / frameRate, seconds: seconds, height: heights[first..<frame].max() ?? 0)
            }
        }
        return nil
    }

    /// Second derivative of the parabola that fits best, units a second².
    private static func acceleration(_ values: [Double], frameRate: Double) -> Double {
        let count = Double(values.count)
        let times = values.indices.map { (Double($0) - (count - 1) / 2) / frameRate }
        let square = times.reduce(0) { $0 + $1 * $1 } / count
        let weights = times.map { $0 * $0 - square }
        let norm = weights.reduce(0) { $0 + $1 * $1 }
        return norm > 0 ? 2 * zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / norm : 0
    }
}
