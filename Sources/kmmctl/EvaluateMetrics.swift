import ArgumentParser
import Foundation
import KMM
import KMMTraining
import Tensors

struct EvaluateMetrics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "The field's metrics of a model, beside real motion and the tokenizer's reconstruction.",
        discussion: "Documentation/evaluation.md defines every number.")

    @Option(help: "Prepared data set, as `kmmctl train prepare` writes it.")
    var data: String

    @Option(help: "Folder of the models.")
    var models = "Models"

    @Option(help: "Trained evaluators (`kmmctl train evaluator`), joined by commas.")
    var evaluators: String

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
        let generator = try MotionGenerator(directory: models)
        let data = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        let set = try EvaluationSet(data, split: split, encoder: generator.encoder)
        let judges = try evaluators.split(separator: ",").map { try MotionTextEvaluator(path: String($0)) }
        guard !judges.isEmpty else { throw ValidationError("--evaluators names no file") }
        var options = ModelMetrics.Options()
        (options.motions, options.sequences, options.sampling) = (motions, sequences, sampling.options)
        let metrics = try ModelMetrics(of: generator, on: set, evaluators: judges, options: options) {
            FileHandle.standardError.write(Data("\($0)\n".utf8))
        }
        if json { return try printJSON(metrics) }
        print(
            "| \(split.rawValue) | FID | KID | R@1 | R@2 | R@3 | MM-Dist | Diversity | MultiModality | sides | "
                + "skating cm/s | under floor cm |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
        show("real data", metrics.real)
        show("tokenizer", metrics.tokenizer)
        show("model", metrics.model)
        show("model, long motions", metrics.extended.parts)
        let long = metrics.extended
        print(
            String(
                format:
                    "\n%d transitions: FID %.3f ± %.3f; peak jerk %.3f, area under jerk %.3f (joined as they are %.3f, "
                    + "%.3f; real %.3f, %.3f)\njerk at borders %.2f of that inside (%.2f and %.2f mm/frame³)",
                long.transitions, long.transitionFrechet.mean, long.transitionFrechet.interval, long.jerk.peak,
                long.jerk.area, long.joined.peak, long.joined.area, long.real.peak, long.real.area,
                long.body.jerkAtBorders / long.body.jerkInside, long.body.jerkAtBorders, long.body.jerkInside))
    }

    private func show(_ name: String, _ row: MetricRow) {
        let estimates = [row.frechet, row.kernel] + row.precision + [row.matching, row.diversity]
        let columns =
            estimates.map { String(format: "%.3f ± %.3f", $0.mean, $0.interval) }
            + [
                row.multiModality.map { String(format: "%.3f", $0) } ?? "",
                String(format: "%.1f %% of %d", 100 * row.sides.rate, row.sides.judged),
                String(format: "%.1f", row.body.skating), String(format: "%.2f", row.body.penetration),
            ]
        print("| \(name) (\(row.motions)) | " + columns.joined(separator: " | ") + " |")
    }
}
