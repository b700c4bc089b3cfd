import FoundationEssentials
public import Geometry
public import HumanBody

/// How some joints turn over time, as they are: for actions of arms, head and trunk that a tokenizer's codes are too coarse
/// for. They are laid over a body that stands, or does something else.
public struct LimbMotion: Hashable, Sendable {
    /// Frames of the stream from one pose to the next in files: 15 poses a second, finer than people shake their heads.
    private static let filedFramesPerPose = 2

    /// The joints that it moves.
    public let joints: [HumanJoint]
    /// Their rotations in their parents, `[pose][joint]`.
    public let poses: [[Quaternion]]
    /// Frames of the stream from one pose to the next.
    public let framesPerPose: Int

    /// Joints that may be laid over another body: all from the lowest joint of the spine on.
    public static let movable: [HumanJoint] = [
        .spine1, .spine2, .spine3, .neck, .head, .leftCollar, .leftShoulder, .leftElbow, .leftWrist, .rightCollar,
        .rightShoulder, .rightElbow, .rightWrist,
    ]
    /// A joint that turns less than this, radians, stays as the body has it.
    private static let leastTurn = 0.06

    private init(joints: [HumanJoint], poses: [[Quaternion]], framesPerPose: Int) {
        (self.joints, self.poses, self.framesPerPose) = (joints, poses, framesPerPose)
    }

    /// These joints of a motion at the stream's frame rate, every pose.
    init(joints: [HumanJoint], of frames: [HumanFrame], framesPerPose: Int = 1) {
        let kept = stride(from: 0, to: frames.count, by: framesPerPose).map { frames[$0] }
        self.init(
            joints: joints, poses: kept.map { frame in joints.map { frame.rotations[$0] } },
            framesPerPose: framesPerPose)
    }

    /// The movable joints of a motion at the stream's frame rate, as far as they turn; nil where none does.
    public init?(of frames: [HumanFrame]) {
        guard let first = frames.first else { return nil }
        let joints = Self.movable.filter { joint in
            frames.contains { (first.rotations[joint].conjugate * $0.rotations[joint]).angle > Self.leastTurn }
        }
        guard !joints.isEmpty, frames.count >= MotionTokenizer.framesPerToken else { return nil }
        self.init(joints: joints, of: frames, framesPerPose: Self.filedFramesPerPose)
    }

    private var posesPerToken: Int { MotionTokenizer.framesPerToken / framesPerPose }

    /// Its length, tokens.
    var tokens: Int { poses.count / posesPerToken }
    /// Its length, frames.
    var frameCount: Int { poses.count * framesPerPose }

    /// The rotations at a frame.
    func rotations(at frame: Int) -> [Quaternion] {
        let place = min(frame / framesPerPose, poses.count - 1)
        guard framesPerPose > 1, place + 1 < poses.count else { return poses[place] }
        let share = Double(frame % framesPerPose) / Double(framesPerPose)
        let next = poses[place + 1]
        return zip(poses[place], next).map { $0.slerp(to: $1.aligned(with: $0), share) }
    }

    /// The same with the poses of a range of tokens done `times` more times.
    func looping(_ tokens: Range<Int>, times: Int) -> LimbMotion {
        let range = tokens.lowerBound * posesPerToken..<tokens.upperBound * posesPerToken
        return LimbMotion(
            joints: joints,
            poses: Array(poses[..<range.upperBound]) + Array(repeating: poses[range], count: times).joined()
                + poses[range.upperBound...], framesPerPose: framesPerPose)
    }
}

// MARK: Files

extension LimbMotion {
    /// Rotation vectors, a half turn as this.
    private static let scale = 32_767.0

    /// Its rotation vectors, pose by pose, as little-endian 16-bit numbers in base 64.
    var text: String {
        var bytes: [UInt8] = []
        for rotation in poses.joined() {
            let vector = rotation.aligned(with: .identity).rotationVector
            for value in [vector.x, vector.y, vector.z] {
                let number = UInt16(bitPattern: Int16((value / .pi * Self.scale).rounded()))
                bytes += [UInt8(number & 0xff), UInt8(number >> 8)]
            }
        }
        return Data(bytes).base64EncodedString()
    }

    /// Reads ``text``; nil for another one.
    init?(joints names: [String], text: String) {
        let joints = names.compactMap { HumanJoint(named: $0) }
        guard joints.count == names.count, !joints.isEmpty, Set(joints).isSubset(of: Self.movable),
            let data = Data(base64Encoded: text), !data.isEmpty, data.count % (6 * joints.count) == 0
        else { return nil }
        let bytes = [UInt8](data)
        let values = stride(from: 0, to: bytes.count, by: 2).map { index in
            let number = Int16(bitPattern: UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8)
            return Double(number) / Self.scale * .pi
        }
        let rotations = stride(from: 0, to: values.count, by: 3).map { index in
            Quaternion(rotationVector: Vector3(values[index], values[index + 1], values[index + 2]))
        }
        let poses = stride(from: 0, to: rotations.count, by: joints.count).map { start in
            Array(rotations[start..<(start + joints.count)])
        }
        guard poses.count * Self.filedFramesPerPose >= MotionTokenizer.framesPerToken else { return nil }
        self.init(joints: joints, poses: poses, framesPerPose: Self.filedFramesPerPose)
    }
}
