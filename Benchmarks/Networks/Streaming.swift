import ArgumentParser
import Foundation
import Geometry
import HumanBody
import HumanMotion
import KMM
import Tensors
import TextEncoding

/// One endless motion over thirty prompts in turns: memory and speed as it goes on.
struct Streaming: ParsableCommand {
    @OptionGroup var job: JobArguments
    @Option(help: "Length of the motion, minutes.")
    var minutes = 60

    private struct Minute: Encodable {
        var seconds: Double
        /// VmRSS, MiB.
        var resident: Double
        var lowestPelvis: Double
        var highestPelvis: Double
        /// What was asked for where the pelvis is lowest.
        var lowestDuring: String
    }

    private static let actions = [
        "walk forward", "run forward", "jump", "turn left", "turn right", "wave with the right hand", "squat", "bow",
        "walk backwards", "kick", "a person sits down", "stand still", "dance", "throw a ball", "raise both arms",
        "a person walks in a circle", "jog", "hop", "turn around", "wave with the left hand", "punch", "bend down",
        "a person steps sideways to the left", "a person walks slowly", "a person stretches", "walk up stairs",
        "a person swings the arms", "a person walks like an old man", "clap the hands", "a person looks around",
    ]

    func run() throws {
        Compute.setThreads(job.threads)
        let generator = try MotionGenerator(directory: job.models)
        var stream = generator.makeStream(seed: 1)
        var minutes: [Minute] = []
        var next = 0
        for _ in 0..<self.minutes {
            var heights: [Double] = []
            var lowest = (height: Double.infinity, text: "")
            let elapsed = try Elapsed {
                while heights.count < 1800 {
                    let steps = try generator.advance(&stream)
                    if steps.isEmpty {
                        let segment = Action(text: Self.actions[next % Self.actions.count])
                        try generator.begin(segment, options: SamplingOptions(), in: &stream)
                        next += 1
                    }
                    for height in steps.flatMap(\.frames).map(\.pelvis.y) {
                        heights.append(height)
                        if height < lowest.height {
                            lowest = (height, Self.actions[(next + Self.actions.count - 1) % Self.actions.count])
                        }
                    }
                }
            }
            minutes.append(
                Minute(
                    seconds: elapsed.wall, resident: memory("VmRSS"), lowestPelvis: lowest.height,
                    highestPelvis: heights.max() ?? .nan, lowestDuring: lowest.text))
        }
        try printJSON(minutes)
    }
}
