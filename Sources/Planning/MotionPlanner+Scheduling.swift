internal import KMM
internal import ServiceCore
internal import Timeline

extension MotionPlanner {
    /// Does the next piece of work for a robot; false when there is none for now.
    func advance(_ name: String) async -> Bool {
        await takeUpReload(name)
        guard let track = tracks[name], track.pending == nil else { return false }
        forgetPlayed(name)
        for entry in track.plan.queue where await isExpired(entry) {
            for robot in entry.robots { tracks[robot]?.plan.queue.removeAll { $0.number == entry.number } }
        }
        if await takeUpDeferred(name) { return true }
        guard let track = tracks[name] else { return false }
        if track.plan.isSettling, !track.plan.queue.isEmpty { tracks[name]?.plan.work = nil }
        if track.plan.isAtEnd {
            if isSettlingNeeded(track) { return await settle(name) }
            finish(name)
        }
        let status = track.robot.channel.status
        let isChecking = track.plan.work?.isCheckingCourse == true
        let lowWater =
            isChecking ? Self.courseLead : track.plan.leadsSomewhere ? settings.goalLowWater : settings.lowWater
        guard Double(status.framesAhead) < lowWater * Double(track.robot.channel.rate),
            track.plan.following == nil
        else { return false }
        if track.plan.work == nil {
            // What a deferred replacement takes the place of is not begun any more.
            guard track.plan.deferred == nil, let entry = track.plan.queue.first else { return false }
            if entry.isClip, frames(of: entry) == nil { return false }
            guard mayBegin(entry, on: track) else { return false }
            var isInStep = false
            if entry.isGroup {
                guard entry.robot == name else {
                    if !areInStep(entry) { finish(name) }
                    return false
                }
                isInStep = areInStep(entry)
                guard isInStep || isGroupReady(entry) else { return false }
            }
            for robot in entry.robots {
                tracks[robot]?.plan.queue.removeFirst()
                if robot != name { tracks[robot]?.plan.following = entry.number }
            }
            guard var work = await begin(entry) else {
                for robot in entry.robots { tracks[robot]?.plan.following = nil }
                return true
            }
            // They play the same already: it goes on.
            if isInStep { work.placement = .append }
            work.uncut = tracks[name]?.plan.trajectory
            if cutSettling(name), work.placement == .append { work.placement = .revise }
            tracks[name]?.plan.work = work
        }
        return await generate(name)
    }

    private func forgetPlayed(_ name: String) {
        guard let track = tracks[name], let trajectory = track.plan.trajectory else { return }
        let status = track.robot.channel.status
        let played =
            status.changeableTrajectory == trajectory.number
            ? Int(status.changeableWaypoint) / MotionGenerator.framesPerToken
            : (status.isIdle ? trajectory.endToken : trajectory.firstToken)
        tracks[name]?.plan.trajectory?.forget(before: played)
        let kept = Set(tracks[name]?.plan.trajectory?.tokens.map(\.command) ?? [])
        tracks[name]?.plan.generated.removeAll { !kept.contains($0.number) }
    }

    /// Whether all robots of a group play the same motion already and will for long enough that more of it can follow.
    private func areInStep(_ entry: Command) -> Bool {
        guard let trajectory = tracks[entry.robot]?.plan.trajectory, !trajectory.isClip, !entry.isClip else {
            return false
        }
        return entry.robots.allSatisfy { name in
            guard let track = tracks[name], track.plan.queue.first?.number == entry.number, track.plan.work == nil,
                track.pending == nil, track.plan.following == nil, let own = track.plan.trajectory,
                own.number == trajectory.number, own.endToken == trajectory.endToken,
                own.stopCount == entry.stopCount(of: name)
            else { return false }
            let status = track.robot.channel.status
            return !status.isHeld && Double(status.framesAhead) > 0.4 * Double(track.robot.channel.rate)
        }
    }

    /// Whether all robots of a group have come to the end of what was planned before: they begin together.
    private func isGroupReady(_ entry: Command) -> Bool {
        entry.robots.allSatisfy { name in
            guard let track = tracks[name], track.plan.queue.first?.number == entry.number, track.plan.work == nil,
                track.pending == nil, track.plan.following == nil
            else { return false }
            finish(name)
            let status = track.robot.channel.status
            return status.isIdle && !status.isHeld
        }
    }

    /// Nothing follows for now: the player also gets the frames that waited for their neighbours.
    func finish(_ name: String) {
        guard var track = tracks[name], var trajectory = track.plan.trajectory, !trajectory.isFinished else { return }
        trajectory.isFinished = true
        let rest = trajectory.now.resampler.finish()
        let origin = RobotChannel.Origin(command: trajectory.tokens.last?.command ?? 0)
        if !rest.isEmpty { _ = track.robot.channel.post(.append(rest), from: origin, stopCount: trajectory.stopCount) }
        track.plan.trajectory = trajectory
        tracks[name] = track
    }

    /// Whether work still makes sense: a replacement that waits discards what is being made.
    func isWanted(_ work: Plan.Work) -> Bool {
        // The first motion of a replacement itself is made to its end: its command has to hear what became of it.
        work.isReplacing || !inbox.endsPlan(of: work.command.robot)
    }

    /// Whether nothing is to follow the action at hand, as far as is known.
    func isLastOfAll(_ work: Plan.Work) -> Bool {
        work.isAtLastAction
            && work.command.robots.allSatisfy {
                tracks[$0]?.plan.queue.isEmpty ?? true && tracks[$0]?.plan.deferred == nil
            }
    }
}
