import Foundation
import Geometry
import HumanBody
import HumanMotion
import MotionFixtures
import Testing

@testable import KMMEvaluation
@testable import MotionData

/// Motions made by hand, so that every measurement is known beforehand.
enum Puppet {
    static let standingHeight = 0.94

    /// Three seconds; `pose` says what a frame at `time` looks like. The arms hang unless it moves them.
    static func clip(seconds: Double = 3, _ pose: (Double, inout HumanFrame) -> Void) -> HumanClip {
        let frames = (0..<Int(seconds * 30)).map { index in
            var frame = HumanFrame(
                pelvis: Vector3(0, standingHeight, 0),
                rotations: [Quaternion](repeating: Quaternion(w: 1, x: 0, y: 0, z: 0), count: 22))
            frame.rotations[.leftShoulder] = arm(.left, raised: -80)
            frame.rotations[.rightShoulder] = arm(.right, raised: -80)
            pose(Double(index) / 30, &frame)
            return frame
        }
        return HumanClip(frameRate: 30, frames: frames)
    }

    /// The upper arm `raised` degrees over the horizontal.
    static func arm(_ side: Side, raised: Double) -> Quaternion {
        Quaternion(angle: (side == .left ? raised : -raised) * .pi / 180, axis: Vector3(0, 0, 1))
    }

    static func turned(_ degrees: Double, about axis: Vector3) -> Quaternion {
        Quaternion(angle: degrees * .pi / 180, axis: axis)
    }
}

@Suite("Everyday prompts")
struct PredicateTests {
    let up = Vector3(0, 1, 0)

    @Test("travel and speed are the person's own, whichever way it faces", arguments: [0.0, 90, 200])
    func travel(heading: Double) {
        let clip = Puppet.clip { time, frame in
            frame.rotations[.pelvis] = Puppet.turned(heading, about: up)
            frame.pelvis += frame.rotations[.pelvis].act(Vector3(0.3, 0, -1.2)) * time
        }
        let seen = MotionMeasurements(clip)
        let way = Double(clip.frames.count - 1) / 30
        #expect(abs(seen.forwardTravel + 1.2 * way) < 0.001)
        #expect(abs(seen.leftTravel - 0.3 * way) < 0.001)
        #expect(abs(seen.backwardSpeed - 1.2) < 0.001)
        #expect(abs(seen.fastestSecond - hypot(1.2, 0.3)) < 0.001)
        #expect(abs(seen.turn) < 0.001)
        #expect(shown(clip) == ["walk backwards"])
    }

    @Test(
        "words of another action claim no predicate",
        arguments: [
            ("a person shoots an arrow with a bow", "bow"), ("a person shakes hands", "swing-arms"),
            ("a person strikes with the right elbow", "elbow-to-knee"),
            ("a person throws a hook with the right hand", "throw"),
            ("a person jumps and pulls the knees up", "pull"), ("a person rows a boat", "pull"),
            ("a person stands upright at attention", "stand-up"), ("a person mops the floor", "sweep-floor"),
            ("a person washes the hands", "wipe"), ("a person wipes the forehead with the right hand", "wipe"),
            ("a person carries a tray", "carry"), ("a person digs with a shovel", "two-handed-work"),
            ("a person kneels down and ties a shoe", "kneel"),
        ])
    func claims(sentence: String, name: String) throws {
        let predicate = try #require(ActionPredicate.named(name))
        for captions in [predicate.captions] + Side.both.map(predicate.captions.on) {
            #expect(try CaptionJudge(captions).verdict(on: sentence) != .claims)
        }
    }

    @Test(
        "its own words claim a predicate",
        arguments: [
            ("a person bows", "bow"), ("a person swings both arms", "swing-arms"),
            ("a person shakes his hands", "swing-arms"),
            ("a person throws a ball", "throw"), ("a person pulls on a rope", "pull"),
            ("a person stands up from the chair", "stand-up"),
            ("a person sweeps the floor", "sweep-floor"), ("a person wipes a table", "wipe"),
            ("a person carries a box", "carry"),
            ("a person kneels down", "kneel"),
        ])
    func claimsItsOwn(sentence: String, name: String) throws {
        #expect(try CaptionJudge(try #require(ActionPredicate.named(name)).captions).verdict(on: sentence) == .claims)
    }

    @Test("a turn counts its degrees, past the half circle too", arguments: [90.0, -90, 270])
    func turns(degrees: Double) {
        let clip = Puppet.clip { time, frame in
            frame.rotations[.pelvis] = Puppet.turned(degrees * min(max(time - 0.5, 0), 1.5) / 1.5, about: up)
        }
        let seen = MotionMeasurements(clip)
        #expect(abs(seen.turn - degrees) < 0.1)
        #expect(abs(seen.leftmostTurn - max(degrees, 0)) < 0.1)
        #expect(abs(seen.rightmostTurn - max(-degrees, 0)) < 0.1)
    }

    @Test("a leap has the height and the time of its parabola")
    func leap() {
        let clip = Puppet.clip { time, frame in
            frame.pelvis.y += max(0, 0.3 - 4.905 * (time - 1) * (time - 1))
        }
        let seen = MotionMeasurements(clip)
        #expect(abs(seen.footClearance - 0.3) < 0.002)
        #expect(abs(seen.rise - 0.3) < 0.002)
        // Over 4 cm for 2 √(0.26 / 4.905) = 0.46 s, in whole frames.
        #expect(abs(seen.airTime - 0.46) < 0.04)
        #expect(shown(clip) == ["jump", "hop"])
    }

    @Test("a waving hand turns back as often as it does, and on its own side", arguments: Side.both)
    func wave(side: Side) {
        let elbow = side == .left ? 18 : 19
        let clip = Puppet.clip { time, frame in
            frame.rotations[side == .left ? 16 : 17] = Puppet.arm(side, raised: 20)
            frame.rotations[elbow] = Puppet.turned(25 * sin(2 * .pi * 2 * time), about: Vector3(0, 0, 1))
        }
        let seen = MotionMeasurements(clip)
        // Two cycles a second turn back four times a second.
        let count = side == .left ? seen.waves.left : seen.waves.right
        #expect((10...12).contains(count))
        #expect((side == .left ? seen.waves.right : seen.waves.left) == 0)
        #expect(shown(clip) == [side == .left ? "wave left hand" : "wave right hand"])
    }

    @Test("standing still is standing still and nothing else")
    func still() {
        #expect(shown(Puppet.clip { _, _ in }) == ["stand still"])
    }

    @Test("a trunk that leans and comes back is a bow; raised arms are raised arms")
    func upperBody() {
        let bow = Puppet.clip { time, frame in
            frame.rotations[.spine1] = Puppet.turned(40 * max(0, sin(.pi * (time - 0.5))), about: Vector3(1, 0, 0))
        }
        // The spine above its first joint leans by 40°, the trunk from pelvis to neck by 27.2°.
        #expect(abs(MotionMeasurements(bow).pitch - 27.2) < 0.3)
        #expect(shown(bow).contains("bow"))
        let raised = Puppet.clip { time, frame in
            let angle = min(-80 + 140 * time, 60)
            frame.rotations[.leftShoulder] = Puppet.arm(.left, raised: angle)
            frame.rotations[.rightShoulder] = Puppet.arm(.right, raised: angle)
        }
        #expect(shown(raised) == ["raise both arms"])
    }

    @Test("a mirror exchanges the sides and changes nothing else", arguments: ["walk", "turn_left", "jump"])
    func mirror(fixture: String) throws {
        let clip = try Fixture.clip(fixture)
        let straight = try MotionMeasurements(clip).named()
        let mirrored = try MotionMeasurements(clip.mirrored()).named()
        let signed: Set = ["turn", "leftTravel"]
        for (name, value) in straight {
            var other = name.replacing(".left", with: ".#").replacing(".right", with: ".left").replacing(
                ".#", with: ".right")
            if name == "leftmostTurn" { other = "rightmostTurn" }
            if name == "rightmostTurn" { other = "leftmostTurn" }
            let expected = try #require(mirrored[other]) * (signed.contains(name) ? -1 : 1)
            // The body itself is not quite symmetric: millimetres, a degree, more at the end of a bent knee.
            let isAngle = ["turn", "Turn", "pitch", "ilt", "roll"].contains { name.contains($0) }
            let tolerance = name.contains("kneeBend") ? 4 : isAngle ? 1 : 0.03
            #expect(abs(value - expected) < tolerance + 0.05 * abs(expected), "\(name)")
        }
    }

    @Test("captured motion shows what it is captured as")
    func fixtures() throws {
        #expect(try shown(Fixture.clip("walk")) == ["walk"])
        let turn = try Fixture.clip("turn_left")
        #expect(shown(turn) == ["walk", "turn left"])
        #expect(shown(turn.mirrored()) == ["walk", "turn right"])
        #expect(try shown(Fixture.clip("jump")).isSuperset(of: ["jump", "hop"]))
    }

    @Test("every prompt has a name of its own, several wordings, and patterns that can be read")
    func list() throws {
        let all = EverydayPrompt.all
        #expect(Set(all.map(\.name)).count == all.count)
        let wordings = all.flatMap(\.wordings)
        #expect(Set(wordings).count == wordings.count)
        for prompt in all {
            #expect(prompt.wordings.count >= 3)
            for pattern in [prompt.captions.claims, prompt.captions.unless, prompt.captions.hints] {
                _ = try Regex(pattern)
            }
        }
    }

    @Test(
        "the predicates tell the captured exercises apart",
        .enabled(if: SharedData.isThere, "no ../shared/data (KMMD_SHARED)"))
    func proof() throws {
        let source = try #require(SharedData.folder)
        let out = FileManager.default.temporaryDirectory.appendingPathComponent("proof-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: out) }
        try DataPreparation.run(source: source, destination: out, sets: ["hdm05"], augmentation: .none)
        let proof = try PredicateProof(on: PreparedDataSet(directory: out))
        for name in ["hop", "kick", "throw", "squat", "bend down"] {
            let row = try #require(proof.rows.first { $0.name == name })
            #expect(row.claiming >= 28)
            #expect(row.passRate >= 0.9, "\(name): \(row.claimingPassed) of \(row.claiming)")
            #expect(row.falseRate < 0.15, "\(name): \(row.othersPassed) of \(row.others) others")
        }
    }

    private func shown(_ clip: HumanClip) -> Set<String> {
        let measurements = MotionMeasurements(clip)
        return Set(EverydayPrompt.all.filter { $0.isShown(measurements) }.map(\.name))
    }
}

/// The captured clips that the tests of `HumanMotion` bring.
enum Fixture {
    static func clip(_ name: String) throws -> HumanClip {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("HumanMotionTests/Fixtures/\(name).bvh")
        var clip = try SMPLConversion(BVH([UInt8](Data(contentsOf: file)))).clip()
        clip.detectContacts()
        return clip
    }
}
