import ArgumentParser
import Foundation
import KMM
import KMMEvaluation
import MotionData
import Tensors

struct EvaluatePredicates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predicates", abstract: "Count the everyday prompts whose motions show what was asked for.",
        discussion: """
            Every wording of every prompt is generated with every seed and judged by a geometric predicate. With --data \
            the predicates themselves are proven: on the captioned stretches of a prepared data set.

            Example:
              kmmctl evaluate predicates --model free --seeds 2
            """)

    @OptionGroup var source: ModelArguments

    @Option(help: "Seeds a wording.")
    var seeds = 10

    @Option(help: "Only these prompts, joined by commas.")
    var prompts: String?

    @OptionGroup var sampling: SamplingArguments

    @Option(help: "Prove the predicates on this prepared data set instead.")
    var data: String?

    @Flag(help: "With --data: prove the predicates of all actions of the language benchmark.")
    var actions = false

    @Flag(help: "With --data: print the numbers behind each predicate and the captions of what fails, too.")
    var details = false

    @Option(help: "With --data: judge one in so many of the stretches that say nothing of an action.")
    var othersEach = 1

    @Option(help: "With --data: judge what this tokenizer makes of the clips.")
    var tokenizer: String?

    @Option(help: "With --tokenizer: only its first codebooks, this many; without it all.")
    var codebooks: Int?

    @Option(help: "Processor cores.")
    var threads = 2

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard seeds > 0, threads > 0 else { throw ValidationError("--seeds and --threads have to be 1 or more") }
        guard tokenizer == nil || data != nil, codebooks.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--tokenizer needs --data, and --codebooks to be 1 or more")
        }
    }

    func run() throws {
        Compute.setThreads(threads)
        let names = prompts?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let known = EverydayPrompt.all.map(\.name)
        if let unknown = names?.first(where: { !known.contains($0) }) {
            throw ValidationError("--prompts: no prompt '\(unknown)' in \(known.joined(separator: ", "))")
        }
        let chosen = EverydayPrompt.all.filter { names?.contains($0.name) ?? true }
        if let data {
            let subjects = actions ? PredicateProof.Subject.actions : chosen.map(PredicateProof.Subject.init)
            try prove(subjects, PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true)))
        } else {
            try judge(chosen, source.generator())
        }
    }

    private func prove(_ subjects: [PredicateProof.Subject], _ data: PreparedDataSet) throws {
        let proof = try PredicateProof(
            on: data, subjects: subjects, through: tokenizer.map { try MotionTokenizer(path: $0) },
            codebooks: codebooks ?? .max, othersEach: othersEach, withSpreads: details)
        if json { return try printJSON(proof) }
        print("predicate            with that caption      the others             the other side")
        for row in proof.rows {
            let otherSide = row.claimingPassedOnOtherSide.map { passed in
                String(format: "   %5.1f %%", 100 * Double(passed) / Double(max(row.claiming, 1)))
            }
            print(
                row.name.padded(to: 21)
                    + String(
                        format: "%5.1f %% of %4d   %5.1f %% of %4d", 100 * row.passRate, row.claiming,
                        100 * row.falseRate, row.others) + (otherSide ?? "          ")
                    + (row.isProven ? "" : row.claiming == 0 ? "   no clips" : "   not proven"))
            for spread in row.spreads {
                let numbers = { (values: [Double]) in values.map { String(format: "%.2f", $0) }.joined(separator: " ") }
                print("    \(spread.measure): \(numbers(spread.claiming)) | \(numbers(spread.others))")
            }
            if details { for caption in row.failing.prefix(12) { print("    fails: \(caption)") } }
        }
        let proven = proof.rows.filter(\.isProven).count
        print("\(proven) of \(proof.rows.count) proven")
    }

    private func judge(_ prompts: [EverydayPrompt], _ generator: MotionGenerator) throws {
        let scores = try PredicateScores(
            of: generator, seeds: seeds, options: sampling.options, prompts: prompts
        ) { prompt in
            if json { return }
            let wordings = prompt.wordings.map { "\($0.passed)/\($0.motions) \"\($0.text)\"" }
            print(
                prompt.name.padded(to: 17) + String(format: "%4.0f %%   ", 100 * prompt.passRate)
                    + wordings.joined(separator: ", "))
        }
        if json { return try printJSON(scores) }
        print(
            String(
                format: "all %.1f %%, least %.0f %% (%@); %.0f frames a processor second", 100 * scores.passRate,
                100 * (scores.worst?.passRate ?? 0), scores.worst?.name ?? "", Double(scores.frames) / scores.seconds))
    }
}

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 1)) }
}
