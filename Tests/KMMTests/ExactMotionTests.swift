import Foundation
import Geometry
import HumanBody
import HumanMotion
import Testing
import TextEncoding

@testable import KMM

@Suite("Exact motions")
struct ExactMotionTests {
    /// Somebody who goes ahead with a turn, whose arm swings, at the stream's rate.
    private static func walk(frames count: Int, turn: Double = 0.01, swing: Double = 0.15) -> [HumanFrame] {
        (0..<count).map { index in
            let heading = Double(index) * turn
            var frame = HumanFrame(
                pelvis: Vector3(3 + sin(heading), 0.92 + 0.02 * sin(Double(index) / 5), 1 + Double(index) * 0.03))
            frame.rotations[.pelvis] = Quaternion(angle: heading, axis: Vector3(0, 1, 0))
            frame.rotations[.leftShoulder] = Quaternion(
                angle: sin(Double(index) * swing), axis: Vector3(0, 0, 1))
            frame.contacts = FootContacts(leftAnkle: 1, leftToe: 1, rightAnkle: 0, rightToe: 0)
            return frame
        }
    }

    private static func apart(_ frame: HumanFrame, _ other: HumanFrame) -> Double {
        zip(SMPLSkeleton.forwardKinematics(frame), SMPLSkeleton.forwardKinematics(other))
            .map { ($0.translation - $1.translation).length }.max() ?? 0
    }

    @Test("frames are read as they were written, to a millimetre, also between poses and in a mirror")
    func files() throws {
        let frames = Self.walk(frames: 61)
        let motion = try #require(ExactMotion(of: frames))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let other = try #require(ExactMotion(of: Self.walk(frames: 30, swing: 0.4)))
        try ExactMotion.write([other, motion], to: path)
        #expect(try ExactMotion.all(in: path) == [other, motion])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try ExactMotion.all(in: path) }
        var read = motion
        let placed = HumanClip(frameRate: 30, frames: frames).frames.map { frame in
            var frame = frame
            frame.pelvis -= Vector3(frames[0].pelvis.x, 0, frames[0].pelvis.z)
            return frame
        }
        #expect(read.frames().count == 61)
        // Every second frame is in the file; between the first two and the last two the curve is less bent than the motion.
        func bound(_ index: Int) -> Double { index == 1 || index == 59 ? 0.006 : 0.001 }
        for (index, pair) in zip(read.frames(), placed).enumerated() {
            #expect(Self.apart(pair.0, pair.1) < bound(index))
        }
        #expect(read.frames()[10].contacts == placed[10].contacts)
        read.isMirrored = true
        for (index, pair) in zip(read.frames(), placed).enumerated() {
            #expect(Self.apart(pair.0, pair.1.mirrored()) < bound(index))
        }
        read.isMirrored = false
        read.rate = 1.5
        #expect(read.frames().count == 41)
        #expect(Self.apart(read.frames()[20], placed[30]) < 0.001)
        #expect(ExactMotion(of: Array(frames.prefix(3))) == nil)
    }

    @Test("a part that is done again goes on over the floor, without a jolt")
    func loops() throws {
        // Swings every 40 frames; the heading turns on.
        let frames = Self.walk(frames: 121, swing: .pi / 20)
        let motion = try #require(ExactMotion(of: frames))
        let once = motion.frames()
        let longer = motion.looping(40..<80, times: 2).frames()
        #expect(longer.count == once.count + 80)
        func step(_ frames: [HumanFrame]) -> Double {
            zip(frames, frames.dropFirst()).map { Self.apart($0, $1) }.max() ?? 0
        }
        #expect(step(longer) < 1.2 * step(once))
        let way = { (frames: [HumanFrame]) in (frames[frames.count - 1].pelvis - frames[0].pelvis).length }
        #expect(way(longer) > 1.4 * way(once))
    }

    @Test("what a stream decodes goes over to the recorded motion, wherever it is, and on from its end, without a jolt")
    func layer() throws {
        let motion = try #require(ExactMotion(of: Self.walk(frames: 91, turn: 0.02)))
        let recorded = motion.frames()
        // Decoded: the same motion badly, elsewhere.
        let decoded = Self.walk(frames: 160, turn: -0.01, swing: 0.12).map { frame in
            FloorPlacement(moving: Self.walk(frames: 1)[0], onto: HumanFrame(pelvis: Vector3(7, 0.9, -2))).placed(frame)
        }
        var layer = ExactLayer()
        layer.follow(motion, from: 20)
        var shown = (0..<110).map { layer.shown(decoded[$0], at: $0) }
        layer.follow(nil, from: 110)
        shown += (110..<160).map { layer.shown(decoded[$0], at: $0) }
        for index in 0..<20 { #expect(shown[index] == decoded[index]) }
        // As recorded but for the place, from a third of a second on.
        let placement = FloorPlacement(moving: recorded[40], onto: shown[60])
        for index in 30..<110 {
            #expect(Self.apart(shown[index], placement.placed(recorded[index - 20])) < 0.001)
        }
        // As decoded but for the place, a third of a second after its end.
        let after = FloorPlacement(moving: decoded[130], onto: shown[130])
        for index in 125..<160 { #expect(Self.apart(shown[index], after.placed(decoded[index])) < 0.001) }
        let usual = zip(recorded, recorded.dropFirst()).map { Self.apart($0, $1) }.max() ?? 0
        for (frame, next) in zip(shown, shown.dropFirst()) { #expect(Self.apart(frame, next) < 2 * usual + 0.02) }
    }

    @Test("a stream that follows a recorded motion shows it, and its tokens; a file holds a motion once for both sides")
    func stream() throws {
        let codes = (0..<3).map { layer in (0..<15).map { ($0 * 5 + layer * 7) % 24 } }
        var exemplar = Exemplar(codes: codes, source: "made")
        let motion = try #require(ExactMotion(of: Self.walk(frames: 61)))
        exemplar.exact = motion
        var mirrored = exemplar
        mirrored.exact?.isMirrored = true
        var library = ExemplarLibrary()
        library["a person salutes"] = .init(exemplars: [exemplar])
        library["a person salutes with the left hand"] = .init(exemplars: [mirrored])
        let models = try SmallModels()
        let path = models.directory.appendingPathComponent("exact.json").path
        var sizes = TokenizerConfiguration()
        sizes.codes = 24
        try library.write(to: path, tokenizer: sizes)
        let motions = models.directory.appendingPathComponent("motions.npz").path
        #expect(try ExactMotion.all(in: motions) == [motion])
        #expect(try ExemplarLibrary(path: path, tokenizer: sizes).entries == library.entries)
        try FileManager.default.removeItem(atPath: motions)
        #expect(throws: MotionGeneratorError.self) { try ExemplarLibrary(path: path, tokenizer: sizes) }

        let generator = try MotionGenerator(directory: models.directory.path)
        generator.exemplars = library
        var stream = generator.makeStream(seed: 3)
        var frames: [HumanFrame] = []
        for text in ["a person salutes", "a person walks"] {
            let action = Action(text: text, duration: text == "a person walks" ? 2 : nil)
            try generator.begin(action, options: .init(), in: &stream)
            while case let steps = try generator.advance(&stream) as [MotionStep], !steps.isEmpty {
                frames += steps.flatMap(\.frames)
            }
        }
        let end = frames.count - 60
        let placement = FloorPlacement(moving: motion.frames()[59], onto: frames[end - 1])
        for index in 12..<60 {
            #expect(Self.apart(frames[end - 60 + index], placement.placed(motion.frames()[index])) < 0.001)
        }
        // What is drawn after it begins where it ended.
        #expect((frames[end].pelvis - frames[end - 1].pelvis).length < 0.2)
    }
}
