import Foundation
import Geometry
import HumanBody

/// Feet, knees and steps.
extension Measure {
    static let kneeBend = Measure("bend of the knee", "°") { motion, side in
        side == .left ? motion.numbers.kneeBend.left : motion.numbers.kneeBend.right
    }
    static let thighsLevel = Measure("time with both thighs 55° or more from the vertical", "s") { motion, _ in
        motion.numbers.thighsLevel
    }
    static let footHeight = Measure("height of the foot", "m") { motion, side in
        side == .left ? motion.numbers.footHeight.left : motion.numbers.footHeight.right
    }
    static let kick = Measure("height of the ankle ahead while the other foot stands", "m") { motion, side in
        side == .left ? motion.numbers.kick.left : motion.numbers.kick.right
    }
    static let kicks = Measure("kicks") { motion, side in
        Double(Signal.rises(motion.body.footHeight(side), amplitude: 0.22))
    }
    static let sideKick = Measure("height of the ankle out to its side while the other foot stands", "m") {
        motion, side in
        let other = motion.body.footHeight(side.other)
        let (ankle, hip) = (motion.body.path(side.ankle), motion.body.path(side.hip))
        return ankle.indices.map { t in
            other[t] < 0.08 && side.sign * (ankle[t].x - hip[t].x) > 0.25 ? ankle[t].y - SMPLFoot.ankleHeight(side) : 0
        }.max() ?? 0
    }
    static let backKick = Measure("height of the ankle behind while the other foot stands", "m") { motion, side in
        let other = motion.body.footHeight(side.other)
        let (ankle, hip) = (motion.body.path(side.ankle), motion.body.path(side.hip))
        return ankle.indices.map { t in
            other[t] < 0.08 && hip[t].z - ankle[t].z > 0.3 ? ankle[t].y - SMPLFoot.ankleHeight(side) : 0
        }.max() ?? 0
    }
    /// 0.5 hangs a straight leg's knee half a metre under the hip, 0 is level with it.
    static let kneeUp = Measure("knee lifted towards its hip, metres left", "m") { motion, side in
        zip(motion.body.path(side.hip), motion.body.path(side.knee)).map { $0.y - $1.y }.min() ?? 1
    }
    static let kneeLifts = Measure("times the knee is lifted") { motion, side in
        let lift = zip(motion.body.path(side.hip), motion.body.path(side.knee)).map { $1.y - $0.y }
        return Double(Signal.rises(lift, amplitude: 0.1))
    }
    static let footUpTime = Measure("time of the foot in the air while the other stands", "s") { motion, side in
        motion.body.longest(
            zip(motion.body.footHeight(side), motion.body.footHeight(side.other)).map { $0 > 0.07 && $1 < 0.05 })
    }
    static let freeFootOver = Measure("usual height of the other foot over the hopping one in flight", "m") {
        motion, side in
        let (free, hopping) = (motion.body.footHeight(side.other), motion.body.footHeight(side))
        return Signal.percentile(zip(free, hopping).filter { $0.1 > 0.05 }.map { $0.0 - $0.1 }, 0.5)
    }
    static let hops = Measure("hops on that foot") { motion, side in
        Double(Signal.rises(motion.body.footHeight(side), amplitude: 0.045))
    }
    static let steps = Measure("steps") { motion, _ in
        Side.both.reduce(0) { count, side in
            let foot = Signal.smoothed(
                zip(motion.body.path(side.ankle), motion.body.path(side.toe)).map { ($0.y + $1.y) / 2 }, width: 3)
            return count + Double(Signal.rises(foot, amplitude: 0.03))
        }
    }
    static let strideAhead = Measure("foot ahead of the other while both stand", "m") { motion, side in
        motion.standing { ankles in ankles(side).z - ankles(side.other).z }
    }
    static let stanceWidth = Measure("feet apart to the sides while both stand", "m") { motion, _ in
        motion.standing { ankles in ankles(.left).x - ankles(.right).x }
    }
    static let frontKneeBend = Measure("bend of the knee of the foot that is ahead by 45 cm", "°") { motion, side in
        motion.kneeBend(side) { t in
            motion.body.path(side.ankle)[t].z - motion.body.path(side.other.ankle)[t].z > 0.45
        }
    }
    static let wideKneeBend = Measure("bend of the knee with the feet 55 cm apart to the sides", "°") { motion, side in
        motion.kneeBend(side) { t in
            motion.body.path(.leftAnkle)[t].x - motion.body.path(.rightAnkle)[t].x > 0.55
        }
    }
    static let kneeHeight = Measure("lowest knee", "m") { motion, side in
        motion.body.path(side.knee).map(\.y).min() ?? 1
    }
    static let kneesDownTime = Measure("time with both knees on the floor and the trunk up", "s") { motion, _ in
        motion.body.longest(
            motion.body.heading.indices.map { t in
                max(motion.body.path(.leftKnee)[t].y, motion.body.path(.rightKnee)[t].y) < 0.17
                    && motion.trunkTilt[t] < 50
            })
    }
    static let kneeDownTime = Measure("time with one knee on the floor, the other up", "s") { motion, side in
        let (down, up) = (motion.body.path(side.knee), motion.body.path(side.other.knee))
        return motion.body.longest(zip(down, up).map { $0.y < 0.18 && $1.y > 0.3 })
    }
    static let tiptoeTime = Measure("time with both heels up", "s") { motion, _ in
        motion.body.longest(motion.heelsUp(both: true))
    }
    static let tiptoeShare = Measure("share of time with no heel on the floor") { motion, _ in
        let up = motion.heelsUp(both: true)
        return Double(up.filter { $0 }.count) / Double(max(up.count, 1))
    }
    static let buttKicks = Measure("times the heel goes up behind with the thigh down") { motion, side in
        let lift = zip(motion.body.path(side.ankle), zip(motion.body.path(side.hip), motion.body.path(side.knee))).map {
            $1.0.y - $1.1.y > 0.25 ? $0.y : 0.1
        }
        return Double(Signal.rises(lift, amplitude: 0.2))
    }
    static let elbowToKnee = Measure("nearest distance of an elbow to the other knee", "m") { motion, side in
        zip(motion.body.path(side.elbow), motion.body.path(side.other.knee)).map { ($0 - $1).length }.min() ?? 1
    }
    static let handToFoot = Measure("nearest distance of a hand to a foot", "m") { motion, _ in
        Side.both.flatMap { hand in
            Side.both.flatMap { foot in
                zip(motion.body.hand(hand), motion.body.path(foot.toe)).map { ($0 - $1).length }
            }
        }.min() ?? 1
    }
    static let kneeBendAtReach = Measure("bend of the knees when the hands are lowest", "°") { motion, side in
        let hands = zip(motion.body.hand(.left), motion.body.hand(.right)).map { min($0.y, $1.y) }
        guard let low = hands.indices.min(by: { hands[$0] < hands[$1] }) else { return 0 }
        return motion.kneeBend(side) { $0 == low }
    }
    static let legSwings = Measure("times the straight leg swings ahead and back") { motion, side in
        let swing = zip(motion.body.path(side.ankle), motion.body.path(side.hip)).map { $0.z - $1.z }
        return Double(Signal.rises(swing, amplitude: 0.4))
    }
}

extension ObservedMotion {
    /// The largest value over the frames in which both feet stand.
    fileprivate func standing(_ value: (_ ankles: (Side) -> Vector3) -> Double) -> Double {
        let feet = zip(body.footHeight(.left), body.footHeight(.right)).map { max($0, $1) }
        return feet.indices.filter { feet[$0] < 0.06 }
            .map { t in value { body.path($0.ankle)[t] } }.max() ?? 0
    }

    /// The largest bend of a knee over the frames that are asked for, degrees.
    fileprivate func kneeBend(_ side: Side, where isAsked: (Int) -> Bool) -> Double {
        let (hip, knee, ankle) = (body.path(side.hip), body.path(side.knee), body.path(side.ankle))
        return hip.indices.filter(isAsked).map { t in
            let cosine = (hip[t] - knee[t]).normalized.dot((knee[t] - ankle[t]).normalized)
            return acos(min(max(cosine, -1), 1)) * 180 / .pi
        }.max() ?? 0
    }

    /// Frames in which the heels are 4 cm or more over where they stand, and a toe is on the floor.
    fileprivate func heelsUp(both: Bool) -> [Bool] {
        body.heading.indices.map { t in
            let heels = Side.both.map { body.path($0.ankle)[t].y - SMPLFoot.ankleHeight($0) }
            let toes = Side.both.map { body.path($0.toe)[t].y - SMPLFoot.toeHeight }
            return (heels.min() ?? 0) > 0.04 && (toes.min() ?? 0) < 0.05
        }
    }
}

/// The rhythm of steps.
extension Measure {
    static let cadence = Measure("steps a second", "/s") { motion, side in
        steps.value(motion, side) / (Double(motion.body.frameCount) / motion.body.frameRate)
    }
    static let stepAsymmetry = Measure("time one foot stands longer than the other, as a share") { motion, _ in
        let down = Side.both.map { side in
            Double(motion.body.footHeight(side).filter { $0 < 0.03 }.count) / Double(motion.body.frameCount)
        }
        return abs(down[0] - down[1])
    }
}
