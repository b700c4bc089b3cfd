import HumanMotion
import Retargeting
import Robots

/// Reads the motion of a person from a file of a person's or of a robot's motion.
struct MotionLoader: Sendable {
    var options: MotionFile.Options
    /// The robot whose motions the files are; nil when they are people's.
    var robot: RobotProfile?

    /// Endings of the files that can be read.
    var endings: [String] { robot == nil ? MotionFile.endings : RobotMotionFile.endings }

    /// Reads one file.
    func load(_ path: String) throws -> MotionFile {
        guard let robot else { return try MotionFile(path: path, options: options) }
        let motion = try RobotMotionFile(path: path, profile: robot, frameRate: options.inputRate)
        return try MotionFile(
            try HumanReading(robot).clip(motion), notes: motion.notes, path: path, options: options)
    }
}
