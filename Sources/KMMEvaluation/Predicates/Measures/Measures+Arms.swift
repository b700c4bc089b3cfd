import Foundation
import Geometry
import HumanBody

/// Where the hands are and how often they move.
extension Measure {
    static let handHeight = Measure("wrist over its shoulder", "m") { motion, side in
        motion.body.wristOverShoulder(side).map(\.y).max() ?? 0
    }
    static let bothHands = Measure("both wrists together over their shoulders", "m") { motion, _ in
        motion.numbers.bothHands
    }
    static let lowestHand = Measure("lowest hand over the floor", "m") { motion, side in
        motion.body.hand(side).map(\.y).min() ?? 0
    }
    static let endHand = Measure("hand over the floor at the end", "m") { motion, side in
        Signal.mean(motion.body.hand(side).map(\.y).suffix(8))
    }
    static let handsLowTime = Measure("time with both hands near the floor", "s") { motion, _ in
        motion.body.longest(
            zip(motion.body.hand(.left), motion.body.hand(.right)).map { max($0.y, $1.y) < 0.3 })
    }
    /// Time of an arm that is straight and within 35° of a direction.
    private static func armTime(
        _ words: String, _ direction: @escaping @Sendable (Side) -> Vector3
    ) -> Measure {
        Measure("time of the arm \(words)", "s") { motion, side in
            motion.body.longest(motion.armAligned(side, with: direction(side)))
        }
    }
    static let armAheadTime = armTime("straight ahead") { _ in Vector3(0, 0, 1) }
    static let armOutTime = armTime("straight out to its side") { Vector3($0.sign, 0, 0) }
    static let armUpTime = armTime("straight up") { _ in Vector3(0, 1, 0) }
    static let armDownAheadTime = armTime("straight down ahead") { _ in Vector3(0, -1, 0.7) }
    static let armsOutTime = Measure("time of both arms straight out to their sides", "s") { motion, _ in
        motion.body.longest(
            zip(
                motion.armAligned(.left, with: Vector3(1, 0, 0)), motion.armAligned(.right, with: Vector3(-1, 0, 0))
            ).map { $0 && $1 })
    }
    static let armsAheadTime = Measure("time of both arms straight ahead", "s") { motion, _ in
        motion.body.longest(
            zip(motion.armAligned(.left, with: Vector3(0, 0, 1)), motion.armAligned(.right, with: Vector3(0, 0, 1)))
                .map { $0 && $1 })
    }
    /// Of either hand, as both may point.
    static let handToSide = Measure("a hand to that side of the body, over the waist", "m") { motion, side in
        let reaches = Side.both.flatMap { arm in
            zip(motion.body.hand(arm), motion.body.path(.pelvis)).map { hand, pelvis in
                hand.y > pelvis.y - 0.05 ? side.sign * hand.x : 0
            }
        }
        return reaches.max() ?? 0
    }
    static let handAhead = Measure("wrist ahead of its shoulder", "m") { motion, side in
        motion.body.wristOverShoulder(side).map(\.z).max() ?? 0
    }
    static let handBehind = Measure("wrist behind its shoulder", "m") { motion, side in
        -(motion.body.wristOverShoulder(side).map(\.z).min() ?? 0)
    }
    /// The arm held out ahead between the waist and the shoulder: a hand to take.
    static let handOfferedTime = Measure("time of a hand held out between waist and shoulder", "s") { motion, side in
        motion.body.longest(
            motion.body.wristOverShoulder(side).map { $0.z > 0.25 && $0.y < -0.05 && $0.y > -0.45 && abs($0.x) < 0.3 })
    }
    static let palmOutTime = Measure("time of a hand held up ahead", "s") { motion, side in
        motion.body.longest(motion.body.wristOverShoulder(side).map { $0.z > 0.15 && $0.y > -0.25 && $0.length > 0.25 })
    }
    static let waves = Measure("turns of the raised wrist") { motion, side in
        side == .left ? motion.numbers.waves.left : motion.numbers.waves.right
    }
    static let raises = Measure("times the wrist goes up") { motion, side in
        Double(Signal.rises(motion.body.wristOverShoulder(side).map(\.y), amplitude: 0.25))
    }
    static let strokes = Measure("turns of the wrist, whatever its height") { motion, side in
        let arm = motion.body.wristOverShoulder(side)
        return Double(
            [\Vector3.x, \.y, \.z].map { axis in
                Signal.reversals(Signal.smoothed(arm.map { $0[keyPath: axis] }, width: 3), amplitude: 0.05)
            }.max() ?? 0)
    }
    static let smallStrokes = Measure("small turns of the hand") { motion, side in
        let arm = zip(motion.body.hand(side), motion.body.path(.spine3)).map { $0 - $1 }
        return Double(
            [\Vector3.x, \.y, \.z].map { axis in
                Signal.reversals(Signal.smoothed(arm.map { $0[keyPath: axis] }, width: 3), amplitude: 0.02)
            }.max() ?? 0)
    }
    static let verticalStrokes = Measure("turns of the wrist up and down") { motion, side in
        Double(
            Signal.reversals(
                Signal.smoothed(motion.body.wristOverShoulder(side).map(\.y), width: 3), amplitude: 0.04))
    }
    static let thrusts = Measure("times the wrist goes ahead and back") { motion, side in
        Double(Signal.rises(motion.body.wristOverShoulder(side).map(\.z), amplitude: 0.18))
    }
    /// Whole turns of the arm around the shoulder, seen from the side.
    static let armCircles = Measure("circles of the arm around its shoulder") { motion, side in
        abs(motion.armAngle(side)) / (2 * .pi)
    }
    static let backwardCircles = Measure("circles of the arm, up ahead and down behind it") { motion, side in
        motion.armAngle(side) / (2 * .pi)
    }
    static let handsGap = Measure("nearest distance of the hands", "m") { motion, _ in motion.handsGap.min() ?? 1 }
    static let handsTogetherTime = Measure("time of the hands together before the body", "s") { motion, _ in
        motion.body.longest(
            zip(motion.handsGap, motion.handsMiddle).map { $0 < 0.18 && $1.z > 0.1 })
    }
    static let claps = Measure("times the hands meet") { motion, _ in
        let gap = Signal.smoothed(motion.handsGap, width: 3)
        guard gap.min() ?? 1 < 0.22 else { return 0 }
        // What lies more than a forearm apart is one place: only the meeting counts.
        return Double(Signal.rises(gap.map { -min($0, 0.35) }, amplitude: 0.05))
    }
    static let highClaps = Measure("times the hands meet over the head") { motion, _ in
        let gap = Signal.smoothed(motion.handsGap, width: 3)
        let high = zip(gap, zip(motion.handsMiddle, motion.body.path(.head))).map { gap, place in
            place.0.y > place.1.y ? gap : 0.35
        }
        guard high.min() ?? 1 < 0.25 else { return 0 }
        return Double(Signal.rises(high.map { -min($0, 0.35) }, amplitude: 0.05))
    }
    static let punch = Measure("thrust of the nearer arm, as a share of a punch") { motion, side in
        motion.thrustSpeed(side).max() ?? 0
    }
    static let punches = Measure("punches") { motion, side in
        Double(Signal.runs(motion.thrustSpeed(side).map { $0 > 0.8 }).count)
    }
    static let uppercut = Measure("speed of the fist up ahead", "m/s") { motion, side in
        let arm = motion.body.wristOverShoulder(side)
        let height = Signal.smoothed(arm.map(\.y), width: 3)
        return (1..<arm.count).map { t in
            arm[t].z > 0.1 && arm[t].y > -0.35 ? (height[t] - height[t - 1]) * motion.body.frameRate : 0
        }.max() ?? 0
    }
    static let throwing = Measure("overhand thrust", "m/s") { motion, _ in motion.numbers.overhandThrow }
    static let wristPeak = Measure("fastest wrist", "m/s") { motion, side in
        let arm = motion.body.wristOverShoulder(side)
        return Signal.smoothed(
            (1..<arm.count).map { (arm[$0] - arm[$0 - 1]).length * motion.body.frameRate }, width: 3
        ).max() ?? 0
    }
    static let swings = Measure("times both hands go across the body together") { motion, _ in
        Double(Signal.reversals(Signal.smoothed(motion.handsMiddle.map(\.x), width: 3), amplitude: 0.2))
    }
}

/// Hands that touch a part of the body. Times are of the nearer of wrist and palm.
extension Measure {
    /// Longest time that a hand is within `distance` of a place that moves with the body.
    static func handNear(
        _ words: String, within distance: Double, _ place: @escaping @Sendable (BodyMotion, Side, Int) -> Vector3
    ) -> Measure {
        Measure("time of a hand near \(words)", "s") { motion, side in
            let (hand, wrist) = (motion.body.hand(side), motion.body.path(side.wrist))
            return motion.body.longest(
                hand.indices.map { t in
                    let target = place(motion.body, side, t)
                    return min((hand[t] - target).length, (wrist[t] - target).length) < distance
                })
        }
    }

    /// Longest time that both hands are there at once.
    static func handsNear(
        _ words: String, within distance: Double, _ place: @escaping @Sendable (BodyMotion, Side, Int) -> Vector3
    ) -> Measure {
        Measure("time of both hands near \(words)", "s") { motion, _ in
            let near = Side.both.map { side in
                let (hand, wrist) = (motion.body.hand(side), motion.body.path(side.wrist))
                return hand.indices.map { t in
                    let target = place(motion.body, side, t)
                    return min((hand[t] - target).length, (wrist[t] - target).length) < distance
                }
            }
            return motion.body.longest(zip(near[0], near[1]).map { $0 && $1 })
        }
    }

    static func face(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(.head)[t] + body.crown[t] * 0.05 + body.gaze[t] * 0.12
    }
    static func forehead(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(.head)[t] + body.crown[t] * 0.13 + body.gaze[t] * 0.1
    }
    static func ear(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        let left = body.crown[t].cross(body.gaze[t])
        return body.path(.head)[t] + body.crown[t] * 0.07 + left * (side.sign * 0.09)
    }
    static func top(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(.head)[t] + body.crown[t] * 0.2
    }
    static func nape(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(.head)[t] + body.crown[t] * 0.05 - body.gaze[t] * 0.12
    }
    static func chest(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(.spine3)[t] + Vector3(0, 0.08, 0.13)
    }
    static func belly(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(.spine1)[t] + Vector3(0, 0.02, 0.16)
    }
    static func hipSide(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(side.hip)[t] + Vector3(side.sign * 0.12, 0.1, 0)
    }
    static func back(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(.pelvis)[t] + Vector3(0, 0.08, -0.16)
    }
    static func otherShoulder(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(side.other.shoulder)[t]
    }
    static func otherElbow(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 {
        body.path(side.other.elbow)[t]
    }
    static func kneeOf(_ body: BodyMotion, _ side: Side, _ t: Int) -> Vector3 { body.path(side.knee)[t] }

    static let onFace = handNear("the face", within: 0.18, face)
    static let onForehead = handNear("the forehead", within: 0.2, forehead)
    static let onEar = handNear("the ear", within: 0.17, ear)
    static let onHead = handNear("the top of the head", within: 0.24, top)
    static let onNape = handNear("the back of the head", within: 0.24, nape)
    static let onChest = handNear("the chest", within: 0.25, chest)
    static let onBelly = handNear("the belly", within: 0.18, belly)
    static let onHip = handNear("the hip", within: 0.18, hipSide)
    static let onBack = handNear("the small of the back", within: 0.22, back)
    static let onOtherShoulder = handNear("the other shoulder", within: 0.28, otherShoulder)
    static let onOtherElbow = handNear("the other elbow", within: 0.2, otherElbow)
    static let onKnee = handNear("the knee", within: 0.22, kneeOf)
    static let handsOnFace = handsNear("the face", within: 0.2, face)
    static let handsOnEars = handsNear("the ears", within: 0.2, ear)
    static let handsOnHead = handsNear("the top of the head", within: 0.26, top)
    static let handsOnNape = handsNear("the back of the head", within: 0.26, nape)
    static let handsOnHips = handsNear("the hips", within: 0.2, hipSide)
    static let handsBehindBack = handsNear("the small of the back", within: 0.24, back)
    static let handsOnChest = handsNear("the chest", within: 0.24, chest)
    static let armsCrossed = handsNear("the other elbow", within: 0.22, otherElbow)
    static let handsOnOtherShoulders = handsNear("the other shoulder", within: 0.26, otherShoulder)
    static let handsOnKnees = handsNear("the knees", within: 0.25, kneeOf)
}

extension ObservedMotion {
    /// Distance between both palms, metres.
    var handsGap: [Double] { zip(body.hand(.left), body.hand(.right)).map { ($0 - $1).length } }
    /// Middle between both palms.
    var handsMiddle: [Vector3] { zip(body.hand(.left), body.hand(.right)).map { ($0 + $1) * 0.5 } }

    /// Frames in which an arm is nearly straight and within 35° of a direction.
    func armAligned(_ side: Side, with direction: Vector3) -> [Bool] {
        body.wristOverShoulder(side).map { arm in
            arm.length > 0.4 && arm.normalized.dot(direction.normalized) > 0.82
        }
    }

    /// Turn of the arm around the shoulder's axis, radians, positive up ahead and down behind; small circles left out.
    func armAngle(_ side: Side) -> Double {
        var sum = 0.0
        var before: Double?
        for arm in body.wristOverShoulder(side) where hypot(arm.y, arm.z) > 0.2 {
            let angle = atan2(arm.y, -arm.z)
            if let before { sum -= remainder(angle - before, 2 * .pi) }
            before = angle
        }
        return sum
    }

    /// How much of a punch each frame is: the lesser of the arm's lengthening over 0.8 m/s and the wrist's way over 1.2.
    func thrustSpeed(_ side: Side) -> [Double] {
        let arm = body.wristOverShoulder(side)
        let length = Signal.smoothed(arm.map(\.length), width: 3)
        let ahead = Signal.smoothed(zip(body.path(side.wrist), body.path(.pelvis)).map { $0.z - $1.z }, width: 3)
        return [0]
            + (1..<arm.count).map { t in
                guard abs(arm[t].y) < 0.3, arm[t].z > 0.1 else { return 0 }
                return min(
                    (length[t] - length[t - 1]) * body.frameRate / 0.8, (ahead[t] - ahead[t - 1]) * body.frameRate / 1.2
                )
            }
    }
}

/// Both arms in one rhythm.
extension Measure {
    static let raisesTogether = Measure("times both wrists go up together") { motion, _ in
        let lower = zip(motion.body.wristOverShoulder(.left), motion.body.wristOverShoulder(.right)).map {
            min($0.y, $1.y)
        }
        return Double(Signal.rises(lower, amplitude: 0.3))
    }
}

/// Hands at work.
extension Measure {
    static let waveCycles = Measure("waves to and fro") { motion, side in (waves.value(motion, side) / 2).rounded() }
    static let handToOwnSide = Measure("hand out to its own side", "m") { motion, side in
        zip(motion.body.hand(side), motion.body.path(.pelvis)).map { hand, pelvis in
            hand.y > pelvis.y - 0.1 ? side.sign * hand.x : 0
        }.max() ?? 0
    }
    static let handsGapUsual = Measure("usual distance of the hands", "m") { motion, _ in
        Signal.percentile(motion.handsGap, 0.5)
    }
    static let handsHeldAhead = Measure("time of both hands held ahead of the trunk", "s") { motion, _ in
        motion.body.longest(
            zip(zip(motion.body.hand(.left), motion.body.hand(.right)), motion.body.path(.pelvis)).map {
                hands, pelvis in
                min(hands.0.z, hands.1.z) > 0.15 && min(hands.0.y, hands.1.y) > pelvis.y - 0.1
                    && max(hands.0.y, hands.1.y) < pelvis.y + 0.55
            })
    }
    static let handsBeforeFace = Measure("time of both fists raised before the chest", "s") { motion, _ in
        let arms = zip(motion.body.wristOverShoulder(.left), motion.body.wristOverShoulder(.right))
        return motion.body.longest(
            arms.map { min($0.y, $1.y) > -0.25 && min($0.z, $1.z) > 0.05 && max($0.length, $1.length) < 0.47 })
    }
    static let forwardThrow = Measure("speed of the wrist ahead from behind the shoulder", "m/s") { motion, side in
        let arm = motion.body.wristOverShoulder(side)
        let ahead = Signal.smoothed(arm.map(\.z), width: 3)
        return (1..<arm.count).map { t in
            arm[max(t - 10, 0)].z < 0.05 && arm[t].y > -0.45 ? (ahead[t] - ahead[t - 1]) * motion.body.frameRate : 0
        }.max() ?? 0
    }
}

/// Elbows.
extension Measure {
    /// A straight arm is half a metre long from shoulder to wrist.
    static let armBend = Measure("arm shorter than straight, usually", "m") { motion, side in
        0.5 - Signal.percentile(motion.body.wristOverShoulder(side).map(\.length), 0.3)
    }
    static let elbowFlaps = Measure("times both elbows go up and down") { motion, _ in
        let lower = zip(
            zip(motion.body.path(.leftElbow), motion.body.path(.leftShoulder)),
            zip(motion.body.path(.rightElbow), motion.body.path(.rightShoulder))
        ).map { min($0.0.y - $0.1.y, $1.0.y - $1.1.y) }
        return Double(Signal.rises(Signal.smoothed(lower, width: 3), amplitude: 0.06))
    }
    static let pointDownTime = Measure("time of the arm held down and ahead", "s") { motion, side in
        motion.body.longest(
            motion.body.wristOverShoulder(side).map { $0.length > 0.35 && $0.z > 0.2 && $0.y < -0.15 })
    }
}
