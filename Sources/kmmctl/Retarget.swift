import ArgumentParser
import Foundation
import HumanMotion
import Retargeting
import Robots
import Service
import Tensors

/// Human motion from a file to the joints of a robot.
struct Retarget: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retarget", abstract: "Turn a human motion into the motion of a robot, without a daemon.",
        discussion: """
            The output holds fps, joint_names, root_pos (m), root_quat (w, x, y, z), joint_pos (rad) and contacts \
            (left, right). A report of the motion's quality goes to the standard output.
            """)

    @Argument(
        help: "The motion: .npz in the layout of AMASS, or .bvh.", completion: .file(extensions: ["npz", "bvh"]))
    var input: String
    @Option(help: "Name of the robot's profile.")
    var robot = "unitree_g1"
    @Option(name: .shortAndLong, help: "The .npz to write.", completion: .file(extensions: ["npz"]))
    var output: String?
    @Option(help: "Folder of the robot profiles.")
    var profiles: String?
    @Option(help: "Frames per second of the output.")
    var rate = 30.0
    @Option(help: "Retarget so many times over, and report the frames per second of processor time.")
    var repeats: Int?

    func validate() throws {
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate has to lie in 0 to 1000") }
        guard repeats ?? 1 > 0 else { throw ValidationError("--repeats has to be 1 or more") }
        guard output?.hasSuffix(".npz") ?? true else { throw ValidationError("-o has to end in .npz") }
    }

    func run() throws {
        let profile = try findProfile(robot, in: profiles)
        let clip = try readHumanMotion(input, frameRate: rate)
        do {
            let retargeter = try Retargeter(profile)
            let motion = retargeter.retarget(clip)
            try print(QualityReport(motion, profile: profile))
            if let repeats { measure(retargeter, clip, repeats) }
            if let output { try motion.npz.write(path: output) }
        } catch {
            throw ControlError.badInput("\(error)")
        }
    }

    private func measure(_ retargeter: Retargeter, _ clip: HumanClip, _ repeats: Int) {
        func processorTime() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        var steps = 0
        let start = processorTime()
        for _ in 0..<repeats { steps += retargeter.retarget(clip).frames.reduce(0) { $0 + $1.iterations } }
        let seconds = processorTime() - start
        let rate = Int(Double(clip.frames.count * repeats) / seconds)
        print("speed                 \(rate) frames/s, \(Int(seconds / Double(steps) * 1e9)) ns a step, one thread")
    }
}
