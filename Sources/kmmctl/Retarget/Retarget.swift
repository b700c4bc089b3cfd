import ArgumentParser
import Foundation
import HumanMotion
import Retargeting
import Robots
import Tensors

/// Human motion from files to the joints of robots.
struct Retarget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retarget", abstract: "Turn human motion into the motion of robots, without a daemon.",
        discussion: """
            Takes .bvh, .npz of SMPL bodies or joint positions, .npy, folders of them, and with --from-robot the motions of \
            another robot. The output holds fps, joint_names, root_pos (m), \
            root_quat (w, x, y, z), joint_pos (rad), contacts (left, right) and the quality of each frame. One file and one \
            robot: -o names the .npz (or a .csv: time, root x y z, quaternion w x y z, joints, with a head line), and the quality goes to the standard output. Else -o is a folder, and OUT/ROBOT/PATH.npz \
            is written for each; files that fail are listed at the end, and the exit status is 4 when there are any.

            Examples:
              kmmctl retarget dance.bvh -o dance_g1.npz
              kmmctl retarget recordings --robot unitree_g1 booster_t1 -o retargeted --report quality.json
            """)

    @Argument(help: "Files, and folders to search.", completion: .file(extensions: ["npz", "bvh", "npy", "csv"]))
    var inputs: [String]
    @Option(parsing: .upToNextOption, help: "Names of the robots' profiles.", completion: Completion.robots)
    var robot = ["unitree_g1"]
    @Option(name: .shortAndLong, help: "The .npz or .csv to write, or the folder.", completion: .file())
    var output: String?
    @Option(help: "Folder of the robot profiles.")
    var profiles: String?
    @OptionGroup var reading: MotionInput
    @Option(help: "Files at a time; as many as there are processors when not given.")
    var jobs: Int?
    @Flag(help: "Leave out what is already there and newer than its input.")
    var resume = false
    @Option(
        help: ArgumentHelp(
            "Take only a share of the files: i/n, counting from 0, or auto.",
            discussion: """
                auto learns it from Slurm, a Kubernetes indexed job or mpirun; auto/n where the environment does not tell how \
                many there are.
                """, valueName: "i/n"))
    var shard: Shard?
    @Option(
        help: ArgumentHelp(
            "Height over the floor of something the person sits on that the file does not hold, m.", valueName: "metres"
        ))
    var support: Double?
    @Flag(help: "End with status 5 when the verdict on some motion is not good.")
    var strict = false
    @Option(help: "Write the quality of all files as JSON; a share i of several writes FILE.i.json.")
    var report: String?
    @Option(help: "Draw every motion as SVG into this folder.")
    var plot: String?
    @Option(help: "Retarget so many times over, to measure the speed.")
    var repeats: Int?
    @OptionGroup var printing: JSONOption

    func validate() throws {
        guard repeats ?? 1 > 0 else { throw ValidationError("--repeats has to be 1 or more") }
        if let support, !(0.05...2).contains(support) {
            throw ValidationError("--support is a height of 0.05 to 2 m")
        }
        guard jobs ?? 1 > 0 else { throw ValidationError("--jobs has to be 1 or more") }
    }

    func run() async throws {
        let share = try (shard ?? .all).resolved(ProcessInfo.processInfo.environment)
        let names = robot.flatMap { $0.split(separator: ",").map(String.init) }
        let robots = try names.map { try findProfile($0, in: profiles) }
        let loader = try reading.loader(profiles: profiles)
        let files = try MotionFinder.files(inputs, except: output, endings: loader.endings)
        let isSingle = files.count == 1 && robots.count == 1 && output.map(Retarget.isFile) ?? true
        if !isSingle {
            guard let output, !Retarget.isFile(output) else {
                throw ControlError.badInput("\(files.count) files for \(robots.count) robots need -o FOLDER")
            }
        }
        let work = RetargetWork(
            robots: robots, loader: loader, retargeting: retargeting,
            output: output.map { isSingle ? .file($0) : .folder($0) } ?? .none, resume: resume, plot: plot,
            repeats: repeats)
        let mine = share.count == 1 ? files : files.enumerated().filter { share.takes($0.offset) }.map(\.element)
        let results = await work.run(
            mine, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, progress: isSingle ? nil : ProgressBar())
        if let report {
            let summary = RetargetReport(results)
            try write(summary, to: share.count == 1 ? report : share.numbered(report))
        }
        let failures = results.flatMap(\.failures)
        if isSingle {
            if let failure = failures.first { throw ControlError.badInput(failure.error) }
            if printing.json {
                try print(String(decoding: Retarget.encoded(RetargetReport(results)), as: UTF8.self))
            } else {
                for outcome in results.flatMap(\.outcomes) { print(outcome.text) }
            }
            return try judge(results)
        }
        if printing.json {
            try print(String(decoding: Retarget.encoded(RetargetReport(results)), as: UTF8.self))
        } else {
            print(RetargetReport(results).summary)
        }
        guard failures.isEmpty else {
            for failure in failures {
                let place = failure.error.contains(failure.input) ? "" : "\(failure.input) for \(failure.robot): "
                FileHandle.standardError.write(Data("\(place)\(failure.error)\n".utf8))
            }
            throw ExitCode(4)
        }
        for outcome in results.flatMap(\.outcomes) where !printing.json {
            guard let verdict = outcome.quality?.verdict, !verdict.isGood else { continue }
            print("\(outcome.input) for \(outcome.robot): \(verdict.findings.joined(separator: "; "))")
        }
        try judge(results)
    }

    private var retargeting: Retargeter.Options {
        var options = Retargeter.Options()
        options.support = support
        return options
    }

    /// With `--strict` the verdicts decide the exit status.
    private func judge(_ results: [RetargetResult]) throws {
        guard strict, results.flatMap(\.outcomes).contains(where: { $0.quality?.verdict.isGood == false }) else {
            return
        }
        throw ExitCode(5)
    }

    /// Whether a path names a file that can be written, rather than a folder.
    private static func isFile(_ path: String) -> Bool {
        path.hasSuffix(".npz") || path.hasSuffix(".csv")
    }

    private static func encoded(_ report: RetargetReport) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(report)
    }

    private func write(_ report: RetargetReport, to path: String) throws {
        do {
            try Retarget.encoded(report).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw ControlError.badInput("\(path): \(error.localizedDescription)")
        }
    }
}
