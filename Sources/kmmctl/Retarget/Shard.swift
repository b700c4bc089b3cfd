import ArgumentParser

/// A share of many files, for one of several processes that have been given the same command.
struct Shard: ExpressibleByArgument, Equatable {
    /// Number of this process from 0; nil to learn it from the environment.
    var index: Int?
    /// How many there are; nil to learn it from the environment.
    var count: Int?

    /// One process takes all.
    static let all = Shard(index: 0, count: 1)

    init(index: Int?, count: Int?) {
        self.index = index
        self.count = count
    }

    init?(argument: String) {
        let words = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard words.count <= 2 else { return nil }
        let count = words.count == 2 ? Int(words[1]) : nil
        if words.count == 2 { guard let count, count > 0 else { return nil } }
        if words[0] == "auto" {
            self.init(index: nil, count: count)
        } else if let index = Int(words[0]), let count, (0..<count).contains(index) {
            self.init(index: index, count: count)
        } else {
            return nil
        }
    }

    /// A share with both numbers known.
    struct Known: Equatable {
        var index: Int
        var count: Int

        /// Whether a file is in the share, by its number.
        func takes(_ number: Int) -> Bool { number % count == index }

        /// `report.json` of share 3 is `report.3.json`.
        func numbered(_ path: String) -> String {
            guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return "\(path).\(index)" }
            return "\(path[..<dot]).\(index)\(path[dot...])"
        }
    }

    /// The share, from what Slurm (array jobs and `srun` tasks), Kubernetes indexed jobs, Open MPI or MPICH say in the
    /// environment.
    func resolved(_ environment: [String: String]) throws -> Known {
        if let index, let count { return Known(index: index, count: count) }
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
        var share: (index: Int, count: Int?)?
        for (index, count) in [
            ("SLURM_PROCID", "SLURM_NTASKS"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
            ("PMI_RANK", "PMI_SIZE"),
            ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"),
        ] where share == nil {
            if let rank = number(index) { share = (rank, number(count)) }
        }
        if let task = number("SLURM_ARRAY_TASK_ID"), let tasks = number("SLURM_ARRAY_TASK_COUNT") {
            // Every task of the array may run several processes.
            let first = number("SLURM_ARRAY_TASK_MIN") ?? 0
            let step = max(number("SLURM_ARRAY_TASK_STEP") ?? 1, 1)
            let inside = share ?? (0, 1)
            let size = inside.count ?? 1
            share = ((task - first) / step * size + inside.index, tasks * size)
        }
        guard let share else {
            throw ControlError.badInput(
                "--shard auto: neither Slurm, Kubernetes nor mpirun has said in the environment which share this is")
        }
        guard let count = count ?? share.count else {
            throw ControlError.badInput("--shard auto: share \(share.index) of how many? Give --shard auto/n")
        }
        guard (0..<count).contains(share.index) else {
            throw ControlError.badInput("--shard: share \(share.index) is not among \(count), counted from 0")
        }
        return Known(index: share.index, count: count)
    }
}
