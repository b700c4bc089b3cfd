import ArgumentParser
import Foundation
import HumanMotion
import JSON

/// Human motion from any file that can be read to the native clip.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Turn a human motion into the native clip: .npz in the layout of AMASS.",
        discussion: """
            The motion lies on the mean SMPL body, stands on the floor z = 0 and has foot contacts.

            Example:
              kmmctl convert dance.bvh -o dance.npz
            """)

    @Argument(
        help: "The motion: .bvh, .npz or .npy, or with --from-robot .csv or .npz.",
        completion: .file(extensions: ["bvh", "npz", "npy", "csv"]))
    var input: String
    @Option(name: .shortAndLong, help: "The .npz to write.", completion: .file(extensions: ["npz"]))
    var output: String
    @OptionGroup var reading: MotionInput
    @OptionGroup var printing: JSONOption

    func validate() throws {
        guard output.hasSuffix(".npz") else { throw ValidationError("-o has to end in .npz") }
    }

    func run() throws {
        do {
            let file = try reading.loader(profiles: nil).load(input)
            for note in file.notes { printing.note("\(note)") }
            try AMASS.write(file.clip, path: output)
            let (frames, rate) = (file.clip.frames.count, file.clip.frameRate)
            printing.tell(
                String(format: "%@: %d frames at %g Hz", output, frames, rate),
                [
                    "output": .string(output), "frames": JSONValue(frames), "rate_hz": .number(rate),
                    "notes": .array(file.notes.map { .string("\($0)") }),
                ])
        } catch let error as ControlError {
            throw error
        } catch {
            throw ControlError.badInput("\(error)")
        }
    }
}
