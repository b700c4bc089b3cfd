import ArgumentParser
import Foundation
import HumanMotion
import KMM
import Service
import TextEncoding

/// Human motion of a text, into a file.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Generate the human motion of a text, without a daemon.",
        discussion: """
            The output has the layout of AMASS: poses (axis-angle), trans, betas, gender, mocap_framerate, z up, and \
            the text. The same text, seed and weights give the same motion.
            """)

    @Argument(help: "What the motion shall show; \"walk forward, then wave\" is two actions.")
    var text: String
    @Option(help: "Seed of the random choices.")
    var seed: UInt64 = 0
    @Option(help: "Length of all actions together, seconds.")
    var duration: Double?
    @Option(help: "Classifier-free guidance scale.")
    var guidance: Float?
    @Option(help: "Softmax temperature.")
    var temperature: Float?
    @Option(help: "Folder of the trained weights.")
    var models: String?
    @Option(name: .shortAndLong, help: "The .npz to write.", completion: .file(extensions: ["npz"]))
    var output: String

    func validate() throws {
        guard duration ?? 1 > 0, duration ?? 1 <= 300 else {
            throw ValidationError("--duration has to lie in 0 to 300 s")
        }
        guard output.hasSuffix(".npz") else { throw ValidationError("-o has to end in .npz") }
    }

    func run() throws {
        var segments = SegmentSplitter.split(text).map { MotionSegment(text: $0.text, duration: $0.duration) }
        guard !segments.isEmpty else { throw ValidationError("the text is empty") }
        let configuration = ServiceConfiguration(environment: ProcessInfo.processInfo.environment)
        let generator: MotionGenerator
        do {
            generator = try MotionGenerator(directory: models ?? configuration.modelsDirectory)
        } catch {
            throw ControlError.badInput("\(error)")
        }
        if let duration {
            let wanted = try segments.map { try $0.duration ?? generator.estimateDuration(of: $0.text) }
            let scale = duration / wanted.reduce(0, +)
            for index in segments.indices { segments[index].duration = wanted[index] * scale }
        }
        var options = SamplingOptions()
        if let guidance { options.guidance = guidance }
        if let temperature { options.temperature = temperature }

        var clip = HumanClip(frameRate: MotionGenerator.frameRate, frames: [], text: text)
        var stream = generator.makeStream(seed: seed)
        for segment in segments {
            try generator.begin(segment, options: options, in: &stream)
            while true {
                let steps: [MotionStep] = try generator.advance(&stream)
                if steps.isEmpty { break }
                for step in steps { clip.frames += step.frames }
            }
        }
        try AMASS.write(clip, path: output)
        print(String(format: "%@: %d frames, %.1f s", output, clip.frames.count, clip.duration))
    }
}
