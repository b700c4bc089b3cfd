import Foundation
import Geometry
import HumanBody
import HumanMotion
import MotionFixtures
import Testing

@testable import MotionData

@Suite("Augmentation")
struct AugmentationTests {
    private static func stretches(_ clip: HumanClip) -> [MeasuredCaptions.Stretch] {
        MeasuredCaptions.stretches(of: RootCourse(MotionFeatures(clip)))
    }

    @Test("measured captions name the way the pelvis goes, seen from the body")
    func measured() {
        func texts(_ clip: HumanClip) -> Set<String> {
            Set(MeasuredCaptions.captions(of: Self.stretches(clip)).map(\.text))
        }
        #expect(texts(WalkingBody.clip(90) { _ in (0, 0, 0) }) == ["a person stands still"])
        #expect(texts(WalkingBody.clip(90) { (0, -0.02 * Double($0), 0) }) == ["a person walks backwards"])
        #expect(texts(WalkingBody.clip(90) { (0, 0.03 * Double($0), 0) }) == [])
        // Facing +z, the left is +x; facing +x it is -z.
        #expect(texts(WalkingBody.clip(60) { (0.02 * Double($0), 0, 0) }) == ["a person sidesteps to the left"])
        #expect(texts(WalkingBody.clip(60) { (0, 0.02 * Double($0), .pi / 2) }) == ["a person sidesteps to the right"])
        let turn = { (frame: Int) in (x: 0.0, z: 0.0, heading: 1.5 * min(max(Double(frame - 30) / 30, 0), 1)) }
        #expect(texts(WalkingBody.clip(90, turn)).contains("a person turns left on the spot"))
        #expect(texts(WalkingBody.clip(90, turn).mirrored()).contains("a person turns right on the spot"))
        let around = { (frame: Int) in
            (x: 0.0, z: 0.02 * Double(min(frame, 60)), heading: .pi * min(max(Double(frame - 70) / 40, 0), 1))
        }
        let sentences = ["turns around to the left", "turns around", "walks and turns around"].map { "a person " + $0 }
        #expect(texts(WalkingBody.clip(140, around)).isSuperset(of: sentences))
        let onTheSpot = { (frame: Int) in (x: 0.0, z: 0.0, heading: around(frame).heading) }
        #expect(!texts(WalkingBody.clip(140, onTheSpot)).contains("a person walks and turns around"))
    }

    @Test("a reversed walk goes backwards, a stretched one takes its time, a held one goes nowhere")
    func derived() {
        let walk = WalkingBody.clip(61) { (0, 0.03 * Double($0), 0) }
        let back = Self.stretches(DerivedMotion.reversed(walk))
        #expect(back.map(\.kind) == [.backward])
        let slow = DerivedMotion.stretched(walk, rate: 0.5)
        #expect(slow.frames.count == 121 && slow.frameRate == 30)
        #expect(abs(slow.frames[120].pelvis.z - walk.frames[60].pelvis.z) < 1e-9)
        let held = DerivedMotion.held(walk, count: 150)
        #expect(held.frames.count == 150)
        for (a, b) in zip(held.frames, held.frames.dropFirst()) {
            #expect(abs(abs(a.pelvis.z - b.pelvis.z) - 0.03) < 1e-9)
        }
    }

    @Test("a step to the left made again and again goes on to the left without a jump")
    func repeated() throws {
        // The left leg is out at first and drawn in; the heading sways.
        var step = WalkingBody.clip(31) { frame in
            let t = Double(frame) / 30
            return (0.4 * t * t * (3 - 2 * t), 0, 0.3 * sin(.pi * t))
        }
        for index in step.frames.indices {
            let t = Double(index) / 30
            step.frames[index].rotations[.leftHip] = Quaternion(angle: 0.8 * (1 - t), axis: Vector3(0, 0, 1))
        }
        let walk = try #require(DerivedMotion.repeated(step, count: 100))
        #expect(walk.frames.count == 100)
        let course = walk.frames.map(\.pelvis.x)
        #expect(zip(course, course.dropFirst()).allSatisfy { $1 - $0 > -1e-9 && $1 - $0 < 0.03 })
        #expect(abs(course[90] - 1.2) < 1e-9)
        #expect(walk.frames.allSatisfy { abs($0.pelvis.z) < 1e-9 })
        // The mirror image played backwards follows best: there the right leg goes out.
        func angle(_ frame: Int, _ joint: Int) -> Double { walk.frames[frame].rotations[joint].rotationVector.length }
        #expect(angle(60, 2) > 0.75 && angle(60, 1) < 0.01)
        for index in 20...30 {
            step.frames[index].rotations[.leftKnee] = Quaternion(angle: 1.2, axis: Vector3(1, 0, 0))
        }
        #expect(DerivedMotion.repeated(step, count: 100) == nil, "it ends on one leg, and begins on both or the other")
    }

    @Test("a step to a side that turns a little keeps its heading and its length once straightened")
    func straightened() throws {
        // Always to the left of a body that turns by 0.4 radians and looks along +x at first.
        var (x, z) = (1.0, 2.0)
        let step = WalkingBody.clip(41) { frame in
            let heading = .pi / 2 + 0.01 * Double(frame)
            if frame > 0 { (x, z) = (x + 0.02 * cos(heading), z - 0.02 * sin(heading)) }
            return (x, z, heading)
        }
        let straight = try #require(DerivedMotion.straightened(step))
        for (frame, turned) in zip(straight.frames, step.frames) {
            #expect(abs((frame.heading ?? 0) - .pi / 2) < 1e-9)
            #expect(frame.rotations.dropFirst() == turned.rotations.dropFirst())
        }
        for (a, b) in zip(straight.frames, straight.frames.dropFirst()) {
            #expect(abs((b.pelvis - a.pelvis).length - 0.02) < 1e-9)
        }
        #expect(straight.frames[40].pelvis.z < 2 - 0.79 && abs(straight.frames[40].pelvis.x - 1) < 0.02)
        #expect(DerivedMotion.straightened(step, limit: 0.3) == nil, "feet would be seen to slide")
        let diagonal = WalkingBody.clip(41) { (0.02 * Double($0), 0.015 * Double($0), 0) }
        #expect(DerivedMotion.straightened(diagonal) == nil)
    }

    @Test("between standing and standing a side step and a turn get under way and come to rest without a jump")
    func betweenStanding() throws {
        let quiet = WalkingBody.clip(20) { _ in (3, 1, 0.5) }
        var step = WalkingBody.clip(60) { (0.02 * Double($0), 0, 0) }
        for index in step.frames.indices {
            step.frames[index].rotations[.leftHip] = Quaternion(
                angle: 0.3 * sin(0.2 * Double(index) + 0.5), axis: Vector3(0, 0, 1))
        }
        let whole = try #require(DerivedMotion.betweenStanding(step, quiet, before: 10, after: 12))
        let frames = whole.frames
        for still in [frames.prefix(9), frames.suffix(11)] {
            #expect(still.allSatisfy { $0.rotations.dropFirst() == quiet.frames[0].rotations.dropFirst() })
            #expect(still.allSatisfy { ($0.pelvis - (still.first?.pelvis ?? $0.pelvis)).length < 1e-9 })
        }
        for (a, b) in zip(frames, frames.dropFirst()) {
            #expect((b.pelvis - a.pelvis).length < 0.021)
            #expect((b.rotations[.leftHip] * a.rotations[.leftHip].conjugate).rotationVector.length < 0.1)
        }
        let speeds = zip(frames, frames.dropFirst()).map { ($1.pelvis - $0.pelvis).length }
        #expect(zip(speeds, speeds.dropFirst()).allSatisfy { abs($1 - $0) < 0.003 }, "it starts and stops by and by")
        #expect(MeasuredCaptions.text(ofAll: RootCourse(MotionFeatures(whole))) == "a person sidesteps to the left")

        let turn = WalkingBody.clip(60) { (0, 0, -0.05 * Double($0)) }
        let around = try #require(DerivedMotion.betweenStanding(turn, quiet, before: 10, after: 10))
        let headings = around.frames.compactMap(\.heading)
        #expect(zip(headings, headings.dropFirst()).allSatisfy { abs(remainder($1 - $0, 2 * .pi)) < 0.051 })
        let text = try #require(MeasuredCaptions.text(ofAll: RootCourse(MotionFeatures(around))))
        #expect(text == "a person turns right on the spot", "its ends turn more slowly than they did")
        var high = quiet
        for index in high.frames.indices { high.frames[index].pelvis.y = 1.2 }
        #expect(DerivedMotion.betweenStanding(step, high, before: 10, after: 10) == nil)
    }

    @Test("captions leave out the waiting before and after an action, unless they speak of standing")
    func idleEnds() throws {
        var clip = WalkingBody.clip(300) { _ in (0, 0, 0) }
        for index in 120..<216 {
            clip.frames[index].rotations[.rightShoulder] = Quaternion(
                angle: 1.4 * cos(.pi / 16 * Double(index - 120)), axis: Vector3(0, 0, 1))
        }
        let course = RootCourse(MotionFeatures(clip))
        func range(_ text: String, _ frames: Range<Int>) -> Range<Int> {
            let caption = PreparedCaption(
                text: text, firstFrame: frames.lowerBound, frameCount: frames.count, source: "")
            let trimmed = IdleEnds.trimmed([caption], course: course)[0]
            return trimmed.firstFrame..<(trimmed.firstFrame + trimmed.frameCount)
        }
        let waves = range("a person waves", 0..<300)
        #expect((103...107).contains(waves.lowerBound) && (228...234).contains(waves.upperBound))
        #expect(range("a person waves", 150..<180) == 150..<180)
        #expect(range("a person waves", 0..<110) == 0..<110, "nothing moves there")
        #expect(range("a person stands and waves", 0..<300) == 0..<300)
    }

    @Test("a composed clip has the course of one and the arms of the other, and a sentence of both")
    func composed() throws {
        let walk = WalkingBody.clip(60) { (0, 0.03 * Double($0), 0) }
        var raised = WalkingBody.clip(50) { _ in (0, 0, 0) }
        for index in raised.frames.indices { raised.frames[index].rotations[.rightShoulder] = .identity }
        let both = try #require(DerivedMotion.composed(legs: walk, arms: raised))
        #expect(both.frames.count == 50)
        #expect(both.frames[49].pelvis == walk.frames[49].pelvis)
        #expect(both.frames[49].rotations[.rightShoulder] == .identity)
        #expect(both.frames[49].rotations[.leftKnee] == walk.frames[49].rotations[.leftKnee])
        for index in raised.frames.indices { raised.frames[index].pelvis.y = 0.5 }
        #expect(DerivedMotion.composed(legs: walk, arms: raised) == nil)
        let text = DerivedMotion.composedText(
            legs: "a person walks forward in an active way", arms: "a person raises the left hand")
        #expect(text == "a person walks forward in an active way while raising the left hand")
    }

    @Test("other wordings keep the action, the side and the direction")
    func wordings() {
        let waves = CaptionVariants.of("a person waves the right hand in an active way", limit: 40)
        #expect(waves.contains("wave the right hand"))
        #expect(waves.contains("wave the right arm"))
        #expect(waves.contains("someone waves the right hand"))
        #expect(waves.contains("a person is waving the right hand"))
        #expect(waves.allSatisfy { $0.contains("right") && !$0.contains("left") })
        let feminine = CaptionVariants.of("a person waves the left hand in a feminine way", limit: 40)
        #expect(feminine.contains("wave the left arm in a feminine way"))
        #expect(feminine.allSatisfy { $0.hasSuffix(" in a feminine way") }, "the wrist stays under the shoulder")
        #expect(
            CaptionVariants.of("a person walks like an elderly person", limit: 40)
                .allSatisfy { $0.hasSuffix(" like an elderly person") })
        let walks = CaptionVariants.of("The man is walking backwards.", limit: 40)
        #expect(walks.contains("walk backwards"))
        #expect(walks.allSatisfy { $0.contains("back") })
        #expect(CaptionVariants.of("a person raises their left hand").contains("raise your left hand"))
        #expect(CaptionVariants.of("swordplay") == [])
        #expect(CaptionVariants.of("") == [])
        #expect(CaptionVariants.of("a person walks forward", limit: 3).count == 3)
    }

    @Test("rare actions and rare sentences weigh more")
    func weights() {
        let texts = Array(repeating: "a person walks forward", count: 16) + ["a person strolls", "a person bows"]
        let weights = ActionClass.weights(of: texts)
        #expect(weights[17] > 10 * weights[0])
        #expect(abs(weights[0] - 1.0 / 16) < 1e-12)
        #expect(ActionClass.of("a person walks backwards and waves") == [.backward, .wave, .walk])
    }
}
