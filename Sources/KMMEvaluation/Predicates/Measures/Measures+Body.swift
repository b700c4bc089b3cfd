import Foundation
import Geometry
import HumanBody

/// Heights, flight, the trunk and stillness.
extension Measure {
    static let footClearance = Measure("both feet off the floor by", "m") { motion, _ in motion.numbers.footClearance }
    static let airTime = Measure("longest time in the air", "s") { motion, _ in motion.numbers.airTime }
    static let rise = Measure("pelvis over its median", "m") { motion, _ in motion.numbers.rise }
    static let flights = Measure("flights") { motion, _ in
        let clearance = zip(motion.body.footHeight(.left), motion.body.footHeight(.right)).map { min($0, $1) }
        return Double(Signal.rises(Signal.smoothed(clearance, width: 3), amplitude: 0.06))
    }
    static let lowestPelvis = Measure("lowest pelvis", "m") { motion, _ in motion.numbers.lowestPelvis }
    static let endPelvis = Measure("pelvis at the end", "m") { motion, _ in
        Signal.mean(motion.body.path(.pelvis).map(\.y).suffix(8))
    }
    static let usualPelvis = Measure("median height of the pelvis", "m") { motion, _ in
        Signal.percentile(motion.body.path(.pelvis).map(\.y), 0.5)
    }
    static let lowTime = Measure("time with the pelvis under 65 cm", "s") { motion, _ in
        motion.body.longest(motion.body.path(.pelvis).map { $0.y < 0.65 })
    }
    static let dips = Measure("times the pelvis goes down and up") { motion, _ in
        // Down by 15 cm: a walk bobs by 5.
        Double(Signal.rises(motion.body.path(.pelvis).map { -$0.y }, amplitude: 0.15))
    }
    static let lowestHead = Measure("lowest head", "m") { motion, _ in motion.numbers.lowestHead }
    static let pitch = Measure("trunk leans forward", "°") { motion, _ in motion.numbers.pitch }
    static let pitchGain = Measure("trunk leans forward more than before", "°") { motion, _ in
        motion.numbers.pitchGain
    }
    static let bends = Measure("times the trunk goes forward and back") { motion, _ in
        Double(Signal.rises(motion.trunkLean.map { $0 }, amplitude: 14))
    }
    static let backLean = Measure("trunk leans back", "°") { motion, _ in
        -(Signal.smoothed(motion.trunkLean, width: 5).min() ?? 0)
    }
    static let sideLean = Measure("trunk leans to that side", "°") { motion, side in
        let lean = motion.trunk.map { side.sign * atan2($0.x, $0.y) * 180 / .pi }
        return Signal.smoothed(lean, width: 5).max() ?? 0
    }
    static let tilt = Measure("trunk away from the vertical", "°") { motion, _ in motion.numbers.tilt }
    static let medianTilt = Measure("usual lean of the trunk", "°") { motion, _ in motion.numbers.medianTilt }
    static let endTilt = Measure("trunk away from the vertical at the end", "°") { motion, _ in
        Signal.mean(motion.trunkTilt.suffix(8))
    }
    static let levelTime = Measure("time with the trunk level", "s") { motion, _ in
        motion.body.longest(motion.trunkTilt.map { $0 > 60 })
    }
    static let trunkRises = Measure("times the trunk comes up from lying") { motion, _ in
        Double(Signal.rises(motion.trunkTilt.map { -$0 }, amplitude: 25))
    }
    static let twist = Measure("shoulders turned to that side against the hips", "°") { motion, side in
        let body = motion.body
        let angles = body.heading.indices.map { t in
            let shoulders = body.path(.leftShoulder)[t] - body.path(.rightShoulder)[t]
            let hips = body.path(.leftHip)[t] - body.path(.rightHip)[t]
            // An axis that points left turns towards back (-z) in a turn to the left.
            let turn = { (axis: Vector3) in atan2(-axis.z, axis.x) }
            return side.sign * remainder(turn(shoulders) - turn(hips), 2 * .pi) * 180 / .pi
        }
        return Signal.smoothed(angles, width: 5).max() ?? 0
    }
    static let chestDips = Measure("times the chest goes down and up near the floor") { motion, _ in
        let chest = zip(motion.body.path(.spine3), motion.trunkTilt).filter { $0.1 > 50 }.map { -$0.0.y }
        return Double(Signal.rises(chest, amplitude: 0.07))
    }
    static let hipCircles = Measure("times the pelvis goes round under the feet") { motion, _ in
        let middle = motion.body.frameCount
        let feet = (0..<middle).map { t in (motion.body.path(.leftAnkle)[t] + motion.body.path(.rightAnkle)[t]) * 0.5 }
        return Double(
            min(
                Signal.rises(feet.map(\.x), amplitude: 0.06), Signal.rises(feet.map(\.z), amplitude: 0.05)))
    }
    static let sways = Measure("times the weight goes from side to side") { motion, _ in
        let feet = (0..<motion.body.frameCount).map { t in
            (motion.body.path(.leftAnkle)[t].x + motion.body.path(.rightAnkle)[t].x) / 2
        }
        return Double(Signal.reversals(feet, amplitude: 0.05))
    }
    static let wristSpeed = Measure("speed of the busier wrist", "m/s") { motion, _ in motion.numbers.wristSpeed }
    static let jointSpeed = Measure("speed of all joints", "m/s") { motion, _ in motion.numbers.jointSpeed }
    static let shoulderRises = Measure("times the shoulders go up") { motion, _ in
        let body = motion.body
        let height = body.heading.indices.map { t in
            (body.path(.leftShoulder)[t].y + body.path(.rightShoulder)[t].y) / 2 - body.path(.spine3)[t].y
        }
        return Double(Signal.rises(Signal.smoothed(height, width: 3), amplitude: 0.018))
    }
    static let shoulderSpan = Measure("shoulders go up and down by", "m") { motion, _ in
        let body = motion.body
        return Signal.range(
            Signal.smoothed(
                body.heading.indices.map { t in
                    (body.path(.leftShoulder)[t].y + body.path(.rightShoulder)[t].y) / 2 - body.path(.spine3)[t].y
                }, width: 3))
    }
}

/// The head, seen from the pelvis.
extension Measure {
    static let headYaw = Measure("face turned to that side", "°") { motion, side in
        (Signal.smoothed(motion.gazeYaw, width: 5).map { side.sign * $0 }.max() ?? 0)
    }
    static let headUp = Measure("face turned up", "°") { motion, _ in
        (Signal.smoothed(motion.gazePitch, width: 5).max() ?? 0)
    }
    static let headUpGain = Measure("face turned up more than usual", "°") { motion, _ in
        (Signal.smoothed(motion.gazePitch, width: 5).max() ?? 0) - Signal.percentile(motion.gazePitch, 0.3)
    }
    static let headDown = Measure("face turned down", "°") { motion, _ in
        -(Signal.smoothed(motion.gazePitch, width: 5).min() ?? 0)
    }
    static let headDownGain = Measure("face turned down more than usual", "°") { motion, _ in
        Signal.percentile(motion.gazePitch, 0.7) - (Signal.smoothed(motion.gazePitch, width: 5).min() ?? 0)
    }
    static let nods = Measure("times the face goes down and up") { motion, _ in
        Double(Signal.rises(Signal.smoothed(motion.gazePitch, width: 3).map { -$0 }, amplitude: 2.5))
    }
    static let headShakes = Measure("times the face turns back from side to side") { motion, _ in
        Double(Signal.reversals(Signal.smoothed(motion.gazeYaw, width: 3), amplitude: 4))
    }
    static let headTilt = Measure("head tilted to that shoulder", "°") { motion, side in
        let tilt = zip(motion.body.crown, motion.trunk).map { crown, trunk in
            side.sign * (atan2(crown.x, crown.y) - atan2(trunk.x, trunk.y)) * 180 / .pi
        }
        return Signal.smoothed(tilt, width: 5).max() ?? 0
    }
}

extension ObservedMotion {
    /// From the pelvis to the neck.
    var trunk: [Vector3] { zip(body.path(.neck), body.path(.pelvis)).map { $0 - $1 } }
    /// Lean of the trunk forward, degrees.
    var trunkLean: [Double] { Signal.smoothed(trunk.map { atan2($0.z, $0.y) * 180 / .pi }, width: 3) }
    /// Lean of the trunk, whatever the direction, degrees.
    var trunkTilt: [Double] { trunk.map { atan2(hypot($0.x, $0.z), $0.y) * 180 / .pi } }
    /// Where the face points, degrees to the left of the pelvis' heading.
    var gazeYaw: [Double] { body.gaze.map { atan2($0.x, $0.z) * 180 / .pi } }
    /// Where the face points, degrees over the horizontal.
    var gazePitch: [Double] { body.gaze.map { atan2($0.y, hypot($0.x, $0.z)) * 180 / .pi } }
}
