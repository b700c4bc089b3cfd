import Foundation
import Geometry
import HumanBody

/// Where the body goes and how it turns.
extension Measure {
    static let forwardTravel = Measure("way forward", "m") { motion, _ in motion.numbers.forwardTravel }
    static let backwardTravel = Measure("way backward", "m") { motion, _ in -motion.numbers.forwardTravel }
    static let forwardSpeed = Measure("speed forward, fastest second", "m/s") { motion, _ in
        motion.numbers.forwardSpeed
    }
    static let backwardSpeed = Measure("speed backward, fastest second", "m/s") { motion, _ in
        motion.numbers.backwardSpeed
    }
    static let fastestSecond = Measure("speed, fastest second", "m/s") { motion, _ in motion.numbers.fastestSecond }
    static let usualSpeed = Measure("usual speed", "m/s") { motion, _ in motion.numbers.usualSpeed }
    static let sidewaysTravel = Measure("way to that side", "m") { motion, side in
        side.sign * motion.numbers.leftTravel
    }
    /// What the way sideways has over the way forward or back.
    static let sidewaysExcess = Measure("way to that side over that ahead or back", "m") { motion, side in
        side.sign * motion.numbers.leftTravel - abs(motion.numbers.forwardTravel)
    }
    static let endAhead = Measure("place at the end, ahead of the start", "m") { motion, _ in
        motion.body.place.last?.z ?? 0
    }
    static let endSideways = Measure("place at the end, to that side of the start", "m") { motion, side in
        side.sign * (motion.body.place.last?.x ?? 0)
    }
    static let reach = Measure("farthest from the start", "m") { motion, _ in
        motion.body.place.map(\.length).max() ?? 0
    }
    static let endDistance = Measure("distance from the start at the end", "m") { motion, _ in
        motion.body.place.last?.length ?? 0
    }
    static let pathLength = Measure("length of the way", "m") { motion, _ in
        let step = 1 / motion.body.frameRate
        let (x, z) = (motion.body.velocity.map(\.x), motion.body.velocity.map(\.z))
        // Half a second of smoothing takes the sway of the pelvis away.
        return zip(Signal.smoothed(x, width: 15), Signal.smoothed(z, width: 15)).reduce(0) { $0 + hypot($1.0, $1.1) }
            * step
    }
    static let turn = Measure("turn to that side at the end", "°") { motion, side in side.sign * motion.numbers.turn }
    static let farthestTurn = Measure("farthest turn to that side", "°") { motion, side in
        side == .left ? motion.numbers.leftmostTurn : motion.numbers.rightmostTurn
    }
    static let headingSpan = Measure("span of all headings", "°") { motion, _ in
        motion.numbers.leftmostTurn + motion.numbers.rightmostTurn
    }
    static let courseChanges = Measure("bends of the way to the other side") { motion, _ in
        let place = motion.body.place
        // The course over half a second, unwrapped, smoothed over a stride.
        var course: [Double] = []
        for t in stride(from: 15, to: place.count, by: 1) {
            let step = place[t] - place[t - 15]
            guard step.length > 0.15 else { continue }
            let angle = atan2(step.x, step.z)
            let before = course.last ?? angle
            course.append(before + remainder(angle - before, 2 * .pi))
        }
        return Double(Signal.reversals(Signal.smoothed(course, width: 15), amplitude: 0.35))
    }
}

/// Whole turns, and going with the arms.
extension Measure {
    static let fullTurns = Measure("whole turns to that side") { motion, side in
        (side.sign * motion.numbers.turn / 360).rounded()
    }
}

extension Measure {
    static let returnShare = Measure("distance from the start at the end, as a share of the farthest") { motion, _ in
        let distances = motion.body.place.map(\.length)
        return (distances.last ?? 0) / max(distances.max() ?? 0, 0.01)
    }
}
