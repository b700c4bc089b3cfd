internal import KMM
internal import ServiceCore
internal import Timeline

extension MotionPlanner {
    /// Does the next piece of work for a robot; false when there is none for now.
    func advance(_ name: String) async -> Bool {
        await takeUpSuccession(name)
        guard let lane = lanes[name], lane.pending == nil else { return false }
        forgetPlayed(name)
        for entry in lane.plan.queue where await isExpired(entry) {
            for robot in entry.robots { lanes[robot]?.plan.queue.removeAll { $0.number == entry.number } }
        }
        if await takeUpDeferred(name) { return true }
        guard let lane = lanes[name] else { return false }
        if lane.plan.isSettling, !lane.plan.queue.isEmpty { lanes[name]?.plan.work = nil }
        if lane.plan.isAtEnd {
            if isSettlingNeeded(lane) { return await settle(name) }
            finish(name)
        }
        let status = lane.robot.channel.status
        let isChecking = lane.plan.work?.isCheckingCourse == true
        let lowWater =
            isChecking ? Self.courseLead : lane.plan.leadsSomewhere ? settings.goalLowWater : settings.lowWater
        guard Double(status.framesAhead) < lowWater * Double(lane.robot.channel.rate),
            lane.plan.following == nil
        else { return false }
        if lane.plan.work == nil {
            // What a deferred replacement takes the place of is not begun any more.
            guard lane.plan.deferred == nil, let entry = lane.plan.queue.first else { return false }
            if entry.isClip, frames(of: entry) == nil { return false }
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
                lanes[robot]?.plan.queue.removeFirst()
                if robot != name { lanes[robot]?.plan.following = entry.number }
            }
            guard var work = await begin(entry) else {
                for robot in entry.robots { lanes[robot]?.plan.following = nil }
                return true
            }
            // They play the same already: it goes on.
            if isInStep { work.placement = .append }
            work.uncut = lanes[name]?.plan.stretch
            if cutSettling(name), work.placement == .append { work.placement = .revise }
            lanes[name]?.plan.work = work
        }
        return await generate(name)
    }

    private func forgetPlayed(_ name: String) {
        guard let lane = lanes[name], let stretch = lane.plan.stretch else { return }
        let status = lane.robot.channel.status
        let played =
            status.changeableStretch == stretch.number
            ? Int(status.changeableKnot) / MotionGenerator.framesPerToken
            : (status.isIdle ? stretch.endToken : stretch.firstToken)
        lanes[name]?.plan.stretch?.forget(before: played)
        let kept = Set(lanes[name]?.plan.stretch?.tokens.map(\.command) ?? [])
        lanes[name]?.plan.generated.removeAll { !kept.contains($0.number) }
    }

    /// Whether all robots of a group play the same motion already and will for long enough that more of it can follow.
    private func areInStep(_ entry: Command) -> Bool {
        guard let stretch = lanes[entry.robot]?.plan.stretch, !stretch.isClip, !entry.isClip else { return false }
        return entry.robots.allSatisfy { name in
            guard let lane = lanes[name], lane.plan.queue.first?.number == entry.number, lane.plan.work == nil,
                lane.pending == nil, lane.plan.following == nil, let own = lane.plan.stretch,
                own.number == stretch.number, own.endToken == stretch.endToken, own.era == entry.era(of: name)
            else { return false }
            let status = lane.robot.channel.status
            return !status.isHeld && Double(status.framesAhead) > 0.4 * Double(lane.robot.channel.rate)
        }
    }

    /// Whether all robots of a group have come to the end of what was planned before: they begin together.
    private func isGroupReady(_ entry: Command) -> Bool {
        entry.robots.allSatisfy { name in
            guard let lane = lanes[name], lane.plan.queue.first?.number == entry.number, lane.plan.work == nil,
                lane.pending == nil, lane.plan.following == nil
            else { return false }
            finish(name)
            let status = lane.robot.channel.status
            return status.isIdle && !status.isHeld
        }
    }

    /// Nothing follows for now: the player also gets the frames that waited for their neighbours.
    func finish(_ name: String) {
        guard var lane = lanes[name], var stretch = lane.plan.stretch, !stretch.isFinished else { return }
        stretch.isFinished = true
        let rest = stretch.now.resampler.finish()
        let origin = RobotChannel.Origin(command: stretch.tokens.last?.command ?? 0)
        if !rest.isEmpty { _ = lane.robot.channel.post(.append(rest), from: origin, era: stretch.era) }
        lane.plan.stretch = stretch
        lanes[name] = lane
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
                lanes[$0]?.plan.queue.isEmpty ?? true && lanes[$0]?.plan.deferred == nil
            }
    }
}
