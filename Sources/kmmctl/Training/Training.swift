import ArgumentParser
import Foundation
import KMMTraining
import MotionData
import Tensors

/// What every training takes.
struct TrainingArguments: ParsableArguments {
    @Option(help: "Prepared data set, as `kmmctl train prepare` writes it.")
    var data: String

    @Option(help: "Folder of the run: checkpoint, curves and the weights that validate best.")
    var out: String

    @Flag(help: "Go on from the run's checkpoint.")
    var resume = false

    @Option(help: "Processor cores to use, of each process.")
    var threads = 2

    @Option(help: "Stop after this many optimiser steps.")
    var steps: Int?

    @Option(help: "Seed of everything random.")
    var seed: UInt64?

    /// Joins the processes of `mpirun`, if any, and opens the data.
    func open() throws -> TrainingPlace {
        Compute.setThreads(threads)
        Compute.retainFreedMemory()
        let data = try PreparedDataSet(directory: URL(fileURLWithPath: data, isDirectory: true))
        return TrainingPlace(data: data, communicator: try MPICommunicator.environment())
    }

    /// Trains from the run's checkpoint or from the start.
    func train(
        _ trainer: some Trainer, steps: Int, in place: TrainingPlace, validation: TrainingRun.Validation?
    ) throws {
        let run = try TrainingRun(
            directory: URL(fileURLWithPath: out, isDirectory: true), steps: steps, writes: place.writes)
        if resume { try run.resume(trainer) }
        try run.run(trainer, validation: validation)
    }

    func path(_ name: String) -> String { URL(fileURLWithPath: out).appendingPathComponent(name).path }
}

/// The data of a training and the processes it runs on.
struct TrainingPlace {
    let data: PreparedDataSet
    let communicator: any Communicator

    /// The first process alone writes and talks.
    var writes: Bool { communicator.rank == 0 }

    func say(_ line: String) {
        if writes { print(line) }
    }
}
