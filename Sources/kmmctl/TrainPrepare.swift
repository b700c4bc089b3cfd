import ArgumentParser
import Foundation
import KMMTraining

struct TrainPrepare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare", abstract: "Turn captioned BVH sets into rows of features for training.")

    @Option(help: "Folder of the sets, each with clips.jsonl, pairs.jsonl and its packs.")
    var data: String

    @Option(help: "Folder of the prepared data set.")
    var out: String

    @Option(help: "Folder names of the sets, joined by commas.")
    var sets = DataPreparation.knownSets.joined(separator: ",")

    @Flag(help: "Mirrored copies alone: no time stretch, measured captions, composed or derived clips.")
    var plain = false

    func run() throws {
        let start = ContinuousClock.now
        let index = try DataPreparation.run(
            source: URL(fileURLWithPath: data, isDirectory: true),
            destination: URL(fileURLWithPath: out, isDirectory: true),
            sets: sets.split(separator: ",").map(String.init),
            augmentation: plain ? .none : AugmentationOptions(), progress: { print($0) })

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

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 1))
    }
}
