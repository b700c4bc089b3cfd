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
    var edits: [(robot: String, edit: PlayerEdit, human: HumanChunk)] = []
    /// Whether the command is over with it.
    var endsCommand = false
}

extension MotionPlanner {
    /// Makes the next tokens of the work at hand and hands them to the players. False when nothing came of it.
    func generate(_ name: String) async -> Bool {
        guard let before = tracks[name], var work = before.plan.work else { return false }
        let command = work.command
        let origin = RobotChannel.Origin(command: command.number, isFirst: work.isFirst)
        let placement = work.placement
        var batch: Batch<Track>
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
                edit, from: origin, of: human, stopCount: command.stopCount(of: robot),
                holdCount: command.holdCounts[robot], notBefore: moment)
            if isTaken != true, robot == name { return false }
        }
        for (robot, track) in batch.plans { tracks[robot] = track }
        return true
    }

    /// Seconds until the first motion begins: at its moment, or where that of others ends.
    private func secondsUntilBegun(_ placement: Plan.Work.Placement, on track: Track) -> Double {
        if case .replace(let wait) = placement { return wait }
        return Double(track.robot.channel.status.framesAhead) / Double(track.robot.channel.rate)
    }

    /// Forgets work that came too late; of a replacement its caller knows the plan from before.
    private func giveUp(_ command: Command, _ placement: Plan.Work.Placement, on name: String) {
        if case .replace = placement, !command.isGroup { return }
        for robot in command.robots where tracks[robot]?.plan.following == command.number {
            tracks[robot]?.plan.following = nil
        }
        giveUpWork(on: name)
    }

    /// Drops work that ended; what it would have taken the place of is played after all.
    private func giveUpWork(on name: String) {
        let uncut = tracks[name]?.plan.work?.uncut
        tracks[name]?.plan.work = nil
        if let uncut { tracks[name]?.plan.trajectory = uncut }
    }

    /// Makes the next tokens for all robots of the work.
    private func make(_ work: inout Plan.Work, for name: String) throws -> Batch<Track> {
        var batch = Batch<Track>()
        guard var leader = tracks[name] else { return batch }
        if work.isCheckingCourse { setCourse(&work, leader) }
        if case .pending = work.content { noteCourse(&work, leader) }
        var trajectory = trajectory(for: work, of: &leader)
        if work.isFirst, case .pending = work.content, let seed = work.command.say.seed {
            source.seed(&trajectory.now.stream, with: UInt64(clamping: seed))
        }
        // The moment before an action is also before its prompt: another one may take its place.
        let before = trajectory.now
        let (tokens, isActionOver, pieces) = try chosenTokens(of: &work, in: &trajectory, for: leader)
        let isStopping = isActionOver && checksCourse(work, leader)
        if isStopping { work.stopForCourse() }
        let isDone = isActionOver && !isStopping
        batch.endsCommand = isDone && work.isAtLastAction
        let ends = (action: isDone, command: batch.endsCommand && !work.isCut)
        guard isWanted(work) else { throw MotionGeneratorError.unwanted }
        if !tokens.isEmpty {
            trajectory.isFinished = false
            let (chunk, human) = try append(
                tokens, pieces[name], to: &trajectory, from: before, work: &work, of: leader, ends: ends)
            batch.edits.append((name, edit(chunk, work), human))
            // What was gone on with is known from the sensors alone.
            if isDone, (work.course?.corrections ?? 0) == 0, let goal = work.action.goal {
                work.reach(trajectory.now.way.achieved(of: goal, since: work.start ?? before.way))
            }
            try followLeader(trajectory, from: before, (tokens, pieces), &work, ends: ends, batch: &batch)
        }
        leader.plan.trajectory = trajectory
        if batch.endsCommand, work.command.number != 0 { leader.plan.generated.append(work.command) }
        if !batch.edits.isEmpty { (work.isFirst, work.uncut) = (false, nil) }
        if isDone, !batch.endsCommand { work.finishAction() }
        leader.plan.work = batch.endsCommand ? nil : work
        batch.plans[name] = leader
        return batch
    }

    /// The same tokens for the other robots of a group.
    private func followLeader(
        _ trajectory: Plan.Trajectory, from before: Plan.Moment,
        _ chosen: (
            tokens: [PlacedToken<Source.Stream>],
            pieces: [String: [(waypoints: [MotionWaypoint], after: Retargeting.State)]]
        ),
        _ work: inout Plan.Work, ends: (action: Bool, command: Bool), batch: inout Batch<Track>
    ) throws {
        for name in work.command.robots.dropFirst() {
            guard var follower = tracks[name], follower.plan.following == work.command.number else { continue }
            var own: Plan.Trajectory
            if let current = follower.plan.trajectory, current.number == trajectory.number {
                own = current
            } else {
                own = makeTrajectory(
                    for: follower, work, number: trajectory.number, stopCount: work.command.stopCount(of: name))
            }
            own.isFinished = false
            var start = own.now
            start.stream = before.stream
            start.place = before.place
            let (chunk, human) = try append(
                chosen.tokens, chosen.pieces[name], to: &own, from: start, work: &work, of: follower, ends: ends)
            own.now.stream = trajectory.now.stream
            own.now.place = trajectory.now.place
            follower.plan.trajectory = own
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
    private func trajectory(for work: Plan.Work, of track: inout Track) -> Plan.Trajectory {
        if let current = track.plan.trajectory, current.stopCount == work.command.stopCount(of: track.robot.name),
            !work.beginsTrajectory, current.isClip == (work.clip != nil)
        {
            return current
        }
        if !work.isReplacing {
            // What went before is played to its last frame.
            for robot in work.command.robots { finish(robot) }
            track = tracks[track.robot.name] ?? track
        }
        return makeTrajectory(for: track, work)
    }

    /// The next tokens of the action at hand, and whether it is over with them.
    func nextTokens(
        of work: inout Plan.Work, in trajectory: inout Plan.Trajectory
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        if case .pending = work.content { work.content = try content(of: work, in: &trajectory) }
        switch work.content {
        case .pending: return ([], true)
        case .clip(let next): return cut(from: next, of: &work, in: trajectory)
        case .goal(var pursuit):
            defer { work.content = .goal(pursuit) }
            return try pursue(&pursuit, work, in: &trajectory)
        case .text(let made, let isOver): return try stream(made, isOver, of: &work, in: &trajectory)
        }
    }

    /// Begins the action at hand.
    private func content(of work: Plan.Work, in trajectory: inout Plan.Trajectory) throws -> Plan.Work.Content {
        if work.clip != nil { return .clip(next: 0) }
        let action = work.isStoppedForCourse ? Self.courseStand : work.action
        guard var goal = action.goal else {
            try source.begin(action, options: options(work.command.say), in: &trajectory.now.stream)
            return .text(made: [], isOver: false)
        }
        let scale = tracks[work.command.robot]?.retargeting.pathScale ?? 1
        goal.distance = goal.distance.map { $0 / scale }
        return .goal(
            GoalPursuit(
                text: action.text, goal: goal, duration: action.duration ?? goal.expectedDuration(pathScale: 1),
                isTimed: action.isTimed, endsStanding: isLastOfAll(work), options: options(work.command.say),
                way: trajectory.now.way))
    }

    /// Tokens of a file.
    private func cut(
        from start: Int, of work: inout Plan.Work, in trajectory: Plan.Trajectory
    ) -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        let clip = work.clip ?? []
        let size = MotionGenerator.framesPerToken
        let end = min(start + size * (work.isReplacing ? settings.hurriedTokens : 8), clip.count)
        let (stream, place) = (trajectory.now.stream, trajectory.now.place)
        let tokens = Swift.stride(from: start, to: end, by: size).map { start in
            PlacedToken(frames: Array(clip[start..<start + size]), after: stream, place: place)
        }
        work.content = .clip(next: end)
        return (tokens, end == clip.count)
    }

    /// Tokens of the generator.
    private func stream(
        _ made: [PlacedToken<Source.Stream>], _ isOver: Bool, of work: inout Plan.Work,
        in trajectory: inout Plan.Trajectory
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        let place = trajectory.now.place
        let isHurried = work.isReplacing
        var (placed, isOver) = (made, isOver)
        work.content = .text(made: [], isOver: false)
        if placed.isEmpty {
            let tokens = try source.advance(&trajectory.now.stream, isHurried: isHurried) { isWanted(work) }
            placed = tokens.map { PlacedToken(frames: $0.frames.map(place.act), after: $0.after, place: place) }
            isOver = tokens.isEmpty || source.tokensLeft(in: trajectory.now.stream) == 0
            if isHurried, placed.count > settings.hurriedTokens {
                // Retargeting takes time too: the first are there sooner without the others.
                work.content = .text(made: Array(placed[settings.hurriedTokens...]), isOver: isOver)
                (placed, isOver) = (Array(placed.prefix(settings.hurriedTokens)), false)
            }
        }
        if let last = placed.last { trajectory.now.stream = last.after }
        return (placed, isOver)
    }

    /// A bit of the work on an action that shall lead somewhere; there are tokens only now and then.
    private func pursue(
        _ pursuit: inout GoalPursuit<Source.Stream>, _ work: Plan.Work, in trajectory: inout Plan.Trajectory
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isActionOver: Bool) {
        let (stream, place) = (trajectory.now.stream, trajectory.now.place)
        if work.isReplacing {
            let track = tracks[work.command.robot]
            let known = trajectory
            try pursuit.hurry(with: source, from: stream, at: place) { track.map { passedFrames($0, of: known) } ?? 0 }
        } else {
            try pursuit.work(with: source, from: stream, at: place) { isWanted(work) }
        }
        let tokens = pursuit.take(work.isReplacing ? settings.hurriedTokens : 8)
        if let last = tokens.last { (trajectory.now.stream, trajectory.now.place) = (last.after, last.place) }
        return (tokens, pursuit.isOver)
    }

    /// Retargets and resamples tokens; keeps, for each, the moment before it. One chunk comes of all of them.
    private func append(
        _ tokens: [PlacedToken<Source.Stream>], _ made: [(waypoints: [MotionWaypoint], after: Retargeting.State)]?,
        to trajectory: inout Plan.Trajectory, from start: Plan.Moment,
        work: inout Plan.Work, of track: Track, ends: (action: Bool, command: Bool)
    ) throws -> (MotionChunk, HumanChunk) {
        let tag = MotionTag(command: UInt64(work.command.number), segment: Int32(work.label))
        let firstWaypoint = start.resampler.waypointCount
        var before = start
        var allWaypoints: [MotionWaypoint] = []
        var skipped = 0
        let pieces = try made ?? track.retargeting.waypoints(for: tokens.map(\.frames), from: start.pose)
        for (index, (token, piece)) in zip(tokens, pieces).enumerated() {
            let isLast = index == tokens.count - 1
            var record = Plan.Token(before: before, tag: tag, endsSegment: isLast && ends.action)
            let landings = before.way.landings
            let waypoints = rested(piece.waypoints, &before.trace, on: track)
            for (frame, waypoint) in zip(token.frames, waypoints) {
                if work.start == nil, skipped >= work.passedFrames { work.start = before.way }
                before.way.add(frame, waypoint, facing: track.robot.profile.facing)
                skipped += 1
            }
            record.hasLanding = before.way.landings > landings
            record.isBalanced = waypoints.last?.isBalanced ?? true
            trajectory.tokens.append(record)
            allWaypoints += waypoints
            (before.pose, before.stream, before.place) = (piece.after, token.after, token.place)
            (before.depth, before.lastFrame) = (token.depth, token.frames.last)
            _ = try before.resampler.append(
                waypoints, tag: tag, endsSegment: isLast && ends.action, endsCommand: isLast && ends.command)
        }
        let chunk = try trajectory.now.resampler.append(
            allWaypoints, tag: tag, endsSegment: ends.action, endsCommand: ends.command)
        trajectory.now.pose = before.pose
        trajectory.now.way = before.way
        (trajectory.now.trace, trajectory.now.depth) = (before.trace, before.depth)
        trajectory.now.lastFrame = before.lastFrame
        trajectory.endsBalanced = trajectory.tokens.last?.isBalanced ?? true
        let humanChunk = HumanChunk(
            trajectory: trajectory.number, firstWaypoint: firstWaypoint, frames: tokens.flatMap(\.frames),
            roots: allWaypoints.map(\.configuration.rootRotation))
        report.made(humanChunk, allWaypoints, tag, for: track.robot.name)
        return (chunk, humanChunk)
    }

    /// Waypoints that say whether the robot could rest as its own soles stand then.
    private func rested(_ waypoints: [MotionWaypoint], _ trace: inout BodyTrace?, on track: Track) -> [MotionWaypoint] {
        guard let tracer = track.tracer else { return waypoints }
        var own = trace ?? tracer.makeTrace(step: 1 / MotionGenerator.frameRate)
        let height = track.robot.profile.standPose.rootPosition.z
        let judged = waypoints.map { waypoint in
            tracer.append(waypoint.configuration, to: &own)
            var waypoint = waypoint
            waypoint.isBalanced = RestingPose(own, own.instants.count - 1, standHeight: height).isHonest
            return waypoint
        }
        own.keepLast(Self.traceLength)
        trace = own
        return judged
    }

    /// Frames of the past that the body's motion is judged by: longer than any flight.
    private static var traceLength: Int { 36 }
}
