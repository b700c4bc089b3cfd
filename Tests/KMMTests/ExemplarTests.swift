import Foundation
import Geometry
import HumanBody
import Testing
import TextEncoding

@testable import KMM

@Suite("Exemplars")
struct ExemplarTests {
    /// Codes of the small models: 24 of each of three codebooks.
    private static func exemplar(_ count: Int, shift: Int = 0, parts: Set<Exemplar.Part> = []) -> Exemplar {
        Exemplar(
            codes: (0..<3).map { layer in (0..<count).map { ($0 * 5 + layer * 7 + shift) % 24 } }, parts: parts,
            source: "made/\(shift)")
    }

    private func play(
        _ actions: [Action], _ library: ExemplarLibrary, seed: UInt64 = 4
    ) throws -> [[MotionStep]] {
        let models = try SmallModels()
        let generator = try MotionGenerator(directory: models.directory.path)
        generator.exemplars = library
        var stream = generator.makeStream(seed: seed)
        return try actions.map { action in
            try generator.begin(action, options: .init(), in: &stream)
            var all: [MotionStep] = []
            while case let steps = try generator.advance(&stream) as [MotionStep], !steps.isEmpty { all += steps }
            return all
        }
    }

    @Test("a loop is done again until the length is about right, and what is shorter stays as it is")
    func lasting() {
        var exemplar = Self.exemplar(10)
        #expect(exemplar.lasting(30) == exemplar)
        exemplar.loop = 4..<7
        #expect(exemplar.lasting(8) == exemplar)
        let longer = exemplar.lasting(17)
        #expect(longer.count == 16)
        for (codes, old) in zip(longer.codes, exemplar.codes) {
            #expect(codes == Array(old[..<7] + old[4..<7] + old[4..<7] + old[7...]))
        }
    }

    @Test("the library is read as it was written; one of another tokenizer, or a broken one, is refused")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var sizes = TokenizerConfiguration()
        sizes.codes = 24
        #expect(try ExemplarLibrary(path: path, tokenizer: sizes).entries.isEmpty)
        var library = ExemplarLibrary()
        var looped = Self.exemplar(9, parts: [.leftArm])
        looped.loop = 3..<6
        library["a person salutes"] = .init(exemplars: [looped, Self.exemplar(7, shift: 1)], gerund: "saluting")
        library["a person walks"] = .init(prompt: "a person is walking", beside: [Self.exemplar(5)])
        try library.write(to: path, tokenizer: sizes)
        let read = try ExemplarLibrary(path: path, tokenizer: sizes)
        #expect(read.entries == library.entries)
        sizes.codes = 23
        #expect(throws: MotionGeneratorError.self) { try ExemplarLibrary(path: path, tokenizer: sizes) }
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: MotionGeneratorError.self) { try ExemplarLibrary(path: path) }
    }

    @Test("a sentence is known as it is, with a manner, and behind while; what is not known is left to the model")
    func plan() {
        var library = ExemplarLibrary()
        library["a person salutes"] = .init(exemplars: [Self.exemplar(6)], gerund: "saluting")
        library["a person salutes slowly"] = .init(exemplars: [Self.exemplar(12)])
        library["a person rubs their hands"] = .init(
            beside: [Self.exemplar(8)], gerund: "rubbing their hands and nodding")
        library["a person walks"] = .init(prompt: "someone walks")
        #expect(library.plan(for: "a person salutes").exemplars.map(\.count) == [6])
        #expect(library.plan(for: "a person salutes carefully").exemplars.map(\.count) == [12])
        #expect(library.plan(for: "a person salutes quickly").exemplars.map(\.count) == [6])
        #expect(library.plan(for: "a person walks").prompt == "someone walks")
        let both = library.plan(for: "a person walks while rubbing their hands and nodding and saluting")
        #expect(both.prompt == "someone walks" && both.exemplars.isEmpty)
        #expect(both.meanwhile.map { $0.map(\.count) } == [[8], [6]])
        let unknown = "a person walks while juggling"
        #expect(library.plan(for: unknown).prompt == unknown && library.plan(for: unknown).meanwhile.isEmpty)
    }

    @Test("a stream goes over to an exemplar, follows it, and ends with it; seeds choose among several")
    func following() throws {
        var library = ExemplarLibrary()
        let exemplars = (0..<4).map { Self.exemplar(10 + $0, shift: $0) }
        library["a person salutes"] = .init(exemplars: exemplars)
        var chosen: Set<Int> = []
        for seed in 0..<8 {
            let action = Action(text: "a person salutes", duration: 9, isEstimate: true)
            let steps = try play([action], library, seed: UInt64(seed))[0]
            let exemplar = try #require(exemplars.first { steps.suffix($0.count).map(\.codes[0]) == $0.codes[0] })
            for (layer, codes) in exemplar.codes.enumerated() {
                #expect(steps.suffix(exemplar.count).map { $0.codes[layer] } == codes)
            }
            #expect((2...8).contains(steps.count - exemplar.count))
            chosen.insert(exemplar.count)
        }
        #expect(chosen.count > 1)
        // A stated length is kept.
        #expect(try play([Action(text: "a person salutes", duration: 8)], library)[0].count == 60)
    }

    @Test(
        "beside something else an exemplar moves its own parts and nothing else, without a jolt, also when it is cut short"
    )
    func overlay() throws {
        var library = ExemplarLibrary()
        library["a person salutes"] = .init(exemplars: [Self.exemplar(20, parts: [.leftArm])], gerund: "saluting")
        let plain = try play([Action(text: "a person walks", duration: 3)], ExemplarLibrary())[0].flatMap(\.frames)
        let both = try play([Action(text: "a person walks while saluting", duration: 3)], library)[0].flatMap(\.frames)
        #expect(plain.count == both.count)
        let arm: Set<HumanJoint> = [.leftCollar, .leftShoulder, .leftElbow, .leftWrist]
        for joint in HumanJoint.allCases where !arm.contains(joint) {
            #expect(plain.map { $0.rotations[joint] } == both.map { $0.rotations[joint] })
        }
        #expect(plain.map(\.pelvis) == both.map(\.pelvis))
        #expect(plain[45].rotations[.leftShoulder] != both[45].rotations[.leftShoulder])
        #expect(plain.last?.rotations[.leftShoulder] != nil)
    }

    @Test(
        "what a model has learnt is read as it was written; predicates decide, and where there is none motions to follow"
    )
    func learnt() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try LearntActions(path: path) == nil)
        let learnt = LearntActions(actions: [
            "walk": .init(shown: 0.96, motions: 3, exemplars: 0), "fly": .init(shown: 0.5, motions: 3, exemplars: 6),
            "dream": .init(shown: nil, motions: 0, exemplars: 0), "salute": .init(shown: nil, motions: 0, exemplars: 2),
            "bow": .init(shown: nil, motions: 0, exemplars: 0, clips: 3),
        ])
        try learnt.write(to: path)
        #expect(try LearntActions(path: path) == learnt)
        #expect(learnt.names == ["walk", "salute", "bow"])
        #expect(["walk", "fly", "salute", "bow"].map(learnt.howWell) == ["96 %", "not learnt", "followed", "seen"])
        try Data("[1]".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: MotionGeneratorError.self) { try LearntActions(path: path) }
    }

    /// An arm that goes up and down.
    private static func limbs(frames count: Int) -> LimbMotion? {
        LimbMotion(
            of: (0..<count).map { index in
                var frame = HumanFrame(pelvis: Vector3(0, 0.9, 0))
                frame.rotations[.leftShoulder] = Quaternion(
                    angle: sin(Double(index) / Double(count) * .pi), axis: Vector3(0, 0, 1))
                return frame
            })
    }

    @Test("joints that are laid over a standing body are read as they were written, and no others move")
    func laidJoints() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let limbs = try #require(Self.limbs(frames: 40))
        #expect(limbs.joints == [.leftShoulder])
        #expect(LimbMotion(of: [HumanFrame](repeating: HumanFrame(pelvis: .zero), count: 40)) == nil)
        var sizes = TokenizerConfiguration()
        sizes.codes = 24
        var library = ExemplarLibrary()
        library["a person salutes"] = .init(exemplars: [Exemplar(limbs: limbs, loop: 3..<6, source: "made")])
        try library.write(to: path, tokenizer: sizes)
        let read = try #require(try ExemplarLibrary(path: path, tokenizer: sizes)["a person salutes"]?.exemplars.first)
        #expect(read.count == 10 && read.loop == 3..<6 && read.limbs?.joints == limbs.joints)
        let kept = try #require(read.limbs).poses
        #expect(kept.count == limbs.poses.count)
        for (pose, other) in zip(kept.joined(), limbs.poses.joined()) {
            #expect((pose.conjugate * other).angle < 1e-3)
        }
        #expect(read.lasting(16).count == 16)

        let plan = library.plan(for: "a person salutes")
        #expect(plan.isLaid && plan.exemplars.isEmpty && plan.meanwhile.map(\.count) == [1])
        let steps = try play([Action(text: "a person salutes")], library)[0]
        #expect(steps.count == 10)
        let middle = try #require(steps.flatMap(\.frames).dropFirst(20).first)
        #expect((middle.rotations[.leftShoulder].conjugate * limbs.rotations(at: 20)[0]).angle < 0.01)
    }

    @Test("the page of actions says what the default model does")
    func page() throws {
        let root = SmallModels.package.path
        let page = try String(contentsOfFile: root + "/Documentation/actions.md", encoding: .utf8)
        let learnt = try #require(try LearntActions(path: ModelPaths(directory: root + "/Models").actions))
        let isSame = try Lexicon(directory: root + "/Lexicon").markdown(howWell: learnt.howWell) == page
        #expect(isSame, "kmmctl actions --markdown > Documentation/actions.md")
    }
}
