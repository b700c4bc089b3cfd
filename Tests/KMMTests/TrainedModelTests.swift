import Foundation
import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing
import TextEncoding

@testable import KMM

/// The weights that the repository ships.
enum ShippedModels {
    static let directory = SmallModels.package.appendingPathComponent("Models").path
    static let areThere = FileManager.default.fileExists(atPath: ModelPaths(directory: directory).generator)
}

/// What the shipped weights must show; the prompts and predicates are those of the README's first steps.
@Suite("Trained model", .enabled(if: ShippedModels.areThere, "needs the weights in Models/kmm"))
struct TrainedModelTests {
    private func motion(
        _ text: String, seconds: Double, seed: UInt64, model: String = "kmm"
    ) throws -> [HumanFrame] {
        let generator = try MotionGenerator(directory: ShippedModels.directory, model: model)
        var stream = generator.makeStream(seed: seed)
        try generator.begin(Action(text: text, duration: seconds), options: .init(), in: &stream)
        var frames: [HumanFrame] = []
        while true {
            let steps = try generator.advance(&stream)
            if steps.isEmpty { return frames }
            frames += steps.flatMap(\.frames)
        }
    }

    @Test("the motion is the same to the bit on one thread and on two")
    func threads() throws {
        let motions = try [1, 2].map { threads in
            try Compute.$threadsHere.withValue(threads) {
                try motion("a person walks and waves with the right hand", seconds: 5, seed: 7)
            }
        }
        #expect(motions[0].count == 152)
        #expect(motions[0] == motions[1])
    }

    @Test(
        "walking forward moves the root more than half a metre along the first heading, with most seeds",
        arguments: ["kmm", "free"])
    func walking(model: String) throws {
        let advances = try (1...5).map { (seed: UInt64) in
            let frames = try motion("a person walks forward", seconds: 4, seed: seed, model: model)
            let forward = frames[0].rotations[.pelvis].act(Vector3(0, 0, 1))
            let heading = Vector3(forward.x, 0, forward.z).normalized
            return (frames[frames.count - 1].pelvis - frames[0].pelvis).dot(heading)
        }
        #expect(advances.filter { $0 > 0.5 }.count >= 4, "advances \(advances)")
    }

    private func lifts(_ text: String, side: String, seeds: ClosedRange<UInt64>) throws -> [Double] {
        let (wrist, shoulder) = side == "right" ? (21, 17) : (20, 16)
        return try seeds.map { seed in
            try motion(text, seconds: 4, seed: seed).map { frame in
                let poses = SMPLSkeleton.forwardKinematics(frame)
                return poses[wrist].translation.y - poses[shoulder].translation.y
            }.max() ?? -1
        }
    }

    @Test("waving with a hand lifts that wrist above its shoulder, with most seeds", arguments: ["right", "left"])
    func waving(side: String) throws {
        let heights = try lifts("wave with the \(side) hand", side: side, seeds: 1...5)
        #expect(heights.filter { $0 > 0 }.count >= 4, "wrist over shoulder: \(heights)")
    }

    @Test("other words for waving lift the wrist too, in most wordings and seeds", arguments: ["right", "left"])
    func wavingInOtherWords(side: String) throws {
        let wordings = ["a person waves the \(side) hand", "wave your \(side) hand"]
        let heights = try wordings.flatMap { try lifts($0, side: side, seeds: 1...3) }
        #expect(heights.filter { $0 > 0 }.count >= 5, "wrist over shoulder: \(heights)")
    }

    @Test("a person keeps their height over a minute of prompts, and no frame leaps")
    func endurance() throws {
        let generator = try MotionGenerator(directory: ShippedModels.directory)
        var stream = generator.makeStream(seed: 3)
        var previous: HumanFrame?
        var heights: [Double] = []
        for text in ["walk forward", "wave with the right hand", "turn left", "walk forward", "stand still", "jump"] {
            try generator.begin(Action(text: text, duration: 10), options: .init(), in: &stream)
            while true {
                let steps = try generator.advance(&stream)
                if steps.isEmpty { break }
                for frame in steps.flatMap(\.frames) {
                    if let previous { #expect((frame.pelvis - previous.pelvis).length < 0.35) }
                    previous = frame
                    heights.append(frame.pelvis.y)
                }
            }
        }
        #expect(heights.count == 6 * 300)
        #expect(heights.allSatisfy { $0 > 0.3 && $0 < 2 })
    }
}
