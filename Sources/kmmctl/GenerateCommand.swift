import ArgumentParser
import Foundation
import HumanMotion
import JSON
import KMM
import Planning
import Service
import TextEncoding

/// Human motion of a text, into a file.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Generate the human motion of a text, without a daemon.",
        discussion: """
            The output has the layout of AMASS: poses (axis-angle), trans, betas, gender, mocap_framerate, z up, and \
            the text. The same text, seed and weights give the same motion. A text that is not understood, or is understood \
            and not done, is refused with exit status 5 and the nearest that can be done; --policy says otherwise. \
            Distances, angles and steps in the text are those of a human; the daemon, which knows the robot, sees to the robot's.

            Examples:
              kmmctl generate "walk forward, then wave" -o walk.npz
              kmmctl generate --prompts texts.txt --seeds 4 -o motions
            """)

    @Argument(help: "What the motion shall show; \"walk forward, then wave\" is two actions.")
    var text: String?
    @Option(help: "A file of texts, one a line: many motions in one go.", completion: .file())
    var prompts: String?
    @Option(help: "Motions of every text of the file, with seeds from --seed on.")
    var seeds = 1
    @Option(help: "Seed of the random choices.")
    var seed: UInt64 = 0
    @Option(help: "Length of all actions together, seconds.")
    var duration: Double?
    @Option(
        help:
            "strict refuses what is not understood, warn makes it and says so, any gives the text to the model as it is."
    )
    var policy = PolicyArgument.strict
    @OptionGroup var sampling: SamplingArguments
    @Option(help: "Folder of the trained weights.")
    var models: String?
    @Option(help: "Name of the model in it: free, or kmm.")
    var model: String?
    @Option(
        name: .shortAndLong, help: "The .npz to write, with --prompts the folder of 001-seed-0.npz and so on.",
        completion: .file(extensions: ["npz"]))
    var output: String
    @OptionGroup var printing: JSONOption

    func validate() throws {
        guard duration ?? 1 > 0, duration ?? 1 <= 300 else {
            throw ValidationError("--duration has to lie in 0 to 300 s")
        }
        guard (text == nil) != (prompts == nil) else { throw ValidationError("give a text or --prompts") }
        guard seeds > 0, seeds == 1 || prompts != nil else {
            throw ValidationError("--seeds has to be 1 or more and goes with --prompts")
        }
        guard prompts != nil || output.hasSuffix(".npz") else { throw ValidationError("-o has to end in .npz") }
    }

    func run() throws {
        let configuration = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment)
        let texts = try text.map { [$0] } ?? lines()
        let generator: MotionGenerator
        do {
            generator = try MotionGenerator(
                directory: models ?? configuration.modelsDirectory, model: model ?? configuration.model)
        } catch {
            throw ControlError.badInput("\(error)")
        }
        let reader: TextReader
        do {
            reader = try TextReader(
                lexicon: configuration.lexiconDirectory,
                model: ModelPaths(
                    directory: models ?? configuration.modelsDirectory, model: model ?? configuration.model),
                encoder: generator.encoder)
        } catch {
            throw ControlError.badInput("\(error)")
        }
        var refused: [String] = []
        for (number, text) in texts.enumerated() {
            let stop = SpokenStop(text)
            let understood = reader.read(stop?.rest ?? text, policy: policy.policy)
            let isBareStop = stop?.rest.isEmpty == true
            if !isBareStop, let objection = understood.refusal(policy.policy) {
                refused.append("\(objection)")
                continue
            }
            if !isBareStop, policy == .warn, let objection = understood.refusal(.strict) { warn("\(objection)") }
            for offset in 0..<seeds {
                let seed = seed &+ UInt64(offset)
                let path =
                    prompts == nil
                    ? output
                    : URL(fileURLWithPath: output)
                        .appendingPathComponent(String(format: "%03d-seed-%llu.npz", number + 1, seed)).path
                var clip = try HumanPlan(generator, options: sampling.options).motion(
                    of: segments(of: understood, afterStop: stop != nil, generator), seed: seed)
                clip.text = text
                try AMASS.write(clip, path: path)
                printing.tell(
                    String(format: "%@: %d frames, %.1f s", path, clip.frames.count, clip.duration),
                    [
                        "output": .string(path), "text": .string(text), "seed": .integer(Int64(bitPattern: seed)),
                        "frames": JSONValue(clip.frames.count), "seconds": .number(clip.duration),
                    ])
            }
        }
        guard refused.isEmpty else { throw ControlError.notUnderstood(refused.joined(separator: "\n")) }
    }

    /// The texts of the file; makes the folder for their motions.
    private func lines() throws -> [String] {
        guard let prompts else { return [] }
        guard let data = FileManager.default.contents(atPath: prompts), let file = String(data: data, encoding: .utf8)
        else { throw ControlError.badInput("cannot read \(prompts) as text") }
        let texts = file.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        guard !texts.isEmpty else { throw ControlError.badInput("\(prompts) holds no text") }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw ControlError.badInput("cannot make the folder \(output)")
        }
        return texts
    }

    private func warn(_ message: String) { FileHandle.standardError.write(Data("warning: \(message)\n".utf8)) }

    private func segments(
        of understood: Understanding, afterStop isStopped: Bool, _ generator: MotionGenerator
    ) throws -> [Action] {
        // Fingers are the daemon's: the motion of a human has none.
        var segments = Action.ofBody(understood.segments.map(\.segment)).body
        // A robot would stop; what is to be seen is somebody who does not move.
        if isStopped { segments.insert(Action(text: "a person stands still"), at: 0) }
        guard !segments.isEmpty else { throw ValidationError("the text asks for no motion of a body") }
        if let duration {
            let wanted = try segments.map { try $0.duration ?? generator.estimateDuration(of: $0.text) }
            let scale = duration / zip(wanted, segments).reduce(0) { $0 + $1.0 * Double($1.1.repeats) }
            for index in segments.indices {
                (segments[index].duration, segments[index].isEstimate) = (wanted[index] * scale, false)
            }
        }
        return segments
    }
}
