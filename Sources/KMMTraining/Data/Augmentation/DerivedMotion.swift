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

    /// A step to a side without what it turns: the heading stays as at its start, the path turns back with it.
    ///
    /// Returns nil when it turns by more than `limit` radians, as the feet would then be seen to slide, or goes ahead or back
    /// more than half as far as to the side.
    static func straightened(_ step: HumanClip, limit: Double = 0.45) -> HumanClip? {
        guard let first = step.frames.first, let last = step.frames.last else { return nil }
        guard let from = first.heading, let to = last.heading else { return nil }
        let drift = remainder(to - from, 2 * .pi)
        guard abs(drift) < limit else { return nil }
        var frames = step.frames
        for index in frames.indices.dropFirst() {
            let back = Quaternion(
                angle: -drift * Double(index) / Double(frames.count - 1), axis: Vector3(0, 1, 0))
            let way = back.act(step.frames[index].pelvis - step.frames[index - 1].pelvis)
            frames[index].pelvis.x = frames[index - 1].pelvis.x + way.x
            frames[index].pelvis.z = frames[index - 1].pelvis.z + way.z
            frames[index].rotations[0] = back * frames[index].rotations[0]
        }
        let way = Quaternion(angle: -from, axis: Vector3(0, 1, 0)).act(frames[frames.count - 1].pelvis - first.pelvis)
        guard abs(way.z) < 0.5 * abs(way.x) else { return nil }
        return HumanClip(frameRate: step.frameRate, frames: frames, text: step.text)
    }

    /// A step to a side made again and again until `count` frames are full.
    ///
    /// What follows is the step itself or its mirror image played backwards, which goes to the same side and begins in the
    /// mirrored pose of the step's end: whichever begins nearer to the pose that was reached. Returns nil where both are too
    /// far from it to pass for what follows.
    static func repeated(_ step: HumanClip, count: Int) -> HumanClip? {
        guard step.frames.count > 8 else { return nil }
        let forth = [step.frames, step.frames.map { $0.mirrored() }.reversed()]
        var frames = step.frames
        while frames.count < count {
            let nexts = forth.compactMap { following($0, after: frames) }
            guard let next = nexts.min(by: { $0.gap < $1.gap }) else { return nil }
            frames += next.frames
        }
        return HumanClip(frameRate: step.frameRate, frames: Array(frames.prefix(count)), text: step.text)
    }

    /// The frames turned and moved to where others end, their first poses led over from the last one of those.
    private static func following(
        _ frames: [HumanFrame], after past: [HumanFrame]
    ) -> (
        frames: [HumanFrame], gap: Double
    )? {
        guard let last = past.last, let first = frames.first, let from = first.heading, let to = last.heading else {
            return nil
        }
        let turn = Quaternion(angle: to - from, axis: Vector3(0, 1, 0))
        var placed = frames.map { frame in
            var frame = frame
            let way = turn.act(frame.pelvis - first.pelvis)
            frame.pelvis = Vector3(last.pelvis.x + way.x, frame.pelvis.y, last.pelvis.z + way.z)
            frame.rotations[0] = turn * frame.rotations[0]
            return frame
        }
        let gaps = zip(last.rotations, placed[0].rotations).map { $0 * $1.conjugate }
        let angles = gaps.map { $0.rotationVector.length }
        let drop = last.pelvis.y - placed[0].pelvis.y
        let gap = angles.reduce(0, +) / Double(angles.count)
        guard (angles.max() ?? 0) < 1.1, gap < 0.33, abs(drop) < 0.06 else { return nil }
        let blended = min(12, placed.count)
        for index in 0..<blended {
            let t = Double(index) / Double(blended)
            let left = 1 - t * t * (3 - 2 * t)
            for (joint, gap) in gaps.enumerated() {
                placed[index].rotations[joint] =
                    Quaternion.identity.slerp(to: gap, left) * placed[index].rotations[joint]
            }
            placed[index].pelvis.y += left * drop
        }
        // The first frame is the last one of before.
        return (Array(placed.dropFirst()), gap)
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
