import ArgumentParser
import Foundation
import KMM
import KMMEvaluation
import KMMTraining
import MotionData
import Tensors

/// What a tokenizer leaves of motion.
struct TokenizerScores: Codable {
    /// Path of the tokenizer.
    var path: String
    /// Errors and the quality of the body on the chosen split.
    var evaluation: TokenizerEvaluation
    /// Actions that recorded clips of all splits show, and what is left of them.
    var actions: [Action]

    /// An action's share of the clips that say they show it and do.
    struct Action: Codable {
        var name: String
        var clips: Int
        var recorded: Double
        var firstCodebook: Double
        var allCodebooks: Double
    }
}

struct EvaluateTokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Score tokenizers: errors, sliding feet, jolts at borders, actions kept.",
        discussion: """
            Actions are judged by the predicates of the everyday prompts on recorded clips of all splits, as they are, \
            through the first codebook and through all: what is lost here, no generator can show.

            Example:
              kmmctl evaluate tokenizer --data PLAIN --tokenizers Models/free/tokenizer.safetensors
            """)

    @Option(help: "Prepared data set, as `kmmctl train prepare` writes it.")
    var data: String

    @Option(help: "Tokenizers, joined by commas.")
    var tokenizers: String

    @Option(help: "Split of the errors: train, val or test.")
    var split = "test"

    @Option(help: "Judge these actions only, joined by commas.")
    var prompts = EverydayPrompt.all.map(\.name).joined(separator: ",")

    @Option(help: "Processor cores.")
    var threads = 2

    @Flag(help: "Print one JSON array.")
    var json = false

    func run() throws {
        Compute.setThreads(threads)
        guard let split = DataSplit(rawValue: split) else {
            throw ValidationError("--split \(self.split): expected train, val or test")
        }
        let names = prompts.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let chosen = EverydayPrompt.all.filter { names.contains($0.name) }.map(PredicateProof.Subject.init)
        let data = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        let recorded = try PredicateProof(on: data, subjects: chosen)
        let scores = try tokenizers.split(separator: ",").map { path in
            let tokenizer = try MotionTokenizer(path: String(path))
            let first = try PredicateProof(on: data, subjects: chosen, through: tokenizer, codebooks: 1)
            let all = try PredicateProof(on: data, subjects: chosen, through: tokenizer)
            let scores = TokenizerScores(
                path: String(path), evaluation: try TokenizerEvaluation(of: tokenizer, on: data, split: split),
                actions: recorded.rows.indices.filter { recorded.rows[$0].claiming > 0 }.map { index in
                    TokenizerScores.Action(
                        name: recorded.rows[index].name, clips: recorded.rows[index].claiming,
                        recorded: recorded.rows[index].passRate, firstCodebook: first.rows[index].passRate,
                        allCodebooks: all.rows[index].passRate)
                })
            if !json { print(Self.text(scores)) }
            return scores
        }
        if json { try printJSON(scores) }
    }

    private static func text(_ scores: TokenizerScores) -> String {
        let (score, percent) = (scores.evaluation, { (share: Double) in String(format: "%5.1f %%  ", 100 * share) })
        let actions = scores.actions.map { action in
            "  " + action.name.padded(to: 18) + percent(action.recorded) + percent(action.firstCodebook)
                + percent(action.allCodebooks) + "of \(action.clips)"
        }
        return """
            \(scores.path)
              \(TrainTokenizer.summary(score))
              skating \(String(format: "%.1f cm/s, recorded %.1f", score.decodedBody.skating, score.recordedBody.skating))
              under the floor \(String(format: "%.2f cm, recorded %.2f", score.decodedBody.penetration, score.recordedBody.penetration))
              jerk at borders of tokens over that inside \(String(format: "%.2f", score.borderJerkRatio)) of the data's
              action            recorded  first    all codebooks
            \(actions.joined(separator: "\n"))
            """
    }
}
