import Geometry
import HumanMotion
import Retargeting
import Robots

/// Prints what a robot does at every second of a motion: how far it has gone, and its first joints.
@main
struct RetargetClip {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            return print("usage: retarget-clip MOTION PROFILE   (a .bvh or AMASS .npz, and a robot profile)")
        }
        let clip = try MotionFile(path: arguments[1]).clip
        let profile = try RobotProfile(file: arguments[2])
        let motion = try Retargeter(profile).retarget(clip)

        print("\(profile.displayName), \(motion.frames.count) frames at \(motion.frameRate) Hz")
        for index in stride(from: 0, to: motion.frames.count, by: Int(motion.frameRate)) {
            let configuration = motion.frames[index].configuration
            let joints = zip(motion.jointNames, configuration.jointPositions).prefix(3).map { "\($0) \(Float($1))" }
            print(Float(configuration.rootPosition.x), joints.joined(separator: ", "), separator: " m  ")
        }
    }
}
