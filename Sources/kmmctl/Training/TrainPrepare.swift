import ArgumentParser
import Foundation
import KMMEvaluation
import MotionData
import Wire

struct TrainPrepare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Turn captioned motion into rows of features for training.",
        discussion: """
            Examples:
              kmmctl train prepare --data data --sets cmu,hdm05 --actions Actions --out prepared
              kmmctl train prepare --layout bvh --data recordings --out prepared
            """)

    /// How the data lie in their folder.
    enum Layout: String, ExpressibleByArgument, CaseIterable {
        case collection, bvh, humanml3d, babel, recordings
    }

    @Option(help: "Folder of the data.")
    var data: String

    @Option(
        help: """
            How it is laid out: collection (sets with clips.jsonl, pairs.jsonl and packs), bvh (name.bvh beside name.txt), \
            humanml3d or babel (labels there, motion in --amass), recordings (of people, with captions: `kmmctl record`); \
            see Documentation/training.md.
            """)
    var layout = Layout.collection

    @Option(help: "Folder of the AMASS archives, for humanml3d and babel.")
    var amass: String?

    @Option(help: "Folder of the prepared data set.")
    var out: String

    @Option(
        help:
            "Folder names of the sets of a collection, joined by commas; those that may be used commercially unless given."
    )
    var sets = DataPreparation.freeSets.joined(separator: ",")

    @Option(help: "Folder of authored actions to make clips of; see Documentation/authoring.md.")
    var actions: String?

    @Option(help: "Folder of the benchmark of language, whose texts are no captions of training: Benchmarks/Language.")
    var heldOut: String?

    @Flag(help: "Mirrored copies alone: no time stretch, measured captions, composed or derived clips.")
    var plain = false

    func run() throws {
        let start = ContinuousClock.now
        let judging =
            try heldOut.map {
                try LanguageBenchmark(directory: URL(fileURLWithPath: $0, isDirectory: true)).texts
            } ?? []
        let authored = try actions.map { try AuthoredAction.all(in: URL(fileURLWithPath: $0, isDirectory: true)) } ?? []
        let index = try DataPreparation.run(
            motionLayout(), destination: URL(fileURLWithPath: out, isDirectory: true),
            augmentation: plain ? .none : AugmentationOptions(), actions: authored, heldOut: judging,
            progress: { print($0) })

        print("\nset         split  clips  captions     frames   (without mirrored and stretched copies)")
        for set in index.sets {
            for split in DataSplit.allCases {
                let clips = index.clips.filter { $0.set == set && $0.split == split && !$0.mirrored && $0.rate == nil }
                let columns = [clips.count, clips.reduce(0) { $0 + $1.captions.count }]
                let frames = clips.reduce(0) { $0 + $1.frameCount }
                print(
                    pad(set, 12) + pad(split.rawValue, 7) + pad("\(columns[0])", 7) + pad("\(columns[1])", 13)
                        + "\(frames)")
            }
        }
        print("\(index.totalFrames) frames in all, checksum \(index.checksum)")
        if !index.problems.isEmpty {
            print("\nleft out:")
            for problem in index.problems { print("  \(problem)") }
        }
        print("took \((ContinuousClock.now - start).formatted(.units(allowed: [.minutes, .seconds])))")
    }

    private func motionLayout() throws -> MotionLayout {
        let root = URL(fileURLWithPath: data, isDirectory: true)
        switch layout {
        case .collection: return .collection(root, sets: sets.split(separator: ",").map(String.init))
        case .bvh: return .bvh(root)
        case .recordings: return .clips(try RecordedPeople.clips(in: data), set: root.lastPathComponent)
        case .humanml3d, .babel:
            guard let amass else {
                throw ValidationError("--layout \(layout) needs --amass, the folder of the archives")
            }
            let archives = URL(fileURLWithPath: amass, isDirectory: true)
            return layout == .babel ? .babel(root, amass: archives) : .humanML3D(root, amass: archives)
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 1))
    }
}
