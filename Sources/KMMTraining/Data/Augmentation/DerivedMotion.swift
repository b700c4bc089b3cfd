import Foundation
import Geometry
import HumanMotion

/// New clips made of recorded ones: nothing is invented but the combination.
enum DerivedMotion {
    /// The clip played at `rate` times its speed, at the same frame rate.
    static func stretched(_ clip: HumanClip, rate: Double) -> HumanClip {
        var fast = clip
        fast.frameRate = clip.frameRate * rate
        return fast.resampled(to: clip.frameRate)
    }

    /// The clip played backwards: an even walk forward becomes a walk backwards, whose joints follow nearly the reversed
    /// courses in people as well (D. A. Winter et al., "Backward walking: a simple reversal of forward walking?", 1989).
    static func reversed(_ clip: HumanClip) -> HumanClip {
        HumanClip(frameRate: clip.frameRate, frames: clip.frames.reversed(), text: clip.text)
    }

    /// A quiet stretch played to and fro until `count` frames are full.
    static func held(_ clip: HumanClip, count: Int) -> HumanClip {
        let last = clip.frames.count - 1
        let frames = (0..<count).map { index in
            let phase = index % (2 * max(last, 1))
            return clip.frames[min(phase <= last ? phase : 2 * last - phase, last)]
        }
        return HumanClip(frameRate: clip.frameRate, frames: frames, text: clip.text)
    }

    /// Collars, shoulders, elbows and wrists.
    static let arms = [13, 14, 16, 17, 18, 19, 20, 21]

    /// Legs, trunk and course of one clip with the arms of another, as long as the shorter of both; nil where the bodies
    /// stand too differently for the arms to mean the same.
    static func composed(legs: HumanClip, arms: HumanClip) -> HumanClip? {
        let count = min(legs.frames.count, arms.frames.count)
        guard count >= 30 else { return nil }
        for clip in [legs, arms] {
            let tilts = clip.frames.prefix(count).map(tilt)
            guard tilts.reduce(0, +) / Double(count) < 0.35 else { return nil }
        }
        let heights = [legs, arms].map { $0.frames.prefix(count).reduce(0) { $0 + $1.pelvis.y } / Double(count) }
        guard abs(heights[0] - heights[1]) < 0.12 else { return nil }
        let frames = zip(legs.frames, arms.frames).map { leg, arm in
            var frame = leg
            for joint in Self.arms { frame.rotations[joint] = arm.rotations[joint] }
            return frame
        }
        return HumanClip(frameRate: legs.frameRate, frames: frames, text: legs.text)
    }

    /// Angle of the chest from the vertical, radians.
    private static func tilt(_ frame: HumanFrame) -> Double {
        let chest = frame.rotations[0] * frame.rotations[3] * frame.rotations[6] * frame.rotations[9]
        return acos(min(max(chest.act(Vector3(0, 1, 0)).y, -1), 1))
    }

    /// Both sentences as one: "a person walks forward while waving the left hand"; nil unless both tell of one person.
    static func composedText(legs: String, arms: String) -> String? {
        guard let first = CaptionVariants.predicate(of: legs), let second = CaptionVariants.predicate(of: arms),
            let gerund = CaptionVariants.progressive(CaptionVariants.withoutManner(second))
        else { return nil }
        return "a person \(first) while \(gerund)"
    }
}
