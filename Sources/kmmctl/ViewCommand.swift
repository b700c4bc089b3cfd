import ArgumentParser
import Foundation
import HumanMotion
import JSON
import Retargeting
import Robots
import Service
import Tensors
import Wire

/// Shows motion from a file in the browser.
struct ViewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Show motion from a file in the browser.",
        discussion: """
            Serves the page of the dashboard on this host, without a daemon, until Ctrl-C. A person's motion is
            retargeted first.

            Examples:
              kmmctl view dance_g1.npz
              kmmctl view dance.bvh --robot booster_t1
              kmmctl view recording.mcap
            """)

    @OptionGroup var motion: MotionFileArguments
    @Option(help: "Port of the page; 0 for a free one.")
    var port = 5781
    @OptionGroup var printing: JSONOption

    func run() async throws {
        let clip = try motion.load()
        let configuration = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment)
        let meshes = RobotMeshes(folder: motion.profiles ?? configuration.profilesDirectory)
        do {
            let page = try ClipPage(
                clip.frames, rate: clip.rate, of: clip.profile, named: URL(filePath: motion.input).lastPathComponent,
                meshes: meshes)
            try await page.serve(port: port) { address in
                printing.tell(
                    "\(motion.input): \(clip.frames.count) frames at \(clip.rate) Hz, "
                        + "shown at \(address) (Ctrl-C ends)",
                    [
                        "input": .string(motion.input), "frames": JSONValue(clip.frames.count),
                        "rate_hz": .number(clip.rate), "address": .string(address),
                    ])
                fflush(nil)
            }
        } catch {
            throw ControlError.badInput("port \(port) cannot be used: \(error)")
        }
    }
}

/// Motion of a robot from whatever file holds some.
struct MotionFileArguments: ParsableArguments {
    @Argument(
        help: "Motion: .npz of `kmmctl retarget`, a recording (.mcap), or a person's (.npz, .bvh).",
        completion: Completion.motion)
    var input: String
    @Option(help: "Name of the robot.", completion: Completion.robots)
    var robot = "unitree_g1"
    @Option(help: "Folder of the robot profiles.", completion: .directory)
    var profiles: String?

    /// Robot motion at a steady rate.
    struct Clip {
        var profile: RobotProfile
        var frames: [RobotConfiguration]
        var rate: Double
    }

    /// Reads the file.
    func load() throws -> Clip {
        guard FileManager.default.fileExists(atPath: input) else {
            throw ControlError.badInput("\(input): there is no such file")
        }
        let profile = try findProfile(robot, in: profiles)
        do {
            if input.hasSuffix(".mcap") {
                let stream = try RecordedStream(
                    MCAPReader([UInt8](Data(contentsOf: URL(filePath: input)))), of: profile)
                return Clip(profile: profile, frames: stream.frames, rate: Double(stream.rate))
            }
            if input.hasSuffix(".npz") {
                let arrays = try NPZ(path: input)
                if arrays.arrays["joint_pos"] != nil {
                    let clip = try ReferenceClip(arrays, rate: nil, profile: profile)
                    return Clip(profile: profile, frames: clip.frames.map(\.configuration), rate: clip.rate)
                }
            }
            let motion = try Retargeter(profile).retarget(MotionFile(path: input, options: .init()).clip)
            return Clip(profile: profile, frames: motion.frames.map(\.configuration), rate: motion.frameRate)
        } catch let error as CocoaError {
            throw ControlError.badInput("\(input): \(error.localizedDescription)")
        } catch {
            // Readers of files name them, others do not.
            let reason = "\(error)"
            throw ControlError.badInput(reason.hasPrefix(input) ? reason : "\(input): \(reason)")
        }
    }
}
