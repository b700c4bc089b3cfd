import Foundation
import Geometry
import HumanMotion
import Testing

@testable import KMMTraining

@Suite("Data preparation")
struct DataPreparationTests {
    /// A folder that is removed with the object.
    final class Folder {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("kmm-test-\(UUID().uuidString)", isDirectory: true)
        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ text: String, _ path: String) throws {
            let file = url.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    /// A body of the Bandai-Namco kind that walks along +z, swinging its left arm.
    static func bvh(frames: Int) -> String {
        func joint(_ name: String, _ offset: String, _ children: [String], root: Bool = false) -> String {
            let channels = "Zrotation Yrotation Xrotation"
            return """
                \(root ? "ROOT" : "JOINT") \(name)
                { OFFSET \(offset)
                CHANNELS \(root ? "6 Xposition Yposition Zposition" : "3") \(channels)
                \(children.isEmpty ? "End Site { OFFSET 0 5 0 }" : children.joined(separator: "\n")) }
                """
        }
        func side(_ side: String, _ sign: Int) -> (leg: String, arm: String) {
            let foot = joint(side + "Foot", "0 -40 0", [joint(side + "ToeBase", "0 0 12", [])])
            let leg = joint(side + "UpLeg", "\(sign * 7) -3 0", [joint(side + "Leg", "0 -40 0", [foot])])
            let elbow = joint(side + "ForeArm", "\(sign * 25) 0 0", [joint(side + "Hand", "\(sign * 22) 0 0", [])])
            let arm = joint(side + "Shoulder", "\(sign * 5) 13 0", [joint(side + "Arm", "\(sign * 5) 0 0", [elbow])])
            return (leg, arm)
        }
        let (left, right) = (side("Left", 1), side("Right", -1))
        let neck = joint("Neck", "0 16 0", [joint("Head", "0 6 0", [])])
        let spine = joint("Spine", "0 15 0", [joint("Spine1", "0 9 0", [neck, left.arm, right.arm])])
        let hierarchy = joint("Hips", "0 0 0", [spine, left.leg, right.leg], root: true)
        // Joints in order: Hips, Spine, Spine1, Neck, Head, LeftShoulder, LeftArm, …
        let rows = (0..<frames).map { frame in
            var values = [Double](repeating: 0, count: 3 + 3 * 21)
            values[1] = 95
            values[2] = 4 * Double(frame)
            values[3 + 3 * 6] = 20 * sin(0.3 * Double(frame))
            return values.map { String(format: "%.2f", $0) }.joined(separator: " ")
        }
        return "HIERARCHY\n\(hierarchy)\nMOTION\nFrames: \(frames)\nFrame Time: 0.033333\n"
            + rows.joined(separator: "\n") + "\n"
    }

    /// A set of two good clips, a broken one, one that is missing and one on a ladder.
    static func collection() throws -> Folder {
        let folder = try Folder()
        try folder.write(bvh(frames: 40), "raw/toy/a.bvh")
        try folder.write(bvh(frames: 25), "raw/toy/b.bvh")
        try folder.write("HIERARCHY\nROOT", "raw/toy/broken.bvh")
        func clip(_ id: String, _ split: String, _ more: String = "") -> String {
            #"{"id":"\#(id)","file":"toy/\#(id).bvh","pack":"toy/toy.tar.xz","split":"\#(split)"\#(more)}"#
        }
        let clips = [
            clip("a", "train"), clip("b", "test"), clip("broken", "train"), clip("missing", "train"), "{not json",
            clip("ladder", "train", #","flat_ground":false"#), clip("a", "holdout"),
        ]
        try folder.write(clips.joined(separator: "\n") + "\n", "toy/clips.jsonl")
        let pairs = [
            #"{"clip":"a","text":"a person waves the left arm","source":"hand","start_s":0.2,"end_s":1.0}"#,
            #"{"clip":"a","text":"too late","source":"hand","start_s":5,"end_s":6}"#,
            #"{"clip":"b","text":"walks clockwise","source":"hand","start_s":0,"end_s":99}"#,
        ]
        try folder.write(pairs.joined(separator: "\n"), "toy/pairs.jsonl")
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = [
            "tar", "-cJf", folder.url.appendingPathComponent("toy/toy.tar.xz").path,
            "-C", folder.url.appendingPathComponent("raw").path, "toy",
        ]
        try tar.run()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        return folder
    }

    @Test("clips become rows, copies and captions; what is broken is listed with file and line")
    func prepares() throws {
        let folder = try Self.collection()
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
        let folder = try Self.collection()
        let out = folder.url.appendingPathComponent("out")
        try DataPreparation.run(source: folder.url, destination: out, sets: ["toy"], augmentation: .none)
        let data = try PreparedDataSet(directory: out)

        let motion = try SMPLConversion(BVH(Array(Self.bvh(frames: 40).utf8))).clip()
        #expect(Array(data.features(of: data.clips[0])) == MotionFeatures(motion).values)
        #expect(Array(data.features(of: data.clips[1])) == MotionFeatures(motion.mirrored()).values)
        let part = Array(data.features(of: data.clips[0], 10..<12))
        #expect(part == Array(MotionFeatures(motion).values[10 * 276..<12 * 276]))
    }

    @Test("statistics are those of the training rows, one scale per group")
    func statistics() throws {
        let folder = try Self.collection()
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
        let folder = try Self.collection()
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
        let folder = try Folder()
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
        let folder = try DataPreparationTests.collection()
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
