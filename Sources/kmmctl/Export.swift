public import ArgumentParser
import Foundation
import JSON
import Retargeting
import Robots
import Service
import Tensors
import Wire

/// Robot motion from a file to the files that other projects read.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write robot motion in a format that other projects read.",
        discussion: """
            Formats: lafan1 and kimodo are CSV (root x y z, quaternion x y z w and w x y z, joints in MuJoCo's order); \
            beyondmimic and mjlab are .npz with all bodies in the world; sonic is a folder; npz has names.

            Examples:
              kmmctl export wave_g1.npz --format lafan1 -o wave.csv
              kmmctl export walk.mcap --format sonic -o walk
            """)

    @Argument(
        help: "The motion: .npz as `kmmctl retarget` writes it, .npz or .csv of other projects, or a recording.",
        completion: .file(extensions: ["npz", "csv", "mcap"]))
    var input: String
    @Option(help: "One of \(MotionExport.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: MotionExport
    @Option(name: .shortAndLong, help: "The file to write; for sonic the folder.", completion: .file())
    var output: String
    @Option(help: "Name of the robot's profile.", completion: Completion.robots)
    var robot = "unitree_g1"
    @Option(help: "Folder of the robot profiles.")
    var profiles: String?
    @Option(help: "Frames per second; without it what the format's readers expect, else that of the input.")
    var rate: Double?
    @OptionGroup var printing: JSONOption

    func validate() throws {
        if let rate { guard rate > 0, rate <= 1000 else { throw ValidationError("--rate has to lie in 0 to 1000") } }
    }

    func run() throws {
        let profile = try findProfile(robot, in: profiles)
        do {
            let clip = try clip(of: profile)
            let title = URL(filePath: input).deletingPathExtension().lastPathComponent
            switch try format.output(clip, title: title) {
            case .text(let text): try write(text, to: URL(filePath: output))
            case .arrays(let arrays): try arrays.write(path: output)
            case .folder(let files):
                let folder = URL(filePath: output)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for file in files { try write(file.text, to: folder.appending(path: file.name)) }
            }
            printing.tell(
                String(format: "%@: %d frames at %g Hz", output, clip.frames.count, clip.rate),
                [
                    "output": .string(output), "format": .string(format.rawValue), "robot": .string(robot),
                    "frames": JSONValue(clip.frames.count), "rate_hz": .number(clip.rate),
                ])
        } catch let error as CocoaError {
            throw ControlError.badInput("\(output): \(error.localizedDescription)")
        } catch let error as ControlError {
            throw error
        } catch {
            throw ControlError.badInput("\(input): \(error)")
        }
    }

    private func clip(of profile: RobotProfile) throws -> ReferenceClip {
        guard input.hasSuffix(".mcap") else {
            let arrays = input.hasSuffix(".csv") ? nil : try NPZ(path: input)
            guard arrays?.arrays["poses"] == nil else {
                let name = URL(filePath: input).deletingPathExtension().lastPathComponent
                throw ControlError.badInput(
                    "\(input) holds a person's motion; retarget it first: "
                        + "kmmctl retarget \(input) --robot \(robot) -o \(name)_\(robot).npz")
            }
            if let arrays, arrays.arrays["joint_names"] != nil {
                return try ReferenceClip(arrays, rate: rate ?? format.rate, profile: profile)
            }
            let motion = try RobotMotionFile(path: input, profile: profile)
            for note in motion.notes { printing.note("\(note)") }
            return try ReferenceClip(
                motion.frames, at: motion.frameRate, resampledTo: rate ?? format.rate ?? motion.frameRate,
                profile: profile)
        }
        let recording = try MCAPReader(path: input)
        let stream = try RecordedStream(recording, of: profile)
        return try ReferenceClip(
            stream.frames, at: Double(stream.rate), resampledTo: rate ?? format.rate ?? Double(stream.rate),
            profile: profile)
    }

    private func write(_ text: String, to file: URL) throws { try Data(text.utf8).write(to: file) }
}

extension MotionExport: ExpressibleByArgument {}
