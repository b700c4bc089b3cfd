import ArgumentParser
import Foundation
import KMM
import KMMEvaluation
import MotionData
import Tensors

/// The table of `kmmctl evaluate metrics`.
private struct MetricTable: Encodable {
    /// Split of the data.
    var split: String
    /// The captured motions, one half against the other.
    var real: MetricRow
    /// The captured motions through the first model's tokenizer and back.
    var tokenizer: MetricRow
    /// The models.
    var models: [ModelMetrics] = []
}

struct EvaluateMetrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "The field's metrics of models, beside real motion and the tokenizer's reconstruction.",
        discussion: """
            Documentation/evaluation.md defines every number.

            Example:
              kmmctl evaluate metrics --data PLAIN --models Models --evaluators Models/evaluators
            """)

    @Option(help: "Prepared data set, as `kmmctl train prepare` writes it.")
    var data: String

    @Option(
        parsing: .upToNextOption,
        help:
            "Folders of models, or of one model (Models/free), each a row of the table; NAME=FOLDER names the row. The first one's tokenizer is judged too."
    )
    var models = [ModelPaths.defaultDirectory]

    @Option(help: "Folder of the trained evaluators (`kmmctl train evaluator`).")
    var evaluators = "Models/evaluators"

    @Option(help: "train, val or test.")
    var split = "test"

    @Option(help: "Motions to generate.")
    var motions = 1000

    @Option(help: "Long motions of twelve captions to generate.")
    var sequences = 12

    @OptionGroup var sampling: SamplingArguments

    @Option(help: "Processor cores.")
    var threads = 2

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard motions >= 64, sequences > 0, threads > 0 else {
            throw ValidationError("--motions has to be 64 or more, --sequences and --threads 1 or more")
        }
        guard DataSplit(rawValue: split) != nil else {
            throw ValidationError("--split \(split): expected train, val or test")
        }
    }

    func run() throws {
        Compute.setThreads(threads)
        guard let split = DataSplit(rawValue: split) else { return }
        let rows = models.map { model in
            let parts = model.split(separator: "=", maxSplits: 1).map(String.init)
            return (name: parts[0], folder: parts.last ?? model)
        }
        var generator = try load(rows[0].folder)
        let data = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        let judges = MetricJudges(
            try EvaluationSet(data, split: split, encoder: generator.encoder), evaluators: try networks())
        var options = ModelMetrics.Options()
        (options.motions, options.sequences, options.sampling) = (motions, sequences, sampling.options)
        let tell = { (line: String) in FileHandle.standardError.write(Data("\(line)\n".utf8)) }
        tell("real motion and the tokenizer's reconstruction")
        var table = MetricTable(
            split: split.rawValue, real: judges.real(), tokenizer: judges.reconstruction(by: generator.tokenizer))
        for (index, row) in rows.enumerated() {
            if index > 0 { generator = try load(row.folder) }
            table.models.append(
                try ModelMetrics(row.name, of: generator, on: judges, options: options, progress: tell))
        }
        if json { return try printJSON(table) }
        show(table)
    }

    /// The model of a folder of models, or the one whose own folder it is.
    private func load(_ folder: String) throws -> MotionGenerator {
        let url = URL(fileURLWithPath: folder)
        let inside = ModelPaths(directory: url.deletingLastPathComponent().path, model: url.lastPathComponent)
        guard FileManager.default.fileExists(atPath: inside.generator) else {
            return try MotionGenerator(directory: folder)
        }
        return try MotionGenerator(directory: inside.directory, model: inside.model)
    }

    /// The evaluators of the folder, in the order of their names.
    private func networks() throws -> [MotionTextEvaluator] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: evaluators)) ?? []
        let paths = files.filter { $0.hasSuffix(".safetensors") }.sorted().map { evaluators + "/" + $0 }
        guard !paths.isEmpty else {
            throw ValidationError(
                "--evaluators \(evaluators): no .safetensors file there; `kmmctl train evaluator` writes one")
        }
        return try paths.map { try MotionTextEvaluator(path: $0) }
    }

    private func show(_ table: MetricTable) {
        print(
            "| \(table.split) | FID | KID | R@1 | R@2 | R@3 | MM-Dist | Diversity | MultiModality | sides | "
                + "skating cm/s | under floor cm |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
        show("real data", table.real)
        show("tokenizer", table.tokenizer)
        for model in table.models {
            show(model.name, model.motions)
            show(model.name + ", long motions", model.extended.parts)
        }
        print(
            "\n| transitions | FID | peak jerk | area under jerk | the same, joined as they are | "
                + "jerk at borders over inside |\n|---|---|---|---|---|---|")
        for model in table.models {
            let long = model.extended
            print(
                "| \(model.name) (\(long.transitions)) | "
                    + String(
                        format: "%.3f ± %.3f | %.4f | %.4f | %.4f, %.4f | %.2f |", long.transitionFrechet.mean,
                        long.transitionFrechet.interval, long.jerk.peak, long.jerk.area, long.joined.peak,
                        long.joined.area, long.body.jerkAtBorders / max(long.body.jerkInside, 1e-9)))
        }
    }

    private func show(_ name: String, _ row: MetricRow) {
        let estimates = [row.frechet, row.kernel] + row.precision + [row.matching, row.diversity]
        let columns =
            estimates.map { String(format: "%.3f ± %.3f", $0.mean, $0.interval) }
            + [
                row.multiModality.map { String(format: "%.3f", $0) } ?? "",
                String(format: "%.1f %% of %d", 100 * row.sides.rate, row.sides.judged - row.sides.unclear),
                String(format: "%.1f", row.body.skating), String(format: "%.2f", row.body.penetration),
            ]
        print("| \(name) (\(row.motions)) | " + columns.joined(separator: " | ") + " |")
    }
}
