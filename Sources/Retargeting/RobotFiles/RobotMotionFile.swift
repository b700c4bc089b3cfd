import Geometry
public import Robots
import Tensors

/// A robot's motion from a file of any of the projects that write such: root and joints over time.
///
/// CSV of Unitree's LAFAN1 set and of Kimodo (root x y z, quaternion, joints in MuJoCo's order); arrays of `kmmctl`, BeyondMimic,
/// mjlab, of MuJoCo's `qpos`, and of GMR, TWIST2, PHC and ASAP as `python3 -m kmmd.unpickle` writes them.
public struct RobotMotionFile: Sendable {
    /// Why a file gives no motion of the robot.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// Path of the file.
        public let path: String
        /// What was wrong, and what would be right.
        public let reason: String

        /// Both, in words.
        public var description: String { reason.contains(path) ? reason : "\(path): \(reason)" }
    }

    /// Frames per second.
    public let frameRate: Double
    /// The frames in order, at least one; joints in the profile's order.
    public let frames: [RobotConfiguration]
    /// What was guessed, in sentences.
    public let notes: [String]

    /// Endings of the files that can be read.
    public static let endings = ["csv", "npz"]

    /// Reads the motion of a robot.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - profile: The robot whose joints move in it.
    ///   - frameRate: Frames per second, before what the file tells.
    /// - Throws: `Failure`.
    public init(path: String, profile: RobotProfile, frameRate: Double? = nil) throws(Failure) {
        do {
            let rows: RobotRows
            switch path.lowercased().split(separator: ".").last {
            case "csv": rows = try RobotRows(table: FileBytes.contents(of: path), profile)
            case "npz": rows = try RobotRows(NPZ(path: path), profile)
            case "pkl", "pt", "pth", "joblib":
                throw RobotRows.Failure(
                    "pickles are programs and are not run here; python3 -m kmmd.unpickle \(path) writes what it holds as .npz"
                )
            default: throw RobotRows.Failure("neither .csv nor .npz")
            }
            guard let rate = frameRate ?? rows.rate else {
                throw RobotRows.Failure("no frame rate is told; it can be given as --input-rate")
            }
            guard (1...1000).contains(rate) else {
                throw RobotRows.Failure("\(rate) frames per second are not between 1 and 1000")
            }
            guard !rows.frames.isEmpty else { throw RobotRows.Failure("there are no frames") }
            if let bad = rows.frames.firstIndex(where: { !$0.isFinite || $0.rootRotation.length < 1e-6 }) {
                throw RobotRows.Failure("frame \(bad) is not finite, or its quaternion has no length")
            }
            self.frameRate = rate
            frames = rows.frames.map { frame in
                var frame = frame
                frame.rootRotation = frame.rootRotation.normalized
                return frame
            }
            notes = rows.notes + Self.overLimits(rows.frames, profile)
        } catch {
            throw Failure(path: path, reason: "\(error)")
        }
    }

    /// Joints far out of their range tell of another order or robot.
    private static func overLimits(_ frames: [RobotConfiguration], _ profile: RobotProfile) -> [String] {
        var worst: (joint: String, over: Double)?
        for (index, joint) in profile.drivenJoints.enumerated() {
            let limits = joint.limits
            let over =
                frames.map { frame in
                    max(frame.jointPositions[index] - limits.upper, limits.lower - frame.jointPositions[index])
                }.max() ?? 0
            if over > worst?.over ?? 0.1 { worst = (joint.name, over) }
        }
        guard let worst else { return [] }
        return [
            "\(worst.joint) leaves its range by \((worst.over * 100).rounded() / 100): another robot or another joint order would do that"
        ]
    }
}
