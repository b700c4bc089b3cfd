internal import Geometry
internal import HumanBody
internal import KMM
internal import Robots
internal import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

/// Tokens that may be taken, with all that the planner knows after them.
private struct Draft<Work, Trajectory, Stream: Sendable, Pose: Sendable> {
    var work: Work
    var trajectory: Trajectory
    var tokens: [PlacedToken<Stream>]
    var isActionOver: Bool
    /// The robot's motion, token by token, once it was judged.
    var pieces: [(waypoints: [MotionWaypoint], after: Pose)]?
    /// Share of its depth, and pace, that the motion was given.
    var depth = 1.0
    var pace = 1.0
    var figures = FeasibilityFigures()
}

/// Between the generator and the timeline: of several drafts the one is taken that is easiest for the robot's body; where
/// none keeps its bounds the motion is made shallower or slower, and where that does not help it is not played.
extension MotionPlanner {
    private typealias OwnDraft = Draft<Plan.Work, Plan.Trajectory, Source.Stream, Retargeting.State>

    /// Drafts of motion that breaks the body's bounds, for somebody who waits and for nobody.
    private static var mostRedraws: (hurried: Int, patient: Int) { (1, 4) }
    /// How often motion is made shallower or slower, likewise.
    private static var mostAmendments: (hurried: Int, patient: Int) { (2, 5) }
    /// Seconds of plan ahead, of every robot for which motion is made, under which no other draft is made: of motion that breaks
    /// bounds, and for choice alone.
    private static var slack: (pressing: Double, ample: Double) { (0.3, 0.7) }
    /// A draft as easy as this is taken at once.
    private static var goodCost: Double { 0.5 }

    /// What is taken: tokens, whether the action at hand is over with them, and the leader's motion where it is known.
    typealias Choice = (
        tokens: [PlacedToken<Source.Stream>], isActionOver: Bool,
        pieces: [(waypoints: [MotionWaypoint], after: Retargeting.State)]?
    )

    /// The next tokens of the work.
    ///
    /// - Throws: `InfeasibleMotion` where no version keeps to what the robot's body can do.
    func chosenTokens(
        of work: inout Plan.Work, in trajectory: inout Plan.Trajectory, for track: Track
    ) throws -> Choice {
        var isJudged = false
        if case .text(let made, _) = work.content, !made.isEmpty { isJudged = true }
        guard !isJudged, let tracer = track.tracer else {
            let (tokens, isActionOver) = try nextTokens(of: &work, in: &trajectory)
            return (tokens, isActionOver, nil)
        }
        let bounds = track.robot.profile.feasibilityBounds
        let (firstWork, firstStretch) = (work, trajectory)
        var best = try draft(firstWork, firstStretch, variation: 0)
        guard !best.tokens.isEmpty else { return take(best, &work, &trajectory) }
        try judge(&best, from: firstStretch.now, with: tracer, for: track)
        if isDrawn(firstWork) {
            var number = 0
            while wantsAnother(than: best, number, bounds.amend, firstWork) {
                number += 1
                var other = try draft(firstWork, firstStretch, variation: number)
                try judge(&other, from: firstStretch.now, with: tracer, for: track)
                if !other.tokens.isEmpty, bounds.amend.cost(of: other.figures) < bounds.amend.cost(of: best.figures) {
                    best = other
                }
            }
        }
        best = try amended(best, from: firstStretch.now, bounds, with: tracer, for: track)
        // What nobody asked for leads to a stand, which is better than none.
        if work.command.number != 0, let finding = bounds.refuse.broken(by: best.figures) {
            throw InfeasibleMotion(finding: finding)
        }
        return take(best, &work, &trajectory)
    }

    /// Whether the generator draws the next tokens, so that it could draw others.
    private func isDrawn(_ work: Plan.Work) -> Bool {
        switch work.content {
        case .pending: work.clip == nil && work.action.goal == nil
        case .text(let made, _): made.isEmpty
        case .goal, .clip: false
        }
    }

    private func draft(_ work: Plan.Work, _ trajectory: Plan.Trajectory, variation: Int) throws -> OwnDraft {
        var (work, trajectory) = (work, trajectory)
        if variation > 0 { source.vary(&trajectory.now.stream, by: UInt64(variation)) }
        let (tokens, isActionOver) = try nextTokens(of: &work, in: &trajectory)
        var draft = OwnDraft(work: work, trajectory: trajectory, tokens: tokens, isActionOver: isActionOver)
        if case .text(let made, let isOver) = work.content, !made.isEmpty {
            draft.tokens += made
            draft.isActionOver = isOver
        }
        draft.depth = work.depth
        return draft
    }

    /// Whether another draft is worth its time.
    private func wantsAnother(
        than best: OwnDraft, _ number: Int, _ bounds: RobotProfile.Feasibility.Bounds, _ work: Plan.Work
    ) -> Bool {
        if bounds.broken(by: best.figures) != nil {
            if work.isReplacing { return number < Self.mostRedraws.hurried }
            return number < Self.mostRedraws.patient && (work.isFirst || hasTime(Self.slack.pressing))
        }
        guard !work.isReplacing, number + 1 < settings.drafts, bounds.cost(of: best.figures) > Self.goodCost else {
            return false
        }
        // With a seed the same motion comes whenever it is asked for; without one it begins soon.
        return work.isFirst && work.command.say.seed != nil || hasTime(Self.slack.ample)
    }

    /// Whether every robot for which motion is made has so many seconds of it ahead.
    private func hasTime(_ seconds: Double) -> Bool {
        tracks.values.allSatisfy { track in
            guard track.plan.work != nil || !track.plan.queue.isEmpty else { return true }
            let status = track.robot.channel.status
            return Double(status.framesAhead) > seconds * Double(track.robot.channel.rate)
        }
    }

    /// What a draft asks of the body, with the depth and pace it is given.
    private func judge(
        _ draft: inout OwnDraft, from before: Plan.Moment, with tracer: BodyTracer, for track: Track
    ) throws {
        draft.tokens = reshaped(draft.tokens, from: before, depth: draft.depth, pace: draft.pace)
        var trace = before.trace ?? tracer.makeTrace(step: 1 / MotionGenerator.frameRate)
        let first = max(trace.instants.count - 1, 0)
        let pieces = try track.retargeting.waypoints(for: draft.tokens.map(\.frames), from: before.pose)
        for piece in pieces {
            for waypoint in piece.waypoints { tracer.append(waypoint.configuration, to: &trace) }
        }
        draft.pieces = pieces
        draft.figures = FeasibilityFigures(
            trace, from: first, standHeight: track.robot.profile.standPose.rootPosition.z)
    }

    /// The draft, shallower or slower as far as that helps.
    private func amended(
        _ draft: OwnDraft, from before: Plan.Moment, _ bounds: RobotProfile.Feasibility,
        with tracer: BodyTracer, for track: Track
    ) throws -> OwnDraft {
        var (best, depth, pace) = (draft, draft.depth, 1.0)
        let isHurried = draft.work.isReplacing
        for _ in 0..<(isHurried ? Self.mostAmendments.hurried : Self.mostAmendments.patient) {
            // Nobody comes down sooner for being slow, or shallow.
            guard let finding = bounds.amend.broken(by: best.figures), finding.measure != .flight else { break }
            // What may be played if need be shall still look like what was asked for.
            let least = bounds.refuse.broken(by: best.figures) == nil ? 0.56 : 0.3
            // A length that somebody stated stays.
            if finding.measure.isOfTime, !draft.work.action.isTimed {
                guard pace > least else { return best }
                pace = max(0.75 * pace, least)
            } else {
                guard depth > least else { return best }
                depth = max(0.75 * depth, least)
            }
            var other = draft
            (other.depth, other.pace) = (depth, pace)
            try judge(&other, from: before, with: tracer, for: track)
            if bounds.amend.cost(of: other.figures) < bounds.amend.cost(of: best.figures) { best = other }
        }
        return best
    }

    /// Tokens with another depth and pace; each has whole frames, and the stream that its last one was drawn with.
    private func reshaped(
        _ tokens: [PlacedToken<Source.Stream>], from before: Plan.Moment, depth: Double, pace: Double
    ) -> [PlacedToken<Source.Stream>] {
        guard depth < 1 || before.depth < 1 || pace < 1 else { return tokens }
        let size = MotionGenerator.framesPerToken
        var frames = tokens.flatMap(\.frames)
        frames = Slowing.slow(frames, after: before.lastFrame, pace: pace, size: size)
        frames = Softening.soften(frames, from: before.depth, to: depth)
        let count = frames.count / size
        return (0..<count).map { index in
            let source = tokens[min(max((index + 1) * tokens.count / count, 1), tokens.count) - 1]
            var token = PlacedToken(
                frames: Array(frames[(index * size)..<((index + 1) * size)]), after: source.after, place: source.place)
            token.depth = Softening.share(from: before.depth, to: depth, frame: (index + 1) * size, of: frames.count)
            return token
        }
    }

    /// Hands out a draft's tokens: for somebody who waits the first ones, the others come next.
    private func take(
        _ draft: OwnDraft, _ work: inout Plan.Work, _ trajectory: inout Plan.Trajectory
    ) -> Choice {
        (work, trajectory) = (draft.work, draft.trajectory)
        work.depth = draft.depth
        var (tokens, isOver) = (draft.tokens, draft.isActionOver)
        if case .text = work.content {
            let count = work.isReplacing ? min(settings.hurriedTokens, tokens.count) : tokens.count
            work.content = .text(made: Array(tokens[count...]), isOver: draft.isActionOver)
            if count < tokens.count { isOver = false }
            tokens = Array(tokens[..<count])
        }
        if let last = tokens.last { (trajectory.now.stream, trajectory.now.place) = (last.after, last.place) }
        // Motion is shaped by what follows it, so that a part of it is made anew.
        return (tokens, isOver, tokens.count == draft.tokens.count ? draft.pieces : nil)
    }
}
