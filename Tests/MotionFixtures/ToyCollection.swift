package import Foundation

/// A small data set of made clips, for tests of preparation and training.
package enum ToyCollection {
    /// A folder that is removed with the object.
    package final class Folder {
        package let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("kmm-test-\(UUID().uuidString)", isDirectory: true)
        package init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: url) }

        package func write(_ text: String, _ path: String) throws {
            let file = url.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    /// A body of the Bandai-Namco kind that walks along +z, swinging its left arm.
    package static func bvh(frames: Int) -> String {
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
    package static func collection() throws -> Folder {
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
        guard tar.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
        return folder
    }
}
