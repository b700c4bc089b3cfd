import Geometry
import HumanBody
import HumanMotion
import KMM
import Robots
import Testing
import TextEncoding
import Timeline

@testable import Planning

#if canImport(Glibc)
    import Glibc
#endif

/// Actions that shall lead somewhere, with a walker whose pace and turning are as a seed says.
@Suite("Goals of actions")
struct GoalPursuitTests {
    /// Walks at its own pace, turns at its own rate, veers a little; varied, it does so otherwise.
    struct Walker: MotionSource {
        struct Stream: Sendable {
            var random: SplitMix64
            var place = FloorPose.origin
            var speed = 0.0
            var rate = 0.0
            var frame = 0
            var tokensLeft = 0
        }
        var speeds = 0.6...1.4
        var rates = -0.1...0.1

        func estimateDuration(of text: String) throws -> Double { 2 }
        func makeStream(seed: UInt64) -> Stream { Stream(random: SplitMix64(seed: seed)) }
        func seed(_ stream: inout Stream, with seed: UInt64) { stream.random = SplitMix64(seed: seed) }
        func vary(_ stream: inout Stream, by number: UInt64) {
            stream.random = SplitMix64(seed: stream.random.next() &+ number)
        }
        func begin(_ segment: Action, options: SamplingOptions, in stream: inout Stream) throws {
            stream.speed = Double.random(in: speeds, using: &stream.random)
            stream.rate = Double.random(in: rates, using: &stream.random)
            stream.tokensLeft = max(1, Int(((segment.duration ?? 2) * 7.5).rounded()))
        }
        func advance(_ stream: inout Stream, isHurried: Bool, isWanted: () -> Bool) throws -> [Token] {
            (0..<min(isHurried ? 4 : 8, stream.tokensLeft)).map { _ in
                stream.tokensLeft -= 1
                return ((0..<4).map { _ in frame(&stream) }, stream)
            }
        }
        func tokensLeft(in stream: Stream) -> Int { stream.tokensLeft }

        private func frame(_ stream: inout Stream) -> HumanFrame {
            stream.frame += 1
            stream.place.heading += stream.rate / 30
            stream.place.x += cos(stream.place.heading) * stream.speed / 30
            stream.place.y += sin(stream.place.heading) * stream.speed / 30
            var rotations = SMPLSkeleton.restRotations
            rotations[.pelvis] = Quaternion(angle: stream.place.heading, axis: Vector3(0, 1, 0))
            // Two steps a second.
            let isUp = stream.frame % 15 < 5
            let contacts = FootContacts(
                leftAnkle: isUp ? 0 : 1, leftToe: isUp ? 0 : 1, rightAnkle: 1, rightToe: 1)
            return HumanFrame(
                pelvis: Vector3(stream.place.y, 0.95, stream.place.x), rotations: rotations, contacts: contacts)
        }
    }

    @Test("A turn is counted from how the robot faces in its first frame, which is put where it stands")
    func turnIsCountedFromTheFirstFrame() {
        var way = TravelledPath()
        let before = way
        let frame = HumanFrame(
            pelvis: Vector3(0, 0.95, 0), rotations: SMPLSkeleton.restRotations)
        for degrees in stride(from: -8.0, through: 90, by: 2) {
            let configuration = RobotConfiguration(
                rootPosition: Vector3(0, 0, 0.8),
                rootRotation: Quaternion(angle: degrees / 180 * .pi, axis: .init(0, 0, 1)),
                jointPositions: [])
            way.add(frame, MotionWaypoint(configuration: configuration, contacts: []), facing: .identity)
        }
        var goal = MotionGoal()
        goal.turn = .pi / 2
        let achieved = way.achieved(of: goal, since: before)
        #expect(abs((achieved.turn ?? 0) - 98 / 180 * .pi) < 1e-9)
    }

    /// Notes what it is asked for.
    final class Listener: MotionSource {
        typealias Stream = Walker.Stream
        private(set) var asked: [String] = []
        let walker = Walker()

        func estimateDuration(of text: String) throws -> Double { 2 }
        func makeStream(seed: UInt64) -> Stream { walker.makeStream(seed: seed) }
        func seed(_ stream: inout Stream, with seed: UInt64) { walker.seed(&stream, with: seed) }
        func vary(_ stream: inout Stream, by number: UInt64) { walker.vary(&stream, by: number) }
        func begin(_ segment: Action, options: SamplingOptions, in stream: inout Stream) throws {
            asked.append(segment.text)
            try walker.begin(segment, options: options, in: &stream)
        }
        func advance(_ stream: inout Stream, isHurried: Bool, isWanted: () -> Bool) throws -> [Token] {
            try walker.advance(&stream, isHurried: isHurried, isWanted: isWanted)
        }
        func tokensLeft(in stream: Stream) -> Int { walker.tokensLeft(in: stream) }
    }

    @Test("a way shorter than a stride is a step, not a walk")
    func shortWays() throws {
        for (distance, words) in [(0.3, "a person takes a step back"), (1.5, "walk")] {
            let listener = Listener()
            let stream = listener.makeStream(seed: 1)
            var pursuit = GoalPursuit<Walker.Stream>(
                text: "walk", goal: MotionGoal(distance: distance, .backward), duration: 1, isTimed: false,
                options: SamplingOptions(), way: TravelledPath())
            try pursuit.work(with: listener, from: stream, at: .identity) { true }
            #expect(listener.asked == [words])
        }
    }

    /// Carries a goal out; `hurried` as for somebody who waits, with the first `passed` frames too late to be played. What it
    /// gives is one unbroken motion; what is achieved counts from the first frame that is played.
    private func carryOut(
        _ goal: MotionGoal, with walker: Walker, seed: UInt64, duration: Double, isTimed: Bool = false,
        hurried: Bool = false, passed: Int = 0
    ) throws -> (achieved: MotionGoal, frames: [HumanFrame]) {
        var stream = walker.makeStream(seed: seed)
        var place = FloorTransform(turn: 0.7, x: 3, y: -1)
        stream.place = FloorPose(x: 1, y: 2, heading: -0.4)
        let start = place.act(stream.place)
        var pursuit = GoalPursuit<Walker.Stream>(
            text: "walk", goal: goal, duration: duration, isTimed: isTimed, options: SamplingOptions(),
            way: TravelledPath(human: start))
        var meter = PathMeter(start: start)
        var stance = FootStance()
        var steps = 0
        var frames: [HumanFrame] = []
        if hurried { try pursuit.hurry(with: walker, from: stream, at: place) { passed } }
        for _ in 0..<2000 where !pursuit.isOver {
            if !pursuit.isReady { try pursuit.work(with: walker, from: stream, at: place) { true } }
            for token in pursuit.take(8) {
                (stream, place) = (token.after, token.place)
                for frame in token.frames {
                    frames.append(frame)
                    let lands = stance.advance(to: frame.contacts)
                    if frames.count <= passed {
                        meter = PathMeter(start: FloorPose(frame))
                    } else {
                        meter.add(FloorPose(frame))
                        if lands { steps += 1 }
                    }
                }
                // What goes on from here goes on where the motion is.
                let on = place.act(stream.place)
                #expect(abs(on.x - meter.end.x) + abs(on.y - meter.end.y) < 1e-6)
                #expect(abs(remainder(on.heading - meter.end.heading, 2 * .pi)) < 1e-6)
            }
        }
        #expect(pursuit.isOver)
        return (GoalFit.achieved(goal, meter, steps: steps), frames)
    }

    @Test("a walker of any pace goes as far as was said, straight ahead", arguments: 0..<40)
    func distances(seed: Int) throws {
        let wanted = 0.5 + Double(seed) * 0.3
        let goal = MotionGoal(distance: wanted, .forward)
        let (achieved, frames) = try carryOut(
            goal, with: Walker(), seed: UInt64(seed), duration: wanted, hurried: seed % 2 == 0)
        #expect(abs((achieved.distance ?? 0) / wanted - 1) < 0.05)
        // No jump anywhere: at most 1.3 times the fastest pace.
        let steps = zip(frames, frames.dropFirst()).map { ($1.pelvis - $0.pelvis).length }
        #expect(steps.allSatisfy { $0 < 1.4 * 1.3 / 30 + 1e-6 })
    }

    @Test("frames that come too late to be played do not count", arguments: 0..<40)
    func late(seed: Int) throws {
        let goal = MotionGoal(distance: 2, .forward)
        let (achieved, _) = try carryOut(
            goal, with: Walker(), seed: UInt64(seed), duration: 2, hurried: true, passed: seed % 17)
        #expect(abs((achieved.distance ?? 0) - 2) < 0.1)
    }

    @Test("a turner of any rate turns as far as was said, to the side that was said", arguments: 0..<40)
    func turns(seed: Int) throws {
        let wanted = 0.5 + Double(seed) * 0.1
        let walker = Walker(speeds: 0...0.05, rates: 1...3)
        let (achieved, _) = try carryOut(
            MotionGoal(turn: wanted), with: walker, seed: UInt64(seed), duration: wanted / 1.6)
        #expect(abs((achieved.turn ?? 0) - wanted) < 0.1)
    }

    @Test("where either side will do, the side of the motion is kept")
    func eitherSide() throws {
        let walker = Walker(speeds: 0...0.05, rates: -2 ... -1)
        let (achieved, _) = try carryOut(
            MotionGoal(turn: .pi, isEitherSide: true), with: walker, seed: 1, duration: 2)
        #expect(abs((achieved.turn ?? 0) + .pi) < 0.1)
    }

    @Test("a stated time is kept, and the way is corrected no further than the bounds")
    func timed() throws {
        let (achieved, frames) = try carryOut(
            MotionGoal(distance: 10, .forward), with: Walker(speeds: 1...1.001), seed: 3, duration: 4, isTimed: true)
        #expect(abs(Double(frames.count) / 30 - 4) < 0.2)
        #expect(abs((achieved.distance ?? 0) - 4 * GoalFit.scales.most) < 0.3)
    }

    @Test("as many steps as were said", arguments: [1, 3, 6, 12])
    func steps(wanted: Int) throws {
        let (achieved, _) = try carryOut(
            MotionGoal(steps: wanted), with: Walker(), seed: 5, duration: Double(wanted) * 0.3)
        #expect(abs((achieved.steps ?? 0) - wanted) <= 1)
    }

    @Test("a long way is made piece by piece, and a motion that goes nowhere comes to an end")
    func extremes() throws {
        let (far, _) = try carryOut(MotionGoal(distance: 60, .any), with: Walker(), seed: 2, duration: 60)
        #expect(abs((far.distance ?? 0) - 60) < 4)
        let still = Walker(speeds: 0...0, rates: 0...0)
        for goal in [MotionGoal(distance: 3, .forward), MotionGoal(turn: 1), MotionGoal(steps: 3)] {
            let (achieved, frames) = try carryOut(goal, with: still, seed: 1, duration: 3)
            #expect(!frames.isEmpty && abs(achieved.distance ?? 0) < 0.1 && abs(achieved.turn ?? 0) < 0.1)
        }
    }
}
