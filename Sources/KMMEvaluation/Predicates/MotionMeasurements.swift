import Foundation
import Geometry
import HumanBody
public import HumanMotion

/// What a stretch of motion shows, in numbers that a ruler, a protractor and a clock could take.
///
/// Everything is measured relative to the person: forward is the pelvis' facing direction on the floor, left is to its left,
/// heights are over the floor. Metres, seconds, degrees. A stretch and its mirror image give the same numbers with the sides
/// exchanged.
public struct MotionMeasurements: Codable, Hashable, Sendable {
    /// Two numbers, one for each side of the body.
    public struct Sides: Codable, Hashable, Sendable {
        /// Of the left side.
        public var left = 0.0
        /// Of the right side.
        public var right = 0.0
        /// The larger one.
        public var larger: Double { max(left, right) }
        /// The smaller one.
        public var smaller: Double { min(left, right) }
    }

    // MARK: Going

    /// Way of the pelvis forward, steps back counted negative.
    public var forwardTravel = 0.0
    /// Way of the pelvis to the left, steps to the right counted negative.
    public var leftTravel = 0.0
    /// Mean forward speed over the second in which it is greatest.
    public var forwardSpeed = 0.0
    /// Mean backward speed over the second in which it is greatest.
    public var backwardSpeed = 0.0
    /// Mean speed over the floor, whatever the direction, over the second in which it is greatest.
    public var fastestSecond = 0.0
    /// Speed over the floor that is passed in a tenth of the time.
    public var usualSpeed = 0.0

    // MARK: Turning

    /// Heading at the end minus heading at the start, left positive; full turns count.
    public var turn = 0.0
    /// Farthest heading to the left of the first one.
    public var leftmostTurn = 0.0
    /// Farthest heading to the right of the first one.
    public var rightmostTurn = 0.0

    // MARK: Rising and sinking

    /// Greatest height of the lower of both feet over where it stands.
    public var footClearance = 0.0
    /// Longest time with both feet more than 4 cm over where they stand, seconds.
    public var airTime = 0.0
    /// Greatest pelvis height over its median.
    public var rise = 0.0
    /// Least pelvis height.
    public var lowestPelvis = 0.0
    /// Least head height.
    public var lowestHead = 0.0
    /// Longest time with both thighs more than 55° from the vertical, seconds.
    public var thighsLevel = 0.0
    /// Greatest bend of each knee.
    public var kneeBend = Sides()

    // MARK: Trunk

    /// Greatest lean of the trunk forward.
    public var pitch = 0.0
    /// Greatest lean forward over that of the most upright tenth of the time.
    public var pitchGain = 0.0
    /// Greatest lean of the trunk, whatever the direction.
    public var tilt = 0.0
    /// Median lean of the trunk.
    public var medianTilt = 0.0
    /// Greatest lean of the trunk to a side.
    public var roll = 0.0

    // MARK: Arms and legs

    /// Greatest height of each wrist over its shoulder.
    public var handHeight = Sides()
    /// Greatest height over their shoulders that both wrists have together.
    public var bothHands = 0.0
    /// How often each wrist turns back, by 3.5 cm or more, while it stays less than 25 cm under its shoulder.
    public var waves = Sides()
    /// Extension of an arm ahead at shoulder height: the lesser of its lengthening over 0.8 m/s and its way forward over 1.2.
    public var punch = 0.0
    /// Extension of an arm ahead above the shoulder: the lesser of its lengthening and its way forward, m/s.
    public var overhandThrow = 0.0
    /// Greatest height of each ankle while it is ahead of its hip by 25 cm and the other foot stands.
    public var kick = Sides()
    /// Greatest height of each foot.
    public var footHeight = Sides()

    // MARK: Stillness

    /// Speed that the mean of all joints passes in a tenth of the time, seen from the person.
    public var jointSpeed = 0.0
    /// Speed that the busier wrist passes in a tenth of the time, seen from the person.
    public var wristSpeed = 0.0

    /// Measures a clip at 30 frames a second, at least two frames long.
    public init(_ clip: HumanClip) { self.init(MotionFeatures(clip)) }

    /// Measures rows of features, at least two.
    public init(_ features: MotionFeatures) {
        precondition(features.frameCount > 1, "one frame is no motion")
        let body = BodyMotion(features)
        measureGoing(body)
        measureTurning(body)
        measureHeights(body)
        measureTrunk(body)
        for side in Side.both {
            measureArm(body, side)
            measureLeg(body, side)
        }
        bothHands =
            zip(body.wristOverShoulder(.left), body.wristOverShoulder(.right)).map { min($0.y, $1.y) }.max() ?? 0
        measureStillness(body)
    }

    private mutating func measureGoing(_ body: BodyMotion) {
        let step = 1 / body.frameRate
        forwardTravel = body.velocity.dropFirst().reduce(0) { $0 + $1.z } * step
        leftTravel = body.velocity.dropFirst().reduce(0) { $0 + $1.x } * step
        let (forward, left) = (body.velocity.map(\.z), body.velocity.map(\.x))
        let second = 31
        let forwardSecond = Signal.smoothed(forward, width: second)
        forwardSpeed = forwardSecond.max() ?? 0
        backwardSpeed = -(forwardSecond.min() ?? 0)
        fastestSecond = zip(forwardSecond, Signal.smoothed(left, width: second)).map { hypot($0, $1) }.max() ?? 0
        let stride = 13
        usualSpeed = Signal.percentile(
            zip(Signal.smoothed(forward, width: stride), Signal.smoothed(left, width: stride)).map { hypot($0, $1) },
            0.9)
    }

    private mutating func measureTurning(_ body: BodyMotion) {
        let heading = Signal.smoothed(body.heading, width: 13).map { $0 * 180 / .pi }
        turn = heading[heading.count - 1] - heading[0]
        leftmostTurn = (heading.max() ?? 0) - heading[0]
        rightmostTurn = heading[0] - (heading.min() ?? 0)
    }

    private mutating func measureHeights(_ body: BodyMotion) {
        let clearance = zip(body.footHeight(.left), body.footHeight(.right)).map { min($0, $1) }
        footClearance = clearance.max() ?? 0
        airTime = body.longest(clearance.map { $0 > 0.04 })
        let pelvis = body.path(.pelvis).map(\.y)
        rise = (pelvis.max() ?? 0) - Signal.percentile(pelvis, 0.5)
        lowestPelvis = pelvis.min() ?? 0
        lowestHead = body.path(.head).map(\.y).min() ?? 0
        thighsLevel = body.longest(
            zip(body.thighAngle(.left), body.thighAngle(.right)).map { min($0, $1) > 55 })
    }

    private mutating func measureTrunk(_ body: BodyMotion) {
        let trunk = zip(body.path(.neck), body.path(.pelvis)).map { $0 - $1 }
        let degrees = { (sideways: Double, up: Double) in atan2(sideways, up) * 180 / .pi }
        let lean = trunk.map { degrees($0.z, $0.y) }
        pitch = lean.max() ?? 0
        let steady = Signal.smoothed(lean, width: 5)
        pitchGain = (steady.max() ?? 0) - Signal.percentile(steady, 0.1)
        let away = trunk.map { degrees(hypot($0.x, $0.z), $0.y) }
        tilt = away.max() ?? 0
        medianTilt = Signal.percentile(away, 0.5)
        roll = Signal.smoothed(trunk.map { degrees($0.x, $0.y) }, width: 5).map(abs).max() ?? 0
    }

    private mutating func measureArm(_ body: BodyMotion, _ side: Side) {
        let arm = body.wristOverShoulder(side)
        handHeight[side] = arm.map(\.y).max() ?? 0

        let axes = [\Vector3.x, \.y, \.z].map { axis in Signal.smoothed(arm.map { $0[keyPath: axis] }, width: 3) }
        for range in Signal.runs(arm.map { $0.y > -0.25 }) where range.count > 5 {
            let count = axes.map { Signal.reversals($0[range], amplitude: 0.035) }.max() ?? 0
            waves[side] = max(waves[side], Double(count))
        }

        let length = Signal.smoothed(arm.map(\.length), width: 3)
        let wrist = zip(body.path(side.wrist), body.path(.pelvis)).map { $0 - $1 }
        let ahead = Signal.smoothed(wrist.map(\.z), width: 3)
        for t in 1..<arm.count {
            let lengthening = (length[t] - length[t - 1]) * body.frameRate
            let forward = (ahead[t] - ahead[t - 1]) * body.frameRate
            if abs(arm[t].y) < 0.3, arm[t].z > 0.1 {
                punch = max(punch, min(lengthening / 0.8, forward / 1.2))
            }
            if arm[t].y > 0, arm[t].z > 0.05 { overhandThrow = max(overhandThrow, min(lengthening, forward)) }
        }
    }

    private mutating func measureLeg(_ body: BodyMotion, _ side: Side) {
        let (hip, knee, ankle, toe) = (
            body.path(side.hip), body.path(side.knee), body.path(side.ankle), body.path(side.toe)
        )
        let other = body.footHeight(side.other)
        for t in hip.indices {
            let (thigh, shin) = (hip[t] - knee[t], knee[t] - ankle[t])
            let cosine = thigh.normalized.dot(shin.normalized)
            kneeBend[side] = max(kneeBend[side], acos(min(max(cosine, -1), 1)) * 180 / .pi)
            footHeight[side] = max(footHeight[side], toe[t].y - SMPLFoot.toeHeight)
            if other[t] < 0.08, toe[t].z - hip[t].z > 0.25 {
                kick[side] = max(kick[side], ankle[t].y - SMPLFoot.ankleHeight(side))
            }
        }
    }

    private mutating func measureStillness(_ body: BodyMotion) {
        let paths = HumanJoint.allCases.map(body.path)
        let speed = { (path: [Vector3], t: Int) in (path[t] - path[t - 1]).length * body.frameRate }
        let times = 1..<body.frameCount
        jointSpeed = Signal.percentile(
            times.map { t in paths.reduce(0) { $0 + speed($1, t) } / Double(paths.count) }, 0.9)
        wristSpeed =
            Side.both.map { side in Signal.percentile(times.map { speed(paths[side.wrist], $0) }, 0.9) }.max() ?? 0
    }
}

extension MotionMeasurements.Sides {
    fileprivate subscript(side: Side) -> Double {
        get { side == .left ? left : right }
        set { if side == .left { left = newValue } else { right = newValue } }
    }
}

extension MotionMeasurements {
    /// Every number by its name, those of the sides as `name.left` and `name.right`.
    public func named() throws -> [String: Double] {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(self)) as? [String: Any] ?? [:]
        var result: [String: Double] = [:]
        for (name, value) in object {
            if let number = value as? Double { result[name] = number }
            for (side, number) in value as? [String: Double] ?? [:] { result["\(name).\(side)"] = number }
        }
        return result
    }

    static func medians(_ all: [MotionMeasurements]) throws -> [String: Double] {
        let named = try all.map { try $0.named() }
        return Dictionary(
            uniqueKeysWithValues: (named.first ?? [:]).keys.map { key in
                (key, Signal.percentile(named.compactMap { $0[key] }, 0.5))
            })
    }
}
