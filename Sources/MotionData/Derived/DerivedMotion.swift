import Foundation
import Geometry
import HumanBody
package import HumanMotion

/// New clips made of recorded ones: nothing is invented but the combination.
package enum DerivedMotion {
    /// The clip played at `rate` times its speed, at the same frame rate.
    package static func stretched(_ clip: HumanClip, rate: Double) -> HumanClip {
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
            frames[index].rotations[.pelvis] = back * frames[index].rotations[.pelvis]
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

    /// An action that begins and ends as a person stands: the quiet pose for `before` frames, the action got under way from it
    /// and brought to rest in it, and the pose for `after` frames more.
    ///
    /// What is left of the action begins and ends where its pose is nearest to the quiet one, within half a second of its
    /// ends. Returns nil where it is too far from it even there.
    static func betweenStanding(_ action: HumanClip, _ standing: HumanClip, before: Int, after: Int) -> HumanClip? {
        let start = held(standing, count: before).frames
        let end = held(standing, count: after).frames
        // Played backwards, coming to rest is getting under way.
        guard let begun = underWay(action.frames, from: start), let ended = underWay(begun.reversed(), from: end)
        else { return nil }
        return HumanClip(frameRate: action.frameRate, frames: ended.reversed(), text: action.text)
    }

    private static func underWay(_ frames: [HumanFrame], from past: [HumanFrame]) -> [HumanFrame]? {
        let starts = stride(from: 0, to: min(16, frames.count / 4), by: 2)
        let nexts = starts.compactMap { following(Array(frames.dropFirst($0)), after: past, atRest: true) }
        return nexts.min { $0.gap < $1.gap }.map { past + $0.frames }
    }

    /// The frames turned and moved to where others end, their first poses led over from the last one of those.
    ///
    /// `atRest`: the others end at rest, so that course and turn get under way as the poses do.
    private static func following(
        _ frames: [HumanFrame], after past: [HumanFrame], atRest: Bool = false
    ) -> (
        frames: [HumanFrame], gap: Double
    )? {
        let headings = frames.compactMap(\.heading)
        guard let last = past.last, let first = frames.first, headings.count == frames.count, let to = last.heading
        else { return nil }
        let blended = min(atRest ? 15 : 12, frames.count)
        func left(_ index: Int) -> Double {
            let t = min(Double(index) / Double(blended), 1)
            return 1 - t * t * (3 - 2 * t)
        }
        var placed = frames
        var turn = to - headings[0]
        for index in frames.indices {
            let share = atRest ? 1 - left(index) : 1
            if index > 0 { turn -= (1 - share) * remainder(headings[index] - headings[index - 1], 2 * .pi) }
            let rotation = Quaternion(angle: turn, axis: Vector3(0, 1, 0))
            let way = rotation.act(frames[index].pelvis - frames[max(index - 1, 0)].pelvis) * share
            let from = index == 0 ? last.pelvis : placed[index - 1].pelvis
            placed[index].pelvis = Vector3(from.x + way.x, frames[index].pelvis.y, from.z + way.z)
            placed[index].rotations[.pelvis] = rotation * frames[index].rotations[.pelvis]
        }
        let gaps = zip(last.rotations, placed[0].rotations).map { $0 * $1.conjugate }
        let angles = gaps.map { $0.rotationVector.length }
        let drop = last.pelvis.y - first.pelvis.y
        let gap = angles.reduce(0, +) / Double(angles.count)
        guard (angles.max() ?? 0) < 1.1, gap < 0.33, abs(drop) < 0.06 else { return nil }
        for index in 0..<blended {
            for (joint, gap) in zip(HumanJoint.allCases, gaps) {
                placed[index].rotations[joint] =
                    Quaternion.identity.slerp(to: gap, left(index)) * placed[index].rotations[joint]
            }
            placed[index].pelvis.y += left(index) * drop
        }
        // The first frame is the last one of before.
        return (Array(placed.dropFirst()), gap)
    }

    /// Collars, shoulders, elbows and wrists.
    static let arms: [HumanJoint] = Side.both.flatMap { [$0.collar] + $0.arm.joints }

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
        let chest =
            frame.rotations[.pelvis] * frame.rotations[.spine1] * frame.rotations[.spine2] * frame.rotations[.spine3]
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
