import Foundation
import Geometry
import HumanBody
import HumanMotion
import MotionFixtures
import Testing
import TextEncoding

@testable import KMMEvaluation
@testable import KMMTraining
@testable import MotionData

@Suite("Authored actions")
struct AuthoredActionTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Actions")

    private static func read(_ text: String) throws -> AuthoredAction {
        let folder = try ToyCollection.Folder()
        try folder.write(text, "action.json")
        return try AuthoredAction(contentsOf: folder.url.appendingPathComponent("action.json"))
    }

    private static func make(_ action: AuthoredAction, seed: UInt64) throws -> (clip: HumanClip, captions: [String]) {
        var studio = ActionStudio()
        var base = WalkingBody.standing(seconds: 4)
        base.detectContacts()
        studio.add(.still, base)
        studio.add(.forward, base)
        return try #require(studio.clip(of: action, seed: seed))
    }

    private static func joints(_ clip: HumanClip) -> [[Vector3]] {
        clip.frames.map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
    }

    @Test("a hand reaches the place that is asked for, and claps as often as the caption says")
    func clap() throws {
        let action = try AuthoredAction(contentsOf: Self.folder.appendingPathComponent("clap.json"))
        let words = [
            "once", "twice", "three times", "four times", "five times", "six times", "seven times",
            "eight times", "nine times",
        ]
        var counted = 0
        for seed in 1...30 as ClosedRange<UInt64> {
            let (clip, captions) = try Self.make(action, seed: seed)
            let gaps = Self.joints(clip).map { ($0[.leftWrist] - $0[.rightWrist]).length }
            let claps = gaps.indices.dropFirst().dropLast().count {
                gaps[$0] < 0.12 && gaps[$0] <= gaps[$0 - 1] && gaps[$0] < gaps[$0 + 1]
            }
            for caption in captions {
                guard let told = words.firstIndex(where: { caption.hasSuffix($0) }) else { continue }
                #expect(claps == told + 1, "\(caption), seed \(seed)")
                counted += 1
            }
        }
        #expect(counted > 5)
    }

    @Test("every file can be read and gives motion of people: feet that stand, nothing in the air, no wild joints")
    func files() throws {
        let actions = try AuthoredAction.all(in: Self.folder)
        #expect(actions.count > 20)
        for (name, action) in actions {
            for seed in 1...3 as ClosedRange<UInt64> {
                let (clip, captions) = try Self.make(action, seed: seed)
                #expect(!captions.isEmpty && captions.allSatisfy { !$0.contains("{") }, "\(name)")
                #expect(MotionDefect.first(in: clip) == nil, "\(name)")
                let joints = Self.joints(clip)
                let lowest = joints.map { $0.map(\.y).min() ?? 0 }.min() ?? 0
                #expect(lowest > -0.06, "\(name) is \(lowest) m under the floor")
                #expect(TokenizerEvaluation.jerk(clip.frames) / Double(max(clip.frames.count, 1)) < 0.35, "\(name)")
                guard action.base != .walk else { continue }
                #expect(BodyQuality([clip]).skating < 30, "\(name) slides at \(BodyQuality([clip]).skating) cm/s")
            }
        }
    }

    @Test("clips of one action differ in length and size, and those of one seed are the same")
    func variety() throws {
        let action = try AuthoredAction(contentsOf: Self.folder.appendingPathComponent("bow.json"))
        let lengths = try (1...12 as ClosedRange<UInt64>).map { try Self.make(action, seed: $0).clip.frames.count }
        #expect(Set(lengths).count > 6)
        #expect(try Self.make(action, seed: 3).clip.frames == Self.make(action, seed: 3).clip.frames)
    }

    @Test("who has moved on by repetitions stays there")
    func advance() throws {
        let action = try Self.read(
            #"""
            {"captions": ["x"], "size": 1, "speed": 1, "script": [
              {"repeat": 3, "advance": [0, 0, 0.2], "keys": [
                {"in": 0.4, "pelvis": {"move": [0, 0, 0.2]}, "left_foot": {"move": [0, 0, 0.2]}, "right_foot": {"move": [0, 0, 0.2]}}]},
              {"in": 0.4, "hold": 0.4, "pelvis": {"move": [0, 0, 0]}, "left_foot": {"move": [0, 0, 0]}, "right_foot": {"move": [0, 0, 0]}}]}
            """#)
        let frames = try Self.make(action, seed: 1).clip.placedAtOrigin().frames
        let way = try #require(frames.last?.pelvis.z)
        #expect(abs(way - 0.6) < 0.03, "\(way)")
    }

    @Test("pieces of recordings are of actions that the lexicon knows")
    func cuts() throws {
        let cuts = try RecordedCut.all(in: Self.folder.appendingPathComponent("Recorded/cuts.json"))
        let lexicon = try Lexicon(
            directory: Self.folder.deletingLastPathComponent().appendingPathComponent("Lexicon").path)
        for cut in cuts {
            let action = try #require(lexicon.actions.first { $0.name == cut.action }, "\(cut.action)")
            #expect(cut.from < cut.to && cut.side.map { BodySide(rawValue: $0) != nil } ?? true)
            #expect(action.refusal == nil)
        }
        #expect(!cuts.isEmpty)
    }

    @Test("no caption is a wording that judges")
    func judged() throws {
        let judged = Set(EverydayPrompt.all.flatMap(\.wordings))
        for (name, action) in try AuthoredAction.all(in: Self.folder) {
            for caption in action.captions ?? [] { #expect(!judged.contains(caption), "\(name): \(caption)") }
        }
    }

    @Test(
        "a file that is wrong is refused with what is wrong",
        arguments: [
            (#"{"captions":[],"script":[{"in":1}]}"#, "neither 'names' nor"),
            (#"{"captions":["x"],"script":[{"hold":1}]}"#, "without 'in'"),
            (#"{"captions":["x"],"script":[{"in":1,"right_hand":{"at":[1,2]}}]}"#, "'at' has 2 numbers"),
            (#"{"captions":["x"],"script":[{"in":[3,1]}]}"#, "no range"),
            (#"{"captions":["x"],"script":[{"in":1,"right_hand":{"at":[0,0,0],"from":"nose"}}]}"#, "nose"),
        ])
    func faults(text: String, why: String) {
        let error = #expect(throws: AuthoringError.self) { try Self.read(text) }
        #expect(error?.description.contains(why) == true, "\(error?.description ?? "")")
    }

    @Test("two-bone limbs reach what is in reach, and bend elbows and knees the way people do")
    func limbs() {
        var random = SplitMix64(seed: 5)
        for solver in Side.both.flatMap({ [LimbSolver.arm($0), .leg($0)] }) {
            for _ in 0..<50 {
                let target = Vector3(
                    .random(in: -0.25...0.25, using: &random), .random(in: -0.25...0.25, using: &random),
                    .random(in: 0.1...0.25, using: &random))
                let (upper, lower) = solver.reach(from: .zero, to: target, pole: Vector3(0, -1, 0.3))
                let reached =
                    upper.act(SMPLSkeleton.offsets[solver.limb.bend]) + lower.act(SMPLSkeleton.offsets[solver.limb.end])
                #expect((reached - target).length < 1e-6)
                // Only the hinge bends: the lower joint turns about one axis, one way.
                let bend = (upper.conjugate * lower).rotationVector
                let along =
                    switch solver.limb.root {
                    case .leftShoulder: -bend.y
                    case .rightShoulder: bend.y
                    default: bend.x
                    }
                #expect(along > 0 && along > 0.9 * bend.length, "\(solver.limb.root): \(bend)")
            }
        }
    }
}
