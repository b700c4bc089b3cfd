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
    /// Each robot's motion, token by token, once it was judged.
    var pieces: [String: [(waypoints: [MotionWaypoint], after: Pose)]] = [:]
    /// Share of its depth, and pace, that the motion was given.
    var depth = 1.0
    var pace = 1.0
    /// What it asks of each robot's body.
    var demands: [BodyDemand] = []
}

/// What a motion asks of one robot's body, and what that bears.
private struct BodyDemand {
    var bounds: RobotProfile.Feasibility
    var figures: FeasibilityFigures
}

extension [BodyDemand] {
    /// The bound that is broken most, of any robot: those within which nothing has to be changed.
    fileprivate var amendable: FeasibilityFinding? { worst { $0.bounds.amend.broken(by: $0.figures) } }
    /// The same of those beyond which nothing is played.
    fileprivate var refusable: FeasibilityFinding? { worst { $0.bounds.refuse.broken(by: $0.figures) } }
    /// Less is easier for the body that bears it worst.
    fileprivate var cost: Double { map { $0.bounds.amend.cost(of: $0.figures) }.max() ?? 0 }

    private func worst(_ broken: (BodyDemand) -> FeasibilityFinding?) -> FeasibilityFinding? {
        compactMap(broken).max { $0.load < $1.load }
    }
}

/// Between the generator and the timeline: of several drafts the one is taken that is easiest for the robot's body; where
/// none keeps its bounds the motion is made shallower or slower, and where that does not help it is not played.
extension MotionPlanner {
    private typealias OwnDraft = Draft<Plan.Work, Plan.Trajectory, Source.Stream, Retargeting.State>

    /// Drafts of motion that breaks the body's bounds, for somebody who waits and for nobody.
    private static var mostRedraws: (hurried: Int, patient: Int) { (1, 4) }
    /// How often motion is made shallower or slower, likewise.
    private static var mostAmendments: (hurried: Int, patient: Int) { (2, 5) }
    /// Seconds for which drafts are made of motion that somebody waits for, at once or to begin.
    private static var patience: (hurried: Double, beginning: Double) { (0.06, 0.25) }
    /// Drafts' times that all robots have to have to spare before one is made for choice alone.
    private static var ample: Double { 2 }
    /// A draft as easy as this is taken at once.
    private static var goodCost: Double { 0.5 }

    /// What is taken: tokens, whether the action at hand is over with them, and the robots' motion where it is known.
    typealias Choice = (
        tokens: [PlacedToken<Source.Stream>], isActionOver: Bool,
        pieces: [String: [(waypoints: [MotionWaypoint], after: Retargeting.State)]]
    )

    /// The next tokens of the work.
    ///
    /// - Throws: `InfeasibleMotion` where no version keeps to what the robot's body can do.
    func chosenTokens(
        of work: inout Plan.Work, in trajectory: inout Plan.Trajectory, for track: Track
    ) throws -> Choice {
        var isJudged = false
        if case .text(let made, _) = work.content, !made.isEmpty { isJudged = true }
        guard !isJudged, work.command.robots.contains(where: { tracks[$0]?.tracer != nil }) else {
            let (tokens, isActionOver) = try nextTokens(of: &work, in: &trajectory)
            return (tokens, isActionOver, [:])
        }
        let (firstWork, firstStretch) = (work, trajectory)
        let start = Clock.monotonic()
        var best = try draft(firstWork, firstStretch, variation: 0)
        guard !best.tokens.isEmpty else { return take(best, &work, &trajectory) }
        try judge(&best, after: firstStretch, for: track)
        if !firstWork.isReplacing { draftTimes.add(seconds(since: start)) }
        if isDrawn(firstWork) {
            var number = 0
            while wantsAnother(than: best, number, firstWork, since: start) {
                number += 1
                var other = try draft(firstWork, firstStretch, variation: number)
                try judge(&other, after: firstStretch, for: track)
                if !other.tokens.isEmpty, other.demands.cost < best.demands.cost { best = other }
            }
        }
        best = try amended(best, after: firstStretch, since: start, for: track)
        // What nobody asked for leads to a stand, which is better than none.
        if work.command.number != 0, let finding = best.demands.refusable {
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
        than best: OwnDraft, _ number: Int, _ work: Plan.Work, since start: Int64
    ) -> Bool {
        // With a seed the same motion comes whenever it is asked for.
        let isSeeded = work.isFirst && work.command.say.seed != nil && !work.isReplacing
        if best.demands.amendable != nil {
            let most = work.isReplacing ? Self.mostRedraws.hurried : Self.mostRedraws.patient
            guard number < most else { return false }
            // What cannot be played at all is drawn again in any case.
            return isSeeded || best.demands.refusable != nil || mayTry(work, since: start)
        }
        guard !work.isReplacing, number + 1 < settings.drafts, best.demands.cost > Self.goodCost else { return false }
        // Without a seed it begins soon: the first motion that will do is played, and what follows it is chosen meanwhile.
        return isSeeded || !work.isFirst && !isSomebodyWaiting && hasTime(for: Self.ample * draftTime)
    }

    /// Whether there is time to try for something better: whoever waits does not wait long, and no robot runs dry.
    private func mayTry(_ work: Plan.Work, since start: Int64) -> Bool {
        if work.isReplacing { return seconds(since: start) < Self.patience.hurried }
        if work.isFirst, seconds(since: start) > Self.patience.beginning { return false }
        return hasTime(for: draftTime)
    }

    private func seconds(since start: Int64) -> Double { Double(Clock.monotonic() - start) / 1e9 }

    /// What a draft asks of the robots' bodies, with the depth and pace it is given.
    private func judge(_ draft: inout OwnDraft, after trajectory: Plan.Trajectory, for leader: Track) throws {
        let before = trajectory.now
        draft.tokens = reshaped(draft.tokens, from: before, depth: draft.depth, pace: draft.pace)
        draft.demands = []
        let frames = draft.tokens.map(\.frames)
        for name in draft.work.command.robots {
            guard let track = name == leader.robot.name ? leader : follower(name, of: draft.work.command) else {
                continue
            }
            let own = name == leader.robot.name ? trajectory : track.plan.trajectory
            let now = own?.number == trajectory.number ? own?.now : nil
            let pieces = try track.retargeting.waypoints(for: frames, from: now?.pose ?? track.retargeting.makeState())
            draft.pieces[name] = pieces
            guard let tracer = track.tracer else { continue }
            var trace = now?.trace ?? tracer.makeTrace(step: 1 / MotionGenerator.frameRate)
            let first = max(trace.instants.count - 1, 0)
            for piece in pieces {
                for waypoint in piece.waypoints { tracer.append(waypoint.configuration, to: &trace) }
            }
            let profile = track.robot.profile
            draft.demands.append(
                BodyDemand(
                    bounds: profile.feasibilityBounds,
                    figures: FeasibilityFigures(trace, from: first, standHeight: profile.standPose.rootPosition.z)))
        }
    }

    /// A robot that plays what the leader of a group does.
    private func follower(_ name: String, of command: Command) -> Track? {
        tracks[name].flatMap { $0.plan.following == command.number ? $0 : nil }
    }

    /// The draft, shallower or slower as far as that helps.
    private func amended(
        _ draft: OwnDraft, after trajectory: Plan.Trajectory, since start: Int64, for track: Track
    ) throws -> OwnDraft {
        var (best, depth, pace) = (draft, draft.depth, 1.0)
        let isHurried = draft.work.isReplacing
        for _ in 0..<(isHurried ? Self.mostAmendments.hurried : Self.mostAmendments.patient) {
            guard let finding = best.demands.amendable else { break }
            // What may be played if need be shall still look like what was asked for.
            let mayBePlayed = best.demands.refusable == nil
            let least = mayBePlayed ? 0.56 : 0.3
            let isSeeded = draft.work.command.say.seed != nil && !isHurried
            guard !mayBePlayed || isSeeded || mayTry(draft.work, since: start) else { break }
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
            try judge(&other, after: trajectory, for: track)
            if other.demands.cost < best.demands.cost { best = other }
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
        let count = tokens.count
        return (tokens, isOver, draft.pieces.mapValues { Array($0.prefix(count)) })
    }
}
