import Foundation
import Geometry
import Retargeting
import Robots

/// How far a robot's pelvis turns from the way that it walks: legs that cannot tilt their feet make up for it by waddling.
struct PelvisSway {
    /// Least and greatest angle, radians, left positive.
    let range: ClosedRange<Double>

    /// A person's own is about 12°, rad; more than this is seen as waddling.
    static let greatest = 0.28
    /// m/s: slower than this there is no way to be turned from.
    private static let leastSpeed = 0.2

    /// Measures it; nil when the robot hardly goes anywhere.
    init?(_ motion: RobotMotion, _ profile: RobotProfile) {
        let reach = Int(motion.frameRate / 2)
        guard profile.hasFloatingRoot, motion.frames.count > 2 * reach + 1 else { return nil }
        var angles: [Double] = []
        for index in reach..<motion.frames.count - reach {
            let (before, after) = (motion.frames[index - reach], motion.frames[index + reach])
            let way = after.configuration.rootPosition - before.configuration.rootPosition
            guard hypot(way.x, way.y) > Self.leastSpeed * 2 * Double(reach) / motion.frameRate else { continue }
            let ahead = profile.orientation(ofRoot: motion.frames[index].configuration.rootRotation).act(
                Vector3(1, 0, 0))
            let angle = atan2(ahead.y, ahead.x) - atan2(way.y, way.x)
            angles.append(angle - 2 * .pi * (angle / (2 * .pi)).rounded())
        }
        guard let least = angles.min(), let most = angles.max() else { return nil }
        range = least...most
    }

    /// The larger of both sides, radians.
    var size: Double { max(-range.lowerBound, range.upperBound) }

    /// For people.
    var text: String {
        String(
            format: "pelvis turned %+.0f to %+.0f° from the way", range.lowerBound * 180 / .pi,
            range.upperBound * 180 / .pi)
    }
}
