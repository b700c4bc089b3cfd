import ArgumentParser
import HumanMotion

/// Human motion from any file that can be read to the native clip.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Turn a human motion into the native clip: .npz in the layout of AMASS.",
        discussion: "The motion lies on the mean SMPL body, stands on the floor z = 0 and has foot contacts.")

    @Argument(
        help: "The motion: .bvh, or .npz in the layout of AMASS.", completion: .file(extensions: ["bvh", "npz"]))
    var input: String
    @Option(name: .shortAndLong, help: "The .npz to write.", completion: .file(extensions: ["npz"]))
    var output: String
    @Option(help: "Frames per second of the output.")
    var rate = 30.0

    func validate() throws {
        guard rate > 0, rate <= 1000 else { throw ValidationError("--rate has to lie in 0 to 1000") }
        guard output.hasSuffix(".npz") else { throw ValidationError("-o has to end in .npz") }
    }

    func run() throws {
        let clip = try readHumanMotion(input, frameRate: rate)
        do { try AMASS.write(clip, path: output) } catch { throw ControlError.badInput("\(error)") }
    }
}
