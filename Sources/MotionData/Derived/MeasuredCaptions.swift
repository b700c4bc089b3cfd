import Foundation
import HumanMotion

/// Captions for stretches whose meaning can be measured: standing still, walking backwards, stepping sideways, turning on
/// the spot, turning around after a walk. Few people write such sentences down, though most clips show the motions somewhere.
enum MeasuredCaptions {

    /// A stretch of frames that does one thing.
    struct Stretch: Hashable {
        /// What it shows.
        enum Kind: Hashable {
            case still
            case forward
            case backward
            case sideways(isLeft: Bool)
            case turn(isLeft: Bool, isAround: Bool)
            case turnAfterWalk

            /// The sentence; nil for walking forward, which captions name anyway.
            var text: String? {
                switch self {
                case .still: "a person stands still"
                case .forward: nil
                case .backward: "a person walks backwards"
                case .sideways(let isLeft): "a person sidesteps to the \(isLeft ? "left" : "right")"
                case .turn(let isLeft, false): "a person turns \(isLeft ? "left" : "right") on the spot"
                case .turn(let isLeft, true): "a person turns around to the \(isLeft ? "left" : "right")"
                case .turnAfterWalk: "a person walks and turns around"
                }
            }
        }
        var kind: Kind
        var frames: Range<Int>
        var text: String? { kind.text }
    }

    /// What the stretches of a clip are called.
    static func captions(of stretches: [Stretch]) -> [PreparedCaption] {
        stretches.flatMap { stretch in
            sayings(of: stretch.text).map {
                PreparedCaption(
                    text: $0, firstFrame: stretch.frames.lowerBound, frameCount: stretch.frames.count,
                    source: Origin.measured)
            }
        }
    }

    /// A sentence found here, and with it the one that leaves the side open where people mostly do.
    static func sayings(of text: String?) -> [String] {
        guard let text else { return [] }
        let around = "turns around"
        guard let range = text.range(of: around + " to the ") else { return [text] }
        return [text, text[..<range.lowerBound] + around]
    }

    /// The sentence of a clip that turns on the spot or steps to a side between standing and standing; nil of any other.
    static func text(ofAll course: RootCourse) -> String? {
        let turn = course.turn(0..<course.count)
        if abs(turn) > 0.9, abs(turn) < 4 {
            return Stretch.Kind.turn(isLeft: turn > 0, isAround: abs(turn) > 2.4).text
        }
        let sides = Set(stretches(of: course).map(\.kind)).subtracting([.still])
        return sides.count == 1 && abs(turn) < 0.5 ? sides.first?.text : nil
    }

    /// Everything measured in a clip, long stretches cut, in the order of the frames of each kind.
    static func stretches(of course: RootCourse) -> [Stretch] {
        var result: [Stretch] = []
        func collect(
            _ kind: Stretch.Kind, least: Int, most: Int, where holds: (Int) -> Bool, fits: (Range<Int>) -> Bool
        ) {
            for run in runs(course.count, where: holds) {
                for start in stride(from: run.lowerBound, to: run.upperBound, by: most) {
                    let part = start..<min(start + most, run.upperBound)
                    if part.count >= least, fits(part) { result.append(Stretch(kind: kind, frames: part)) }
                }
            }
        }
        collect(.still, least: 24, most: 150) {
            course.isStill[$0]
        } fits: {
            abs(course.turn($0)) < 0.2
        }
        let isStraight = { (part: Range<Int>) in abs(course.turn(part)) < 0.7 }
        collect(.backward, least: 30, most: 120) {
            course.isUpright[$0] && course.ahead[$0] < -0.3 && abs(course.aside[$0]) < -0.6 * course.ahead[$0]
        } fits: {
            isStraight($0)
        }
        collect(.forward, least: 40, most: 120) {
            course.isUpright[$0] && course.isGrounded[$0] && (0.45...1.7).contains(course.ahead[$0])
                && abs(course.aside[$0]) < 0.3 * course.ahead[$0]
        } fits: {
            abs(course.turn($0)) < 0.5
        }
        for isLeft in [true, false] {
            collect(.sideways(isLeft: isLeft), least: 20, most: 120) {
                let speed = isLeft ? course.aside[$0] : -course.aside[$0]
                return course.isUpright[$0] && speed > 0.18 && abs(course.ahead[$0]) < 0.7 * speed
            } fits: {
                isStraight($0)
            }
            collect(.turn(isLeft: isLeft, isAround: false), least: 15, most: 90) {
                let rate = isLeft ? course.rate[$0] : -course.rate[$0]
                return course.isUpright[$0] && rate > 0.6 && abs(course.ahead[$0]) < 0.35
                    && abs(course.aside[$0]) < 0.35
            } fits: {
                abs(course.turn($0)) > 0.9
            }
        }
        return result.flatMap { stretch in
            guard case .turn(let isLeft, _) = stretch.kind else { return [stretch] }
            // A turn about half a circle is what people call turning around; the frames beside it belong to it.
            let isAround = (2.4...4).contains(abs(course.turn(stretch.frames)))
            let wide = max(stretch.frames.lowerBound - 6, 0)..<min(stretch.frames.upperBound + 6, course.count)
            let turn = Stretch(kind: .turn(isLeft: isLeft, isAround: isAround), frames: wide)
            return [turn, isAround ? withApproach(wide, course) : nil].compactMap { $0 }
        }
    }

    /// A turn about half a circle with the two seconds before it, when they show a walk of 60 cm or more towards it, and what
    /// follows within a second.
    private static func withApproach(_ turn: Range<Int>, _ course: RootCourse) -> Stretch? {
        let approach = max(turn.lowerBound - 60, 0)..<turn.lowerBound
        guard approach.count >= 30, approach.allSatisfy({ course.isUpright[$0] }), abs(course.turn(approach)) < 0.7
        else { return nil }
        let way = approach.reduce(0) { $0 + course.ahead[$1] } / course.frameRate
        guard way > 0.6 else { return nil }
        return Stretch(
            kind: .turnAfterWalk, frames: approach.lowerBound..<min(turn.upperBound + 30, course.count))
    }

    private static func runs(_ count: Int, where holds: (Int) -> Bool) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start: Int?
        for frame in 0...count {
            let goes = frame < count && holds(frame)
            if goes, start == nil { start = frame }
            if !goes, let first = start {
                result.append(first..<frame)
                start = nil
            }
        }
        return result
    }
}

/// How the pelvis of a clip moves, smoothed over a step's time, seen from the heading: x is left, z ahead.
struct RootCourse {
    /// Metres a second.
    private(set) var ahead: [Double] = []
    /// Metres a second, to the left.
    private(set) var aside: [Double] = []
    /// Radians a second, to the left.
    private(set) var rate: [Double] = []
    /// Pelvis at standing height and head above it.
    private(set) var isUpright: [Bool] = []
    /// A foot on the floor.
    private(set) var isGrounded: [Bool] = []
    /// Upright, hands hanging, and no joint moving.
    private(set) var isStill: [Bool] = []
    /// The fastest joint, metres a second.
    private(set) var liveliness: [Double] = []
    /// Frames a second.
    let frameRate: Double
    private var heading: [Double] = []

    /// Number of frames.
    var count: Int { ahead.count }

    init(_ motion: MotionFeatures) {
        frameRate = motion.frameRate
        let (count, width, fps) = (motion.frameCount, MotionFeatures.width, motion.frameRate)
        var (x, z, turn) = ([Double](), [Double](), [Double]())
        var hangs: [Bool] = []
        motion.values.withUnsafeBufferPointer { values in
            var integrator = MotionIntegrator()
            var total = 0.0
            for frame in 0..<count {
                let row = UnsafeBufferPointer(rebasing: values[(frame * width)..<((frame + 1) * width)])
                let before = integrator.heading
                _ = integrator.frame(from: row)
                let step = remainder(integrator.heading - before, 2 * .pi)
                total += step
                heading.append(total)
                x.append(frame == 0 ? 0 : Double(row[0]) * fps)
                z.append(frame == 0 ? 0 : Double(row[1]) * fps)
                turn.append(frame == 0 ? 0 : step * fps)
                func height(_ joint: Int) -> Float { row[MotionFeatures.positions.lowerBound + 3 * joint + 1] }
                isUpright.append(height(0) > 0.78 && height(15) > height(0) + 0.45)
                isGrounded.append(row[MotionFeatures.contacts].contains { $0 > 0.5 })
                hangs.append(height(20) < height(0) + 0.1 && height(21) < height(0) + 0.1 && height(0) > 0.84)
                let speeds = MotionFeatures.velocities.reduce(Float(0)) { max($0, abs(row[$1])) }
                liveliness.append(Double(speeds) * fps)
            }
        }
        ahead = Self.smoothed(z, by: 8)
        aside = Self.smoothed(x, by: 8)
        rate = Self.smoothed(turn, by: 4)
        liveliness = Self.smoothed(liveliness, by: 2)
        isStill = (0..<count).map { frame in
            hangs[frame] && isUpright[frame] && liveliness[frame] < 0.4
                && abs(ahead[frame]) < 0.12 && abs(aside[frame]) < 0.12
        }
    }

    /// Turn between the ends of a stretch, radians, to the left.
    func turn(_ frames: Range<Int>) -> Double { heading[frames.upperBound - 1] - heading[frames.lowerBound] }

    private static func smoothed(_ values: [Double], by reach: Int) -> [Double] {
        var sums = [0.0]
        for value in values { sums.append(sums[sums.count - 1] + value) }
        return values.indices.map { index in
            let range = max(index - reach, 0)..<min(index + reach + 1, values.count)
            return (sums[range.upperBound] - sums[range.lowerBound]) / Double(range.count)
        }
    }
}
