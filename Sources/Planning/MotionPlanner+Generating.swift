internal import Geometry
internal import HumanBody
internal import HumanMotion
internal import KMM
internal import Robots
internal import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

/// Motion that was made in one go: for every robot of the work its plan with it, and the edit that brings it to the player.
private struct Batch<Plans> {
    var plans: [String: Plans] = [:]
    var edits: [(robot: String, edit: PlayerEdit, human: HumanPassage)] = []
    /// Whether the command is over with it.
    var endsCommand = false
}

extension MotionPlanner {
    /// Makes the next tokens of the work at hand and hands them to the players. False when nothing came of it.
    func generate(_ name: String) async -> Bool {
        guard let before = lanes[name], var work = before.plan.work else { return false }
        let command = work.command
        let origin = RobotChannel.Origin(command: command.number, isFirst: work.isFirst)
        let placement = work.placement
        var batch: Batch<Lane>
        do {
            batch = try make(&work, for: name)
        } catch MotionGeneratorError.unwanted {
            return false
        } catch {
            giveUpWork(on: name)
            await fail(command, error)
            return false
        }
        if origin.isFirst, await isExpired(command, beginningIn: secondsUntilBegun(placement, on: before)) {
            giveUp(command, placement, on: name)
            return false
        }
        if batch.endsCommand {
            if !work.achieved.isEmpty {
                await report.note(work.achieved, for: command.number)
            }
            if batch.edits.isEmpty {
                batch.plans[name]?.pending = nil
                await report.move(command.number, to: .done, details: .init())
            }
        }
        // The robots of a group take what begins with the same tick.
        let moment = batch.edits.count > 1 && origin.isFirst ? Clock.monotonic() + 10_000_000 : 0
        for (robot, edit, human) in batch.edits {
            let isTaken = batch.plans[robot]?.robot.channel.post(
                edit, from: origin, of: human, era: command.era(of: robot), notBefore: moment)
            if isTaken != true, robot == name { return false }
        }
        for (robot, lane) in batch.plans { lanes[robot] = lane }
        return true
    }

    /// Seconds until the first motion begins: at its moment, or where that of others ends.
    private func secondsUntilBegun(_ placement: Plan.Work.Placement, on lane: Lane) -> Double {
        if case .replace(let wait) = placement { return wait }
        return Double(lane.robot.channel.status.framesAhead) / Double(lane.robot.channel.rate)
    }

    /// Forgets work that came too late; of a replacement its caller knows the plan from before.
    private func giveUp(_ command: Command, _ placement: Plan.Work.Placement, on name: String) {
        if case .replace = placement, !command.isGroup { return }
        for robot in command.robots where lanes[robot]?.plan.following == command.number {
            lanes[robot]?.plan.following = nil
        }
        giveUpWork(on: name)
    }

    /// Drops work that ended; what it would have taken the place of is played after all.
    private func giveUpWork(on name: String) {
        let uncut = lanes[name]?.plan.work?.uncut
        lanes[name]?.plan.work = nil
        if let uncut { lanes[name]?.plan.stretch = uncut }
    }

    /// Makes the next tokens for all robots of the work.
    private func make(_ work: inout Plan.Work, for name: String) throws -> Batch<Lane> {
        var batch = Batch<Lane>()
        guard var leader = lanes[name] else { return batch }
        if work.isCheckingCourse { setCourse(&work, leader) }
        if case .pending = work.content, work.action.goal != nil { work.fix = courseFix(leader) }
        var stretch = stretch(for: work, of: &leader)
        if work.isFirst, case .pending = work.content, let seed = work.command.say.seed {
            source.seed(&stretch.now.stream, with: UInt64(clamping: seed))
        }
        // The moment before an action is also before its prompt: another one may take its place.
        let before = stretch.now
        let (tokens, isActionOver, pieces) = try chosenTokens(of: &work, in: &stretch, for: leader)
        work.isCheckingCourse = isActionOver && checksCourse(work, leader)
        batch.endsCommand = isActionOver && work.isAtLastAction && !work.isCheckingCourse
        let ends = (action: isActionOver && !work.isCheckingCourse, command: batch.endsCommand && !work.isCut)
        guard isWanted(work) else { throw MotionGeneratorError.unwanted }
        if !tokens.isEmpty {
            stretch.isFinished = false
            let (chunk, human) = try append(
                tokens, pieces, to: &stretch, from: before, work: &work, of: leader, ends: ends)
            batch.edits.append((name, edit(chunk, work), human))
            if isActionOver, !work.isCheckingCourse, let goal = work.action.goal {
                work.reach(stretch.now.way.achieved(of: goal, since: work.start ?? before.way), isMeasured: false)
            }
            try followLeader(stretch, from: before, tokens, &work, ends: ends, batch: &batch)
        }
        leader.plan.stretch = stretch
        if batch.endsCommand, work.command.number != 0 { leader.plan.generated.append(work.command) }
        if !batch.edits.isEmpty { (work.isFirst, work.uncut) = (false, nil) }
        if isActionOver, !batch.endsCommand, !work.isCheckingCourse { work.finishAction() }
        leader.plan.work = batch.endsCommand ? nil : work
        batch.plans[name] = leader
        return batch
    }

    /// The same tokens for the other robots of a group.
    private func followLeader(
        _ stretch: Plan.Stretch, from before: Plan.Moment, _ tokens: [PlacedToken<Source.Stream>],
        _ work: inout Plan.Work, ends: (action: Bool, command: Bool), batch: inout Batch<Lane>
    ) throws {
        for name in work.command.robots.dropFirst() {
            guard var follower = lanes[name], follower.plan.following == work.command.number else { continue }
            var own: Plan.Stretch
            if let current = follower.plan.stretch, current.number == stretch.number {
                own = current
            } else {
                own = makeStretch(for: follower, work, number: stretch.number, era: work.command.era(of: name))
            }
            own.isFinished = false
            var start = own.now
            start.stream = before.stream
            start.place = before.place
            let (chunk, human) = try append(tokens, nil, to: &own, from: start, work: &work, of: follower, ends: ends)
            own.now.stream = stretch.now.stream
            own.now.place = stretch.now.place
            follower.plan.stretch = own
            if batch.endsCommand {
                follower.plan.following = nil
                follower.plan.generated.append(work.command)
            }
            batch.plans[name] = follower
            let edit = edit(chunk, work)
            if case .revise = edit {
                batch.edits.append((name, .append(chunk), human))
            } else {
                batch.edits.append((name, edit, human))
            }
        }
    }

    /// The edit that puts a chunk where the work wants it.
    private func edit(_ chunk: MotionChunk, _ work: Plan.Work) -> PlayerEdit {
        guard work.isFirst else { return .append(chunk) }
        return switch work.placement {
        case .append: .append(chunk)
        case .revise: .revise(chunk)
        case .begin, .replace: .replace(chunk)
        }
    }

    /// The endless motion that work is a part of: the one that is planned, or another that begins.
    private func stretch(for work: Plan.Work, of lane: inout Lane) -> Plan.Stretch {
        if let current = lane.plan.stretch, current.era == work.command.era(of: lane.robot.name),
            !work.beginsTrajectory, current.isClip == (work.clip != nil)
        {
            return current
        }
        if !work.isReplacing {
            // What went before is played to its last frame.
            for robot in work.command.robots { finish(robot) }
            lane = lanes[lane.robot.name] ?? lane
        }
        return makeStretch(for: lane, work)
    }

    /// The next tokens of the action at hand, and whether it is over with them.
    func nextTokens(
        of work: inout Plan.Work, in stretch: inout Plan.Stretch
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        if case .pending = work.content { work.content = try content(of: work, in: &stretch) }
        switch work.content {
        case .pending: return ([], true)
        case .clip(let next): return cut(from: next, of: &work, in: stretch)
        case .goal(var pursuit):
            defer { work.content = .goal(pursuit) }
            return try pursue(&pursuit, work, in: &stretch)
        case .text(let made, let isOver): return try stream(made, isOver, of: &work, in: &stretch)
        }
    }

    /// Begins the action at hand.
    private func content(of work: Plan.Work, in stretch: inout Plan.Stretch) throws -> Plan.Work.Content {
        if work.clip != nil { return .clip(next: 0) }
        let action = work.action
        guard var goal = action.goal else {
            try source.begin(action, options: options(work.command.say), in: &stretch.now.stream)
            return .text(made: [], isOver: false)
        }
        let scale = lanes[work.command.robot]?.retargeting.pathScale ?? 1
        goal.distance = goal.distance.map { $0 / scale }
        return .goal(
            GoalPursuit(
                text: action.text, goal: goal, duration: action.duration ?? goal.expectedDuration(pathScale: 1),
                isTimed: action.isTimed, endsStanding: isLastOfAll(work), options: options(work.command.say),
                way: stretch.now.way))
    }

    /// Tokens of a file.
    private func cut(
        from start: Int, of work: inout Plan.Work, in stretch: Plan.Stretch
    ) -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        let clip = work.clip ?? []
        let size = MotionGenerator.framesPerToken
        let end = min(start + size * (work.isReplacing ? settings.hurriedTokens : 8), clip.count)
        let (stream, place) = (stretch.now.stream, stretch.now.place)
        let tokens = Swift.stride(from: start, to: end, by: size).map { start in
            PlacedToken(frames: Array(clip[start..<start + size]), after: stream, place: place)
        }
        work.content = .clip(next: end)
        return (tokens, end == clip.count)
    }

    /// Tokens of the generator.
    private func stream(
        _ made: [PlacedToken<Source.Stream>], _ isOver: Bool, of work: inout Plan.Work, in stretch: inout Plan.Stretch
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        let place = stretch.now.place
        let isHurried = work.isReplacing
        var (placed, isOver) = (made, isOver)
        work.content = .text(made: [], isOver: false)
        if placed.isEmpty {
            let tokens = try source.advance(&stretch.now.stream, isHurried: isHurried) { isWanted(work) }
            placed = tokens.map { PlacedToken(frames: $0.frames.map(place.act), after: $0.after, place: place) }
            isOver = tokens.isEmpty || source.tokensLeft(in: stretch.now.stream) == 0
            if isHurried, placed.count > settings.hurriedTokens {
                // Retargeting takes time too: the first are there sooner without the others.
                work.content = .text(made: Array(placed[settings.hurriedTokens...]), isOver: isOver)
                (placed, isOver) = (Array(placed.prefix(settings.hurriedTokens)), false)
            }
        }
        if let last = placed.last { stretch.now.stream = last.after }
        return (placed, isOver)
    }

    /// A bit of the work on an action that shall lead somewhere; there are tokens only now and then.
    private func pursue(
        _ pursuit: inout GoalPursuit<Source.Stream>, _ work: Plan.Work, in stretch: inout Plan.Stretch
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        let (stream, place) = (stretch.now.stream, stretch.now.place)
        if work.isReplacing {
            let lane = lanes[work.command.robot]
            let known = stretch
            try pursuit.hurry(with: source, from: stream, at: place) { lane.map { passedFrames($0, of: known) } ?? 0 }
        } else {
            try pursuit.work(with: source, from: stream, at: place) { isWanted(work) }
        }
        let tokens = pursuit.take(work.isReplacing ? settings.hurriedTokens : 8)
        if let last = tokens.last { (stretch.now.stream, stretch.now.place) = (last.after, last.place) }
        return (tokens, pursuit.isOver)
    }

    /// Retargets and resamples tokens; keeps, for each, the moment before it. One chunk comes of all of them.
    private func append(
        _ tokens: [PlacedToken<Source.Stream>], _ made: [(knots: [MotionKnot], after: Retargeting.State)]?,
        to stretch: inout Plan.Stretch, from start: Plan.Moment,
        work: inout Plan.Work, of lane: Lane, ends: (action: Bool, command: Bool)
    ) throws -> (MotionChunk, HumanPassage) {
        let tag = MotionTag(command: UInt64(work.command.number), segment: Int32(work.label))
        let firstKnot = start.resampler.knotCount
        var before = start
        var allKnots: [MotionKnot] = []
        var skipped = 0
        let pieces = try made ?? lane.retargeting.knots(for: tokens.map(\.frames), from: start.pose)
        for (index, (token, piece)) in zip(tokens, pieces).enumerated() {
            let isLast = index == tokens.count - 1
            var record = Plan.Token(before: before, tag: tag, endsSegment: isLast && ends.action)
            let landings = before.way.landings
            let knots = rested(piece.knots, &before.trace, on: lane)
            for (frame, knot) in zip(token.frames, knots) {
                if work.start == nil, skipped >= work.passedFrames { work.start = before.way }
                before.way.add(frame, knot, facing: lane.robot.profile.facing)
                skipped += 1
            }
            record.hasLanding = before.way.landings > landings
            record.isBalanced = knots.last?.isBalanced ?? true
            stretch.tokens.append(record)
            allKnots += knots
            (before.pose, before.stream, before.place) = (piece.after, token.after, token.place)
            (before.depth, before.lastFrame) = (token.depth, token.frames.last)
            _ = try before.resampler.append(
                knots, tag: tag, endsSegment: isLast && ends.action, endsCommand: isLast && ends.command)
        }
        let chunk = try stretch.now.resampler.append(
            allKnots, tag: tag, endsSegment: ends.action, endsCommand: ends.command)
        stretch.now.pose = before.pose
        stretch.now.way = before.way
        (stretch.now.trace, stretch.now.depth) = (before.trace, before.depth)
        stretch.now.lastFrame = before.lastFrame
        stretch.endsBalanced = stretch.tokens.last?.isBalanced ?? true
        let passage = HumanPassage(
            stretch: stretch.number, firstKnot: firstKnot, frames: tokens.flatMap(\.frames),
            roots: allKnots.map(\.configuration.rootRotation))
        report.made(passage, allKnots, tag, for: lane.robot.name)
        return (chunk, passage)
    }

    /// Knots that say whether the robot could rest as its own soles stand then.
    private func rested(_ knots: [MotionKnot], _ trace: inout BodyTrace?, on lane: Lane) -> [MotionKnot] {
        guard let tracer = lane.tracer else { return knots }
        var own = trace ?? tracer.makeTrace(step: 1 / MotionGenerator.frameRate)
        let height = lane.robot.profile.standPose.rootPosition.z
        let judged = knots.map { knot in
            tracer.append(knot.configuration, to: &own)
            var knot = knot
            knot.isBalanced = RestingPose(own, own.instants.count - 1, standHeight: height).isHonest
            return knot
        }
        own.keepLast(Self.traceLength)
        trace = own
        return judged
    }

    /// Frames of the past that the body's motion is judged by: longer than any flight.
    private static var traceLength: Int { 36 }
}
