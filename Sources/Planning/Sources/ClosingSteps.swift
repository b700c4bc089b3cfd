internal import Geometry
internal import Glibc
internal import HumanBody
internal import HumanMotion
internal import KMM

/// Steps with which a person who has come to rest on both feet brings them side by side under the body, facing as the body does.
///
/// A body turns ahead of its feet, and a robot that then comes upright turns back over them: where the feet point is where it ends
/// up. So the feet follow, one after the other, each while the body is over the other one. Trunk and pelvis come upright meanwhile;
/// arms and head stay.
enum ClosingSteps {
    /// What a foot may be off its place under the body without a step: rad, and metres of the human.
    private static let tolerance = (turn: 0.14, place: 0.09)
    /// Most that one step turns a foot, rad.
    private static let longestTurn = 1.1
    /// Distance of an ankle from the middle, and of the pelvis ahead of the ankles, metres of the human.
    private static let stance = (least: 0.09, most: 0.14, ahead: 0.03)
    /// How high a foot is lifted, m, and how much of the way to over the standing foot the body goes.
    private static let (lift, sway) = (0.07, 0.6)
    /// Shares of the length of a leg at which a person stands.
    private static let height = (least: 0.94, most: 0.985)
    /// Frames at 30 a second: onto the standing foot, a step, over to the other foot, to the middle.
    private static let (shift, step, change, end) = (9, 13, 8, 9)
    /// Fastest that the body goes over the floor, metres of the human in a frame.
    private static let pace = 0.023
    /// Fastest that it sinks and rises, metres of the human in a frame.
    private static let bob = 0.015

    /// A foot on the floor: its ankle, and where it points.
    private struct Foot {
        var ankle: Vector3
        var heading: Double
    }

    /// Where both feet come to stand, and which of them step, in this order.
    private struct Goal {
        var heading: Double
        var feet: [Foot]
        var middle: Vector3
        var steps: [Side]
    }

    /// Whether somebody who rests in this frame stands on feet that are not under the body as a stand has them.
    static func areNeeded(after frame: HumanFrame, turns: [Double]? = nil) -> Bool {
        goal(after: frame, turns)?.steps.isEmpty == false
    }

    /// The steps, and no frames where none is needed. `turns` says how far a robot's feet point to the left of its body, rad, which
    /// may have stayed on the floor where a person's turned.
    static func frames(after last: HumanFrame, turns: [Double]? = nil) -> [HumanFrame] {
        guard let goal = goal(after: last, turns), !goal.steps.isEmpty else { return [] }
        let poses = SMPLSkeleton.forwardKinematics(last)
        var spans: [(frames: Int, to: Vector3, foot: Side?)] = []
        var feet = Side.both.map { foot($0, poses) }
        var here = flat(last.pelvis)
        /// The body goes somewhere in so many frames, or in as many more as that takes.
        func go(to place: Vector3, in frames: Int) {
            // The greatest speed of the easing is 15/8 of the mean.
            spans.append((max(frames, Int((1.875 * (place - here).length / pace).rounded(.up))), place, nil))
            here = place
        }
        for (number, side) in goal.steps.enumerated() {
            let standing = feet[side.other.place].ankle + ahead(goal.heading) * stance.ahead
            go(to: flat(goal.middle + (standing - goal.middle) * sway), in: number == 0 ? shift : change)
            spans.append((step, here, side))
            feet[side.place] = goal.feet[side.place]
        }
        go(to: flat(goal.middle), in: end)
        let count = spans.reduce(0) { $0 + $1.frames }
        // Whole tokens.
        let size = MotionGenerator.framesPerToken
        spans[spans.count - 1].frames += (size - count % size) % size
        return walked(spans, to: goal, after: last, poses)
    }

    private static func walked(
        _ spans: [(frames: Int, to: Vector3, foot: Side?)], to goal: Goal, after last: HumanFrame,
        _ poses: [RigidTransform]
    ) -> [HumanFrame] {
        let total = spans.reduce(0) { $0 + $1.frames }
        let upright = turn(goal.heading)
        let before = poses[.pelvis].rotation
        let tall = min(max(last.pelvis.y, standing(height.least)), standing(height.most))
        var frames: [HumanFrame] = []
        var legs: [[(ankle: Vector3, rotation: Quaternion, toe: Quaternion)]] = []
        var from = last.pelvis
        var landed: Set<Side> = []
        for span in spans {
            for number in 1...span.frames {
                let share = ease(Double(number) / Double(span.frames))
                let whole = ease(Double(frames.count + 1) / Double(total))
                var frame = last
                frame.rotations[.pelvis] = before.slerp(to: upright, whole).normalized
                for joint in [HumanJoint.spine1, .spine2, .spine3] {
                    frame.rotations[joint] = last.rotations[joint].slerp(to: .identity, whole).normalized
                }
                let place = from + (span.to - from) * share
                frame.pelvis = Vector3(place.x, last.pelvis.y + (tall - last.pelvis.y) * whole, place.z)
                frame.contacts = FootContacts(leftAnkle: 1, leftToe: 1, rightAnkle: 1, rightToe: 1)
                var ankles: [(ankle: Vector3, rotation: Quaternion, toe: Quaternion)] = []
                for side in Side.both {
                    let (start, end) = (foot(side, poses), goal.feet[side.place])
                    let own = span.foot == side ? share : landed.contains(side) || !goal.steps.contains(side) ? 1 : 0
                    let rise = span.foot == side ? lift * pow(sin(.pi * Double(number) / Double(span.frames)), 2) : 0
                    // A foot that is not flat yet comes down while the body goes over it.
                    let flatness = max(own, ease(min(Double(frames.count + 1) / Double(shift), 1)))
                    let level = turn(start.heading).slerp(to: turn(end.heading), own)
                    let rotation = own > 0 ? level : poses[side.ankle].rotation.slerp(to: level, flatness)
                    let height = poses[side.ankle].translation.y
                    let floor = height + (SMPLFoot.ankleHeight(side) - height) * flatness
                    let way = start.ankle + (end.ankle - start.ankle) * own
                    let toe = last.rotations[side.toe].slerp(to: .identity, flatness)
                    ankles.append((Vector3(way.x, floor + rise, way.z), rotation.normalized, toe.normalized))
                    if span.foot == side, number < span.frames {
                        if side == .left {
                            (frame.contacts.leftAnkle, frame.contacts.leftToe) = (0, 0)
                        } else {
                            (frame.contacts.rightAnkle, frame.contacts.rightToe) = (0, 0)
                        }
                    }
                }
                frame.pelvis.y = min(frame.pelvis.y, reach(frame, ankles.map(\.ankle)))
                frames.append(frame)
                legs.append(ankles)
            }
            from = Vector3(span.to.x, 0, span.to.z)
            if let foot = span.foot { landed.insert(foot) }
        }
        // A body that legs pull down begins to sink before, and rises behind.
        for index in frames.indices.dropFirst() {
            frames[index].pelvis.y = min(frames[index].pelvis.y, frames[index - 1].pelvis.y + bob)
        }
        for index in frames.indices.dropLast().reversed() {
            frames[index].pelvis.y = min(frames[index].pelvis.y, frames[index + 1].pelvis.y + bob)
        }
        for (index, ankles) in legs.enumerated() {
            for side in Side.both {
                let (ankle, rotation, toe) = ankles[side.place]
                set(side, ankle, rotation, in: &frames[index])
                frames[index].rotations[side.toe] = toe
            }
        }
        return zip([last] + frames, frames).map { before, frame in
            var frame = frame
            for joint in frame.rotations.indices {
                frame.rotations[joint] = frame.rotations[joint].aligned(with: before.rotations[joint])
            }
            return frame
        }
    }

    /// Where the feet belong, and which of them have to step to get there.
    private static func goal(after frame: HumanFrame, _ robot: [Double]?) -> Goal? {
        guard let heading = frame.heading else { return nil }
        let poses = SMPLSkeleton.forwardKinematics(frame)
        let feet = Side.both.map { foot($0, poses) }
        guard feet.allSatisfy({ $0.ankle.length.isFinite && $0.heading.isFinite }), frame.pelvis.length.isFinite else {
            return nil
        }
        let (ahead, left) = (ahead(heading), turn(heading).act(Vector3(1, 0, 0)))
        let apart = feet[0].ankle - feet[1].ankle
        let own = feet.map { remainder($0.heading - heading, 2 * .pi) }
        let turns = robot.map { zip(own, $0).map { abs($0) > abs($1) ? $0 : $1 } } ?? own
        let width = min(max(apart.dot(left) / 2, stance.least), stance.most)
        func placed(_ middle: Vector3, keeping: Side?) -> Goal {
            let own = Side.both.map { side in
                side == keeping
                    ? feet[side.place] : Foot(ankle: flat(middle + left * (side.sign * width)), heading: heading)
            }
            return Goal(heading: heading, feet: own, middle: middle + ahead * stance.ahead, steps: [])
        }
        let isAside = abs(apart.dot(ahead)) > tolerance.place || abs(apart.dot(left) / 2 - width) > tolerance.place / 2
        var moving = Side.both.filter { abs(turns[$0.place]) > tolerance.turn }
        // Of two feet that point well but stand apart the one behind comes up.
        if moving.isEmpty, isAside { moving = [apart.dot(ahead) > 0 ? .right : .left] }
        var goal: Goal
        if moving.count == 1, let side = moving.first {
            let stays = feet[side.other.place]
            goal = placed(stays.ankle - left * (side.other.sign * width), keeping: side.other)
        } else {
            goal = placed((feet[0].ankle + feet[1].ankle) / 2, keeping: nil)
        }
        guard turns.allSatisfy({ abs($0) < longestTurn }) else { return goal }
        // The foot on the inner side of the turn opens it.
        goal.steps = moving.count < 2 ? moving : (turns[0] + turns[1] < 0 ? [.left, .right] : [.right, .left])
        return goal
    }

    private static func foot(_ side: Side, _ poses: [RigidTransform]) -> Foot {
        let pose = poses[side.ankle]
        let ahead = pose.rotation.act(Vector3(0, 0, 1))
        return Foot(ankle: flat(pose.translation), heading: atan2(ahead.x, ahead.z))
    }

    /// Puts a foot somewhere and solves the leg.
    private static func set(_ side: Side, _ ankle: Vector3, _ rotation: Quaternion, in frame: inout HumanFrame) {
        let (solver, pelvis) = (LimbSolver.leg(side), frame.rotations[.pelvis])
        let hip = frame.pelvis + pelvis.act(SMPLSkeleton.offsets[side.hip])
        // Knees point between where body and foot do.
        let pole = pelvis.act(Vector3(0, 0, 1)) + rotation.act(Vector3(0, 0, 1))
        let solved = solver.reach(from: hip, to: ankle, pole: pole)
        frame.rotations[side.hip] = (pelvis.conjugate * solved.upper).normalized
        frame.rotations[side.knee] = (solved.upper.conjugate * solved.lower).normalized
        frame.rotations[side.ankle] = (solved.lower.conjugate * rotation).normalized
    }

    /// The highest pelvis from which both legs reach.
    private static func reach(_ frame: HumanFrame, _ ankles: [Vector3]) -> Double {
        zip(Side.both, ankles).map { side, ankle in
            let hip = frame.rotations[.pelvis].act(SMPLSkeleton.offsets[side.hip])
            let way = flat(frame.pelvis + hip - ankle)
            let length = 0.99 * SMPLSkeleton.legLength
            return ankle.y + max(length * length - way.dot(way), 0).squareRoot() - hip.y
        }.min() ?? frame.pelvis.y
    }

    /// Height of the pelvis over legs that are stretched to a share of their length.
    private static func standing(_ share: Double) -> Double {
        SMPLFoot.ankleHeight(.left) + share * SMPLSkeleton.legLength - SMPLSkeleton.hipCentre.y
    }

    private static func turn(_ heading: Double) -> Quaternion { Quaternion(angle: heading, axis: Vector3(0, 1, 0)) }
    private static func ahead(_ heading: Double) -> Vector3 { Vector3(sin(heading), 0, cos(heading)) }
    private static func flat(_ point: Vector3) -> Vector3 { Vector3(point.x, 0, point.z) }
    /// From rest to rest with the least jerk.
    private static func ease(_ t: Double) -> Double { t * t * t * (10 - 15 * t + 6 * t * t) }
}

extension Side {
    /// In a list of left and right.
    fileprivate var place: Int { self == .left ? 0 : 1 }
}
