import Foundation
import Geometry
import HumanMotion
import MotionFixtures
import Testing

@testable import MotionData

@Suite("Layouts of captioned motion")
struct DataLayoutTests {
    private static func prepare(_ layout: MotionLayout, _ folder: ToyCollection.Folder) throws -> PreparedIndex {
        try DataPreparation.run(layout, destination: folder.url.appendingPathComponent("out"), augmentation: .none)
    }

    private static func captions(_ index: PreparedIndex, _ id: String) -> [PreparedCaption] {
        index.clips.first { $0.id == id && !$0.mirrored }?.captions ?? []
    }

    @Test("a folder of BVH files and captions: the good ones train, the rest is listed by file and line")
    func bvh() throws {
        let folder = try ToyCollection.Folder()
        let good = ToyCollection.bvh(frames: 60)
        try folder.write(good, "mine/train/walk.bvh")
        try folder.write("a person walks\nwaves#wave/VERB#0.5#1.0\nx#y#2#one\n", "mine/train/walk.txt")
        try folder.write(ToyCollection.bvh(frames: 50), "mine/val/silent.bvh")
        try folder.write(good, "mine/val/twin.bvh")
        try folder.write("HIERARCHY\nROOT", "mine/train/broken.bvh")
        try folder.write("", "mine/train/empty.bvh")
        try folder.write(good.replacing("95.00", with: "nan"), "mine/train/nan.bvh")
        try folder.write(ToyCollection.bvh(frames: 2), "mine/train/short.bvh")
        let index = try Self.prepare(.bvh(folder.url.appendingPathComponent("mine")), folder)
        #expect(index.sets == ["mine"])
        #expect(index.clips.map(\.id) == ["train/walk", "train/walk", "val/silent", "val/silent"])
        #expect(index.clips.map(\.split) == [.train, .train, .val, .val])
        #expect(
            Self.captions(index, "train/walk") == [
                PreparedCaption(text: "a person walks", firstFrame: 0, frameCount: 60, source: "mine"),
                PreparedCaption(text: "waves", firstFrame: 15, frameCount: 15, source: "mine"),
            ])
        for wanted in [
            "walk.txt:3:", "broken.bvh: line 2", "empty.bvh: ", "nan.bvh: ", "short.bvh: has 2 frames",
            "silent.bvh: has no caption", "twin.bvh: is the motion of",
        ] {
            #expect(index.problems.filter { $0.contains(wanted) }.count == 1, "\(wanted) in \(index.problems)")
        }
        #expect(index.problems.count == 7)
    }

    @Test("HumanML3D's index cuts AMASS archives at 20 frames a second")
    func humanML3D() throws {
        let folder = try ToyCollection.Folder()
        try Self.archive(folder, "amass/KIT/3/walk_poses.npz")
        try Self.archive(folder, "amass/MPI_HDM05/bd/walk_poses.npz")
        let lines = [
            "source_path,start_frame,end_frame,new_name", "./pose_data/KIT/3/walk_poses.npy,20,60,000001.npy",
            "./pose_data/MPI_HDM05/bd/walk_poses.npy,0,20,000002.npy",
            "./pose_data/KIT/3/gone_poses.npy,0,20,000003.npy",
            "./pose_data/humanact12/x.npy,0,20,000004.npy", "broken line",
            "./pose_data/KIT/3/walk_poses.npy,900,990,000005.npy",
        ]
        try folder.write(lines.joined(separator: "\n"), "h/index.csv")
        try folder.write("000001\nM000001\n000003\n000005", "h/train.txt")
        try folder.write("", "h/val.txt")
        try folder.write("000002", "h/test.txt")
        try folder.write(
            "a person walks#a/DET person/NOUN walk/VERB#0.0#0.0\nstops#stop/VERB#1.0#2.0", "h/texts/000001.txt")
        for name in ["2", "3", "5"] { try folder.write("walks", "h/texts/00000\(name).txt") }
        let index = try Self.prepare(
            .humanML3D(folder.url.appendingPathComponent("h"), amass: folder.url.appendingPathComponent("amass")),
            folder)
        let clips = index.clips.filter { !$0.mirrored }
        #expect(clips.map(\.id) == ["000001", "000002"])
        #expect(clips.map(\.split) == [.train, .test])
        #expect(clips.map(\.frameCount) == [60, 30])
        #expect(Self.captions(index, "000001").map(\.frameCount) == [60, 30])
        #expect(Self.captions(index, "000001").map(\.firstFrame) == [0, 30])
        #expect(index.problems.contains { $0.contains("index.csv:6:") })
        #expect(index.problems.contains { $0.contains("gone_poses.npz: is not there") })
        #expect(index.problems.contains { $0.contains("walk_poses.npz: ") && $0.contains("nothing from 45.0 s") })
        #expect(index.problems.count == 3)
        // Walking along z at 0.6 m/s from the cut on.
        let data = try PreparedDataSet(directory: folder.url.appendingPathComponent("out"))
        let rows = data.features(of: data.clips[0])
        #expect(abs(rows[10 * 276 + 1] - 0.02) < 1e-4)
    }

    @Test("BABEL's spans caption whole AMASS archives; transitions say nothing")
    func babel() throws {
        let folder = try ToyCollection.Folder()
        try Self.archive(folder, "amass/KIT/3/walk_poses.npz")
        let labels = #"""
            {"1": {"feat_p": "KIT/KIT/3/walk_poses.npz", "dur": 4.0,
                   "seq_ann": {"labels": [{"raw_label": "all", "proc_label": "all"}]},
                   "frame_ann": {"labels": [
                       {"raw_label": "walk forward", "proc_label": "walk forward", "start_t": 0.5, "end_t": 2.0},
                       {"raw_label": "transition", "proc_label": "transition", "start_t": 2.0, "end_t": 2.5}]}},
             "2": {"feat_p": "KIT/KIT/3/walk_poses.npz", "seq_ann": {"labels": [{"raw_label": "walk"}]}, "frame_ann": null},
             "3": {"dur": 3}}
            """#
        try folder.write(labels, "b/train.json")
        try folder.write("{}", "b/val.json")
        let layout = MotionLayout.babel(
            folder.url.appendingPathComponent("b"), amass: folder.url.appendingPathComponent("amass"))
        let index = try Self.prepare(layout, folder)
        #expect(
            Self.captions(index, "1") == [
                PreparedCaption(text: "walk forward", firstFrame: 15, frameCount: 45, source: "babel")
            ])
        #expect(Self.captions(index, "2").map(\.text) == ["walk"])
        #expect(index.problems.count == 1)
        #expect(index.problems[0].contains("'3'") && index.problems[0].contains("feat_p"))
        try folder.write("{", "b/val.json")
        #expect(throws: PreparationFailure.self) { try Self.prepare(layout, folder) }
    }

    /// Four seconds of a body that glides along z, at 60 frames a second.
    private static func archive(_ folder: ToyCollection.Folder, _ path: String) throws {
        var clip = WalkingBody.clip(240) { (0, 0.01 * Double($0), 0) }
        clip.frameRate = 60
        let file = folder.url.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try AMASS.write(clip, path: file.path)
    }
}
