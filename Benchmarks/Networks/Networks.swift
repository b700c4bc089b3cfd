import ArgumentParser
import Foundation
import Tensors

/// The Swift side of `Benchmarks/networks.py`: runs one job several times and prints one JSON object.
@main
struct Networks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kmm-networks",
        abstract: "Measures the networks of KMM; Benchmarks/networks.py compares them with PyTorch's.",
        subcommands: [Generation.self, TrainingStep.self, FirstHorizon.self, Streaming.self])
}

/// What every job takes.
struct JobArguments: ParsableArguments {
    @Option(help: "Folder of the models.")
    var models = "Models"

    @Option(help: "Processor cores.")
    var threads = 1

    @Option(help: "Measured repeats, after one that is not.")
    var repeats = 5
}

/// Seconds of one run, by the clock and of processor time.
struct Elapsed: Encodable {
    var wall: Double
    var processor: Double

    init(_ body: () throws -> Void) rethrows {
        let (wall, processor) = (Self.now(CLOCK_MONOTONIC), Self.now(CLOCK_PROCESS_CPUTIME_ID))
        try body()
        self.wall = Self.now(CLOCK_MONOTONIC) - wall
        self.processor = Self.now(CLOCK_PROCESS_CPUTIME_ID) - processor
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

func printJSON(_ value: some Encodable) throws {
    print(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
}

/// A line of /proc/self/status in MiB, such as VmRSS.
func memory(_ name: String) -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? .nan) / 1024
}
