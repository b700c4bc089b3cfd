internal import KMM
internal import ServiceCore
internal import Timeline
internal import Wire

extension MotionPlanner {
    /// Makes the motion of a command from the last moment that can still change, and splices it there.
    func replace(with entry: Command, attempt: Int) async {
        guard !isHeldSince(entry) else { return deferReplacement(entry) }
        // Where the plan can change is known once the player has taken a motion that begins.
        for name in entry.robots { await awaitPlayer(of: name) }
        guard let before = tracks[entry.robot]?.plan, var work = await begin(entry) else { return }
        let start = Clock.monotonic()
        work.placement = .replace(in: 0)
        // New motion parts slowly from the old one, so that it shall have begun a token ago when it is there: then the
        // first frame is seen to differ, and the splice has little to bend. Only after a motion that came too late for
        // any splice the lead is a safe one.
        let token = Double(MotionGenerator.framesPerToken) / MotionGenerator.frameRate
        let lead =
            attempt == 1
            ? max(0, firstMotion.quantile(0.5) - token) : firstMotion.quantile(1) * Double(attempt)
        for name in entry.robots {
            guard var track = tracks[name] else { return }
            track.plan.queue.removeAll()
            track.plan.generated.removeAll()
            track.plan.deferred = nil
            track.plan.following = name == entry.robot ? nil : entry.number
            track.plan.work = name == entry.robot ? work : nil
            if let token = firstChangeableToken(track, lead: lead) { track.plan.trajectory?.rewind(to: token) }
            // A group's motion begins anew on every robot, so no splice of it can come too late.
            track.pending = entry.isGroup ? nil : (work, before, attempt)
            tracks[name] = track
        }
        guard await generate(entry.robot) else {
            undoReplacement(entry.robot)
            if isHeldSince(entry) { deferReplacement(entry) }
            return
        }
        firstMotion.add(Double(Clock.monotonic() - start) / 1e9)
    }

    func undoReplacement(_ robot: String) {
        guard var track = tracks[robot], let pending = track.pending else { return }
        // What was asked for in the meantime still follows.
        let later = track.plan.queue.filter { $0.number > pending.work.command.number }
        track.plan = pending.before
        track.plan.queue += later
        track.pending = nil
        tracks[robot] = track
    }

    private func awaitPlayer(of robot: String) async {
        guard let track = tracks[robot], track.robot.channel.status.hasMotionInFlight else { return }
        let number = track.plan.trajectory?.number
        // A player takes what it was sent with its next tick, at the latest 33 ms from now.
        await track.robot.channel.wait(atMost: .milliseconds(100)) { status in
            !status.hasMotionInFlight || status.changeableTrajectory == number
        }
    }

    /// The first token that can still change when new motion comes `lead` seconds from now; nil when none can.
    func firstChangeableToken(_ track: Track, lead: Double) -> Int? {
        let status = track.robot.channel.status
        // At rest nothing is left to change: new motion goes on from the end.
        guard let trajectory = track.plan.trajectory, status.changeableTrajectory == trajectory.number,
            !status.isIdle
        else { return nil }
        let waypoint = status.changeableWaypoint + lead * MotionGenerator.frameRate
        return max(Int(waypoint) / MotionGenerator.framesPerToken, trajectory.firstToken)
    }

    /// How many of the frames that are about to be appended to a trajectory lie before the splice by now, as the robot has
    /// moved on since they were begun: they are not played.
    func passedFrames(_ track: Track, of trajectory: Plan.Trajectory) -> Int {
        let status = track.robot.channel.status
        guard status.changeableTrajectory == trajectory.number, !status.isIdle else { return 0 }
        // Another frame passes until the player has them.
        let waypoints = status.changeableWaypoint + 1 - Double(trajectory.endToken * MotionGenerator.framesPerToken)
        return max(0, Int(waypoints.rounded()))
    }

    // MARK: Replacements that wait

    /// Whether a robot is held that was told so after the command came: the command's motion does not end the hold, but follows it.
    private func isHeldSince(_ entry: Command) -> Bool {
        entry.robots.contains { name in
            guard let channel = tracks[name]?.robot.channel, let count = entry.holdCounts[name] else { return false }
            return channel.isHeld(since: count)
        }
    }

    private func deferReplacement(_ entry: Command) {
        for name in entry.robots { deferReplacement(entry, on: name) }
    }

    /// What plays goes on until its moment; what waits behind it does not.
    func deferReplacement(_ entry: Command, on name: String) {
        guard var track = tracks[name] else { return }
        track.plan.queue.removeAll()
        if track.plan.isSettling { track.plan.work = nil }
        track.plan.deferred = entry
        if entry.say.moment == .end, var work = track.plan.work, work.clip == nil {
            // The action at hand may be the one that is still being made: it is made to its end, and nothing after it.
            let playing = track.robot.channel.status.tag
            let isOwn = playing.command == UInt64(work.command.number)
            let current = isOwn ? Int(playing.segment) : (work.isFirst ? -1 : work.index)
            if work.index > current {
                track.plan.work = nil
                if !work.isFirst { track.plan.generated.append(work.command) }
            } else {
                work.isCut = current + 1 < work.actions.count
                work.actions = Array(work.actions.prefix(current + 1))
                track.plan.work = work
            }
        }
        tracks[name] = track
    }

    /// Carries out a deferred replacement when its moment lies on the timeline; true when it did.
    func takeUpDeferred(_ name: String) async -> Bool {
        guard let entry = tracks[name]?.plan.deferred, entry.robot == name else { return false }
        guard !isHeldSince(entry) else { return false }
        let isReady = entry.robots.allSatisfy { tracks[$0].map { isMoment(of: entry, on: $0) } ?? false }
        guard isReady, !entry.isGroup || isGroupMoment(of: entry), let track = tracks[name] else { return false }
        if await isExpired(entry) {
            for robot in entry.robots { tracks[robot]?.plan.deferred = nil }
            return true
        }
        let isAtRest = track.robot.channel.status.framesAhead == 0
        guard !entry.isGroup, !isAtRest, let token = momentToken(of: entry, on: track) else {
            // In step, or from rest: the motion begins as soon as it can.
            await replace(with: entry, attempt: 1)
            return true
        }
        guard var work = await begin(entry), var now = tracks[name] else { return true }
        work.placement = .replace(in: secondsAhead(of: token, on: now))
        now.plan.deferred = nil
        now.plan.generated.removeAll()
        now.plan.work = work
        now.plan.trajectory?.rewind(to: token)
        now.pending = (work, track.plan, 1)
        tracks[name] = now
        if await !generate(name) { undoReplacement(name) }
        return true
    }

    private func isMoment(of entry: Command, on track: Track) -> Bool {
        let status = track.robot.channel.status
        if track.pending != nil || status.hasMotionInFlight { return false }
        return status.isIdle || entry.isGroup || momentToken(of: entry, on: track) != nil
    }

    /// Whether it is time to begin for robots that have to begin together, which each of them does anew: as late as leaves
    /// time to make the motion. Of several moments the first robot's landing counts, and the last end.
    private func isGroupMoment(of entry: Command) -> Bool {
        let lead = firstMotion.quantile(0.5) + 0.05
        let waits = entry.robots.map { name -> Double in
            guard let track = tracks[name], !track.robot.channel.status.isIdle else { return 0 }
            // An end that is not planned yet is far.
            return momentToken(of: entry, on: track, lead: 0).map { secondsAhead(of: $0, on: track) } ?? .infinity
        }
        guard entry.say.moment == .end else { return (waits.first ?? 0) <= lead }
        return (waits.max() ?? 0) <= lead
    }

    private func secondsAhead(of token: Int, on track: Track) -> Double {
        let waypoints = Double(token * MotionGenerator.framesPerToken) - track.robot.channel.status.changeableWaypoint
        return max(0, waypoints / MotionGenerator.frameRate)
    }

    /// The token from which the new motion takes over; nil while that is not on the timeline.
    private func momentToken(of entry: Command, on track: Track, lead: Double? = nil) -> Int? {
        guard let trajectory = track.plan.trajectory,
            let earliest = firstChangeableToken(track, lead: lead ?? 1.5 * firstMotion.quantile(0.5))
        else { return nil }
        let later = trajectory.tokens.indices.filter { trajectory.firstToken + $0 >= earliest }
        switch entry.say.moment {
        case .now: return earliest
        case .contact: return later.first { trajectory.tokens[$0].hasLanding }.map { trajectory.firstToken + $0 + 1 }
        case .end:
            let playing = track.robot.channel.status.tag
            let end = trajectory.tokens.lastIndex { $0.tag == playing && $0.endsSegment }
            return end.map { trajectory.firstToken + $0 + 1 }.flatMap { $0 >= earliest ? $0 : nil }
        }
    }
}
