import Foundation
import Geometry
import HumanMotion
import MotionFixtures
import Testing

@testable import MotionData

@Suite("Data preparation")
struct DataPreparationTests {
    @Test("clips become rows, copies and captions; what is broken is listed with file and line")
    func prepares() throws {
        let folder = try ToyCollection.collection()
        let out = folder.url.appendingPathComponent("out")
        let index = try DataPreparation.run(source: folder.url, destination: out, sets: ["toy"], augmentation: .none)
        let data = try PreparedDataSet(directory: out)

        #expect(data.clips.map(\.id) == ["a", "a", "b", "b"])
        #expect(data.clips.map(\.mirrored) == [false, true, false, true])
        #expect(data.clips.map(\.split) == [.train, .train, .test, .test])
        #expect(data.clips.map(\.firstFrame) == [0, 40, 80, 105])
        #expect(index.totalFrames == 130)
        #expect(
            data.clips[0].captions == [
                PreparedCaption(text: "a person waves the left arm", firstFrame: 6, frameCount: 24, source: "hand")
            ])
        #expect(data.clips[1].captions.map(\.text) == ["a person waves the right arm"])
        #expect(data.clips[3].captions.map(\.text) == ["walks counterclockwise"])
        #expect(data.clips[2].captions.map(\.frameCount) == [25])

        for (wanted, count) in [
            ("clips.jsonl:5:", 1), ("clips.jsonl:7:", 1), ("toy/ladder: not on flat ground", 1),
            ("toy/broken.bvh: line 2:", 1), ("toy/missing.bvh: is not there", 1), ("'too late'", 1),
        ] {
            #expect(index.problems.filter { $0.contains(wanted) }.count == count, "\(wanted) in \(index.problems)")
        }
        #expect(index.problems.count == 6)
    }

    @Test("rows are the features of the clips, straight and mirrored; ranges cut them")
    func rows() throws {
        let folder = try ToyCollection.collection()
        let out = folder.url.appendingPathComponent("out")
        try DataPreparation.run(source: folder.url, destination: out, sets: ["toy"], augmentation: .none)
        let data = try PreparedDataSet(directory: out)

        let motion = try SMPLConversion(BVH(Array(ToyCollection.bvh(frames: 40).utf8))).clip()
        #expect(Array(data.features(of: data.clips[0])) == MotionFeatures(motion).values)
        #expect(Array(data.features(of: data.clips[1])) == MotionFeatures(motion.mirrored()).values)
        let part = Array(data.features(of: data.clips[0], 10..<12))
        #expect(part == Array(MotionFeatures(motion).values[10 * 276..<12 * 276]))
    }

    @Test("statistics are those of the training rows, one scale per group")
    func statistics() throws {
        let folder = try ToyCollection.collection()
        let out = folder.url.appendingPathComponent("out")
        try DataPreparation.run(source: folder.url, destination: out, sets: ["toy"], augmentation: .none)
        let data = try PreparedDataSet(directory: out)

        let rows = data.clips.filter { $0.split == .train }.flatMap { Array(data.features(of: $0)) }
        let count = Double(rows.count / 276)
        var deviations: [Double] = []
        for column in 0..<276 {
            let values = stride(from: column, to: rows.count, by: 276).map { Double(rows[$0]) }
            let mean = values.reduce(0, +) / count
            #expect(abs(Double(data.statistics.mean[column]) - mean) < 1e-6)
            deviations.append((values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
        }
        for group in MotionFeatures.groups {
            let average = max(deviations[group].reduce(0, +) / Double(group.count), 1e-4)
            for column in group { #expect(abs(Double(data.statistics.deviation[column]) - average) < 1e-6) }
        }
    }

    @Test("a data set that was cut short or changed is refused")
    func damage() throws {
        let folder = try ToyCollection.collection()
        let out = folder.url.appendingPathComponent("out")
        #expect(throws: PreparedDataSet.Failure.self) { _ = try PreparedDataSet(directory: out) }
        try DataPreparation.run(source: folder.url, destination: out, sets: ["toy"], augmentation: .none)
        let features = out.appendingPathComponent("features.f32")
        let whole = try Data(contentsOf: features)

        var changed = whole
        changed[1000] ^= 1
        try changed.write(to: features)
        let damage = #expect(throws: PreparedDataSet.Failure.self) { _ = try PreparedDataSet(directory: out) }
        #expect(damage?.description.contains("checksum") == true)
        try whole.dropLast(4).write(to: features)
        #expect(throws: PreparedDataSet.Failure.self) { _ = try PreparedDataSet(directory: out) }

        try whole.write(to: features)
        let index = out.appendingPathComponent("index.json")
        let text = try String(contentsOf: index, encoding: .utf8)
        try Data(text.replacing(#""frameCount":25"#, with: #""frameCount":9223372036854775807"#).utf8).write(to: index)
        #expect(throws: PreparedDataSet.Failure.self) { _ = try PreparedDataSet(directory: out) }
    }

    @Test("a set that is not there, or has nothing usable, fails by name")
    func missing() throws {
        let folder = try ToyCollection.Folder()
        let out = folder.url.appendingPathComponent("out")
        #expect(throws: PreparationFailure.unreadable(folder.url.appendingPathComponent("no/clips.jsonl").path)) {
            try DataPreparation.run(source: folder.url, destination: out, sets: ["no"])
        }
        try folder.write(#"{"id":"x","file":"x.bvh","pack":"s/none.tar.xz","split":"val"}"#, "s/clips.jsonl")
        try folder.write("", "s/pairs.jsonl")
        let error = #expect(throws: PreparationFailure.self) {
            try DataPreparation.run(source: folder.url, destination: out, sets: ["s"])
        }
        guard case .empty(let problems) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problems.count == 1)
        #expect(problems[0].contains("none.tar.xz"))
    }
}

@Suite("Wordings of splits")
struct WordingTests {
    private static func clip(_ split: DataSplit, _ texts: [String]) -> PreparedClip {
        PreparedClip(
            id: "c", set: "s", split: split, firstFrame: 0, frameCount: 9, mirrored: false,
            captions: texts.map { PreparedCaption(text: $0, firstFrame: 0, frameCount: 9, source: "t") })
    }

    @Test("texts that judge language are no captions of training, and the data set says which they are")
    func heldOut() throws {
        let folder = try ToyCollection.collection()
        let out = folder.url.appendingPathComponent("out")
        let index = try DataPreparation.run(
            .collection(folder.url, sets: ["toy"]), destination: out, augmentation: .none,
            heldOut: ["A person waves the left arm!"])
        let training = index.clips.filter { $0.split == .train }
        #expect(training.first { !$0.mirrored }?.captions.isEmpty == true)
        #expect(training.first { $0.mirrored }?.captions.map(\.text) == ["a person waves the right arm"])
        #expect(index.problems.contains { $0.contains("1 captions judge language") })
        #expect(try PreparedDataSet(directory: out).index.heldOut == ["A person waves the left arm!"])
    }

    @Test("a caption of the test split that stands in training, however it is written, judges nothing")
    func splits() {
        let clips = [
            Self.clip(.train, ["A person walks, forward.", "a person hops"]),
            Self.clip(.test, ["a person walks forward", "a person strolls"]), Self.clip(.val, ["a person hops!"]),
        ]
        #expect(clips.heldOutWordings == [Wording("A person strolls")])
    }
}
