import ArgumentParser
import Foundation
import KMM
import KMMEvaluation
import MotionData
import Planning
import Service
import Tensors
import TextEncoding

/// What `kmmctl evaluate language` prints as JSON.
private struct LanguageReport: Encodable {
    var model: String
    var scores: LanguageScores
    var spreads: [PoseSpread]
}

struct EvaluateLanguage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "language", abstract: "Judge how a model understands people's own words.",
        discussion: """
            The texts of Benchmarks/Language are generated with every seed and judged by geometric predicates. What is refused \
            fails. Texts that stand in the lexicon or in the training captions are counted apart.

            Example:
              kmmctl evaluate language --model free --limit 200
            """)

    @Option(help: "Folder of the texts.")
    var benchmark = "Benchmarks/Language"

    @Option(help: "Folder of the models.")
    var models = "Models"
    @Option(help: "Name of the model in it.")
    var model = ModelPaths.defaultModel

    @Option(help: "What is not understood: strict refuses it, warn makes it; any reads no text by the lexicon.")
    var policy = PolicyArgument.strict

    @Option(help: "Seeds a text; with 0 no motion is made, and only what is read and refused is judged.")
    var seeds = 1

    @Option(help: "Only these classes, joined by commas.")
    var classes: String?

    @Option(help: "At most so many texts of a class, evenly taken from it.")
    var limit: Int?

    @Option(help: "Seeds a wording of the 92 everyday ones, which training has seen; 0 leaves them out.")
    var everydaySeeds = 1

    @Option(parsing: .upToNextOption, help: "Folders of the lexicon and of captions, as Scripts/datasets writes.")
    var known = ["Lexicon", "data"]

    @Option(help: "Prepared data set: judges common captions of it, too, and gives people's spread.")
    var data: String?

    @Option(help: "Seeds with which the spread of seven actions is measured; 0 leaves it out.")
    var spreadSeeds = 0

    @OptionGroup var sampling: SamplingArguments

    @Option(help: "Processor cores.")
    var threads = 2

    @Flag(help: "Print every action and the texts that fail.")
    var details = false

    @Flag(help: "Print one JSON object.")
    var json = false

    /// The actions whose spread is measured.
    static let spreadActions = ["walk", "run", "jump", "wave right hand", "squat", "kick", "dance"]

    func validate() throws {
        guard seeds >= 0, threads > 0, everydaySeeds >= 0, spreadSeeds >= 0, limit ?? 1 > 0 else {
            throw ValidationError("--threads and --limit have to be 1 or more, other numbers 0 or more")
        }
        _ = try chosenClasses()
    }

    func run() throws {
        Compute.setThreads(threads)
        let texts = try LanguageBenchmark(directory: URL(fileURLWithPath: benchmark, isDirectory: true))
        var wordings = KnownWordings()
        for folder in known {
            wordings.insert(contentsOf: URL(fileURLWithPath: folder, isDirectory: true))
            // A lexicon makes more sentences than stand in it.
            if let lexicon = try? Lexicon(directory: folder) { wordings.insert(lexicon) }
        }
        let data = try data.map { try PreparedDataSet(directory: URL(fileURLWithPath: $0, isDirectory: true)) }
        let subject = try subject()

        var options = LanguageScores.Options()
        (options.seeds, options.classes, options.everydaySeeds) = (seeds, try chosenClasses(), everydaySeeds)
        if let limit { options.limit = limit }
        let scores = try LanguageScores(
            of: subject, on: texts, known: wordings,
            captions: data.map { try LanguageBenchmark.captions(of: $0) } ?? [],
            options: options
        ) { line in FileHandle.standardError.write(Data("\(line)\n".utf8)) }
        let spreads =
            spreadSeeds < 2
            ? []
            : try PoseSpread.measure(
                subject, prompts: EverydayPrompt.all.filter { Self.spreadActions.contains($0.name) },
                seeds: spreadSeeds, data: data)
        if json { return try printJSON(LanguageReport(model: model, scores: scores, spreads: spreads)) }
        show(scores, known: wordings.count)
        for spread in spreads {
            let people = spread.people.map { people in
                String(format: "%.1f cm of people, %.0f %%", people, 100 * spread.generated / max(people, 1e-9))
            }
            print(
                spread.action.padded(to: 18) + String(format: "spread over seeds %.1f cm, ", spread.generated)
                    + (people ?? "no clips of people"))
        }
    }

    private func subject() throws -> any LanguageSubject {
        let generator = try MotionGenerator(directory: models, model: model)
        if sampling.withoutExemplars { generator.exemplars = ExemplarLibrary() }
        guard policy != .any else { return SplittingModel(generator, options: sampling.options) }
        let configuration = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment)
        let reader = try TextReader(
            lexicon: configuration.lexiconDirectory, model: ModelPaths(directory: models, model: model),
            encoder: generator.encoder)
        let plan = HumanPlan(generator, options: sampling.options)
        return UnderstandingModel(reader: reader, policy: policy.policy) { try plan.motion(of: $0, seed: $1) }
    }

    private func chosenClasses() throws -> [LanguageBenchmark.Class] {
        guard let classes else { return LanguageBenchmark.Class.allCases }
        return try classes.split(separator: ",").map { name in
            guard let kind = LanguageBenchmark.Class(rawValue: name.trimmingCharacters(in: .whitespaces)) else {
                let all = LanguageBenchmark.Class.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--classes: no class '\(name)' in \(all)")
            }
            return kind
        }
    }

    private func show(_ scores: LanguageScores, known: Int) {
        print("\(scores.seeds) seed(s) a text, 95 % intervals over texts; \(known) known wordings\n")
        print("| class | out of words | in words | refused wrongly | wrong side | read |\n|---|---|---|---|---|---|")
        for row in scores.classes + [scores.everyday, scores.captions] where row.all.texts > 0 {
            let columns = [row.outOfWords, row.inWords, row.refused, row.confused, row.read].map(text)
            print("| \(row.name) | " + columns.joined(separator: " | ") + " |")
        }
        print("\nactions that it says it knows: \(scores.knownActionCount), \(text(scores.knownActions))")
        let good = scores.actions.filter { $0.all.share >= 0.85 }.count
        print("actions of which 85 % pass: \(good) of \(scores.actions.count)")
        print("\n| has to be refused | refused |\n|---|---|")
        for row in scores.refusals { print("| \(row.name) | \(text(row.refused)) |") }
        if var all = scores.refusals.first?.refused {
            for row in scores.refusals.dropFirst() {
                all.texts += row.refused.texts
                all.passed += row.refused.passed
            }
            print("| all | \(text(all)) |")
        }
        print("\nrefused wrongly, of plain and other English texts: \(text(scores.wronglyRefused))")
        print(
            "ways to say stop that are their verb: \(text(scores.stops)), other texts that are none: \(text(scores.notStops))"
        )
        let faults = scores.faults
        print(
            "hanging in the air: \(faults.hanging) of \(faults.motions) motions; "
                + String(
                    format: "skating %.1f cm/s, %.2f cm under the floor, jerk %.2f mm/frame³, %.2f at token borders",
                    faults.skating, faults.penetration, faults.jerk, faults.borderJitter))
        guard details else { return }
        for action in scores.actions {
            print(action.name.padded(to: 30) + String(format: "%3.0f %%", 100 * action.all.share))
        }
        for failing in scores.texts where failing.passed ?? 0 < 0.5 {
            print("\(failing.passed == nil ? "refused" : "fails")  \(failing.group): \(failing.text)")
        }
    }

    private func text(_ share: TextShare) -> String {
        guard share.texts > 0 else { return "" }
        let range = share.interval
        return String(
            format: "%.1f %% (%.0f to %.0f) of %d", 100 * share.share, 100 * range.lowerBound, 100 * range.upperBound,
            share.texts)
    }
}
