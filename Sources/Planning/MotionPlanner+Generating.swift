internal import Geometry
internal import HumanBody
internal import HumanMotion
internal import KMM
internal import Logging
internal import Robots
internal import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

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
        let lowWater = lane.plan.leadsSomewhere ? settings.goalLowWater : settings.lowWater
        guard Double(status.framesAhead) < lowWater * Double(lane.robot.channel.rate),
            lane.plan.following == nil
        else { return false }
        if lane.plan.work == nil {
            // What a deferred replacement takes the place of is not begun any more.
            guard lane.plan.deferred == nil, let entry = lane.plan.queue.first else { return false }
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
            if isInStep { work.beginsStretch = false }
            work.uncut = lanes[name]?.plan.stretch
            work.cutsSettling = cutSettling(name)
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
    private func finish(_ name: String) {
        guard var lane = lanes[name], var stretch = lane.plan.stretch, !stretch.isFinished else { return }
        stretch.isFinished = true
        let rest = stretch.now.resampler.finish()
        let origin = RobotChannel.Origin(command: stretch.tokens.last?.command ?? 0)
        if !rest.isEmpty { _ = lane.robot.channel.post(.append(rest), from: origin, era: stretch.era) }
        lane.plan.stretch = stretch
        lanes[name] = lane
    }

    /// Gives the actions of a command their lengths, or reads its file; nil when it ended instead.
    func begin(_ entry: Command) async -> Plan.Work? {
        if await isExpired(entry) { return nil }
        do {
            var clip: [HumanFrame]?
            var segments: [Plan.Action]
            if entry.isClip {
                var frames = try clips.frames(of: entry.say.text)
                let duration = Double(frames.count) / MotionGenerator.frameRate
                segments = [Plan.Action(text: entry.say.text, duration: duration)]
                // Whole tokens: the last pose stays for up to a tenth of a second.
                while frames.count % MotionGenerator.framesPerToken != 0, let last = frames.last { frames.append(last) }
                clip = frames
            } else {
                segments = try timed(entry)
            }
            let shown = segments.map {
                ActionDescription(text: $0.text, duration: $0.duration, goal: $0.goal?.description)
            }
            await report.move(entry.number, to: .generating, details: .init(segments: shown))
            segments = Array(repeatElement(segments, count: entry.say.repeats).joined())
            var work = Plan.Work(entry: entry, segments: segments, clip: clip)
            work.beginsStretch = entry.isGroup
            return work
        } catch {
            await fail(entry, error)
            return nil
        }
    }

    /// Lengths that the text states stay; the wanted total, if any, is shared among the others as they estimate.
    private func timed(_ entry: Command) throws -> [Plan.Action] {
        let isTotal = entry.say.duration != nil
        var segments = entry.segments.flatMap { segment in
            let isTimed = segment.duration != nil || isTotal
            let action = Plan.Action(
                text: segment.text, duration: segment.duration, isTimed: isTimed, goal: segment.goal)
            return repeatElement(action, count: segment.repeats)
        }
        var free = segments.indices.filter { segments[$0].duration == nil }
        // A long text would be estimated for seconds: without a total to share, the later ones are when they begin.
        if !isTotal { free = Array(free.prefix(entry.say.mode == .replace ? 1 : 8)) }
        let scale = lanes[entry.robot]?.retargeting.pathScale ?? 1
        for index in free {
            segments[index].duration =
                try segments[index].goal.map { $0.expectedDuration(pathScale: scale) }
                ?? source.estimateDuration(of: segments[index].text)
        }
        if let total = entry.say.duration {
            let stated = segments.indices.filter { !free.contains($0) }.compactMap { segments[$0].duration }.reduce(
                0, +)
            let estimated = free.compactMap { segments[$0].duration }.reduce(0, +)
            let share = free.isEmpty ? total / max(stated, 1e-9) : max(total - stated, 0.2) / max(estimated, 1e-9)
            for index in free.isEmpty ? Array(segments.indices) : free {
                segments[index].duration = segments[index].duration.map { $0 * share }
            }
        }
        return segments
    }

    /// Makes the next tokens of the work at hand and hands them to the players. False when nothing came of it.
    func generate(_ name: String) async -> Bool {
        guard var lane = lanes[name], var work = lane.plan.work else { return false }
        let origin = RobotChannel.Origin(command: work.entry.number, isFirst: work.isFirst)
        var edits: [(robot: String, edit: PlayerEdit, passage: HumanPassage)] = []
        var changed: [String: Lane] = [:]
        var isCommandOver = false
        do {
            var stretch: Plan.Stretch
            let goesOn =
                work.pursuit != nil
                || !(work.beginsStretch && work.isFirst) && !(work.clip != nil && work.nextClipFrame == 0)
            if let current = lane.plan.stretch, current.era == work.entry.era(of: name),
                goesOn && current.isClip == (work.clip != nil)
            {
                stretch = current
            } else {
                // What went before is played to its last frame.
                if !work.replaces || !work.isFirst {
                    for robot in work.entry.robots { finish(robot) }
                    lane = lanes[name] ?? lane
                }
                stretch = makeStretch(for: lane, work)
            }
            if work.isFirst, work.pursuit == nil, let seed = work.entry.say.seed {
                source.seed(&stretch.now.stream, with: UInt64(clamping: seed))
            }
            // The moment before a segment is also before its prompt: another one may take its place.
            let before = stretch.now
            let (tokens, isSegmentOver) = try nextTokens(of: &work, in: &stretch)
            isCommandOver = isSegmentOver && work.segment == work.segments.count - 1
            let ends = (segment: isSegmentOver, command: isCommandOver && !work.isCut)
            guard isWanted(work) else { throw MotionGeneratorError.unwanted }
            if !tokens.isEmpty {
                stretch.isFinished = false
                let (chunk, passage) = try append(
                    tokens, to: &stretch, from: before, work: &work, of: lane, ends: ends)
                let start = work.start ?? before.way
                if isSegmentOver, let goal = work.segments[work.segment].goal {
                    let achieved = stretch.now.way.achieved(of: goal, since: start)
                    work.achieved.append(.init(segment: work.segment, goal: achieved.description))
                }
                let replacesPlan = work.isFirst && (work.replaces || work.beginsStretch)
                let revises = work.isFirst && work.cutsSettling && !replacesPlan
                edits.append(
                    (name, replacesPlan ? .replace(chunk) : revises ? .revise(chunk) : .append(chunk), passage))
                for other in work.entry.robots.dropFirst() {
                    guard var follower = lanes[other], follower.plan.following == work.entry.number else { continue }
                    var own: Plan.Stretch
                    if follower.plan.stretch?.number != stretch.number {
                        own = makeStretch(for: follower, work, number: stretch.number, era: work.entry.era(of: other))
                    } else {
                        own = follower.plan.stretch ?? stretch
                    }
                    own.isFinished = false
                    var start = own.now
                    start.stream = before.stream
                    start.place = before.place
                    let (chunk, passage) = try append(
                        tokens, to: &own, from: start, work: &work, of: follower, ends: ends)
                    own.now.stream = stretch.now.stream
                    own.now.place = stretch.now.place
                    follower.plan.stretch = own
                    if isCommandOver {
                        follower.plan.following = nil
                        follower.plan.generated.append(work.entry)
                    }
                    changed[other] = follower
                    edits.append((other, replacesPlan ? .replace(chunk) : .append(chunk), passage))
                }
            }
            if isSegmentOver {
                work.segment += 1
                work.isSegmentBegun = false
                (work.pursuit, work.start) = (nil, nil)
            }
            if !edits.isEmpty { (work.isFirst, work.uncut) = (false, nil) }
            lane.plan.stretch = stretch
            lane.plan.work = isCommandOver ? nil : work
            if isCommandOver, work.entry.number != 0 { lane.plan.generated.append(work.entry) }
        } catch MotionGeneratorError.unwanted {
            return false
        } catch {
            giveUpWork(on: name)
            await fail(work.entry, error)
            return false
        }
        // Its motion begins where that of others ends, or at its moment.
        let ahead =
            work.replaces ? work.wait : Double(lane.robot.channel.status.framesAhead) / Double(lane.robot.channel.rate)
        if origin.isFirst, await isExpired(work.entry, beginningIn: ahead) {
            if !work.replaces || work.entry.isGroup {
                for robot in work.entry.robots where lanes[robot]?.plan.following == work.entry.number {
                    lanes[robot]?.plan.following = nil
                }
                giveUpWork(on: name)
            }
            return false
        }
        if isCommandOver, !work.achieved.isEmpty {
            await report.note(work.achieved, for: work.entry.number)
        }
        if edits.isEmpty, isCommandOver {
            lane.pending = nil
            await report.move(work.entry.number, to: .done, details: .init())
        }
        // The robots of a group take what begins with the same tick.
        let moment = edits.count > 1 && origin.isFirst ? Clock.monotonic() + 10_000_000 : 0
        for (robot, edit, passage) in edits {
            let channel = (changed[robot] ?? lane).robot.channel
            let isTaken = channel.post(
                edit, from: origin, of: passage, era: work.entry.era(of: robot), notBefore: moment)
            if !isTaken, robot == name { return false }
        }
        lanes[name] = lane
        for (robot, lane) in changed { lanes[robot] = lane }
        return true
    }

    /// Drops work that ended; what it would have taken the place of is played after all.
    private func giveUpWork(on name: String) {
        let uncut = lanes[name]?.plan.work?.uncut
        lanes[name]?.plan.work = nil
        if let uncut { lanes[name]?.plan.stretch = uncut }
    }

    /// The next tokens of the work's segment, and whether it is over with them.
    private func nextTokens(
        of work: inout Plan.Work, in stretch: inout Plan.Stretch
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isSegmentOver: Bool) {
        let isHurried = work.replaces && work.isFirst
        let place = stretch.now.place
        if let clip = work.clip {
            let size = MotionGenerator.framesPerToken
            let end = min(work.nextClipFrame + size * (isHurried ? settings.hurriedTokens : 8), clip.count)
            let stream = stretch.now.stream
            let tokens = Swift.stride(from: work.nextClipFrame, to: end, by: size).map { start in
                PlacedToken(frames: Array(clip[start..<start + size]), after: stream, place: place)
            }
            let isOver = end == clip.count
            work.nextClipFrame = isOver ? 0 : end
            return (tokens, isOver)
        }
        if work.segments[work.segment].goal != nil {
            return try pursue(&work, in: &stretch, isHurried: isHurried)
        }
        if !work.isSegmentBegun {
            let action = work.segments[work.segment]
            try source.begin(
                MotionSegment(text: action.text, duration: action.duration), options: options(work.entry.say),
                in: &stretch.now.stream)
            work.isSegmentBegun = true
        }
        var (placed, isOver) = work.leftover
        work.leftover = ([], false)
        if placed.isEmpty {
            let tokens = try source.advance(&stretch.now.stream, isHurried: isHurried) { isWanted(work) }
            placed = tokens.map { PlacedToken(frames: $0.frames.map(place.act), after: $0.after, place: place) }
            isOver = tokens.isEmpty || source.tokensLeft(in: stretch.now.stream) == 0
            if isHurried, placed.count > settings.hurriedTokens {
                // Retargeting takes time too: the first are there sooner without the others.
                work.leftover = (Array(placed[settings.hurriedTokens...]), isOver)
                (placed, isOver) = (Array(placed.prefix(settings.hurriedTokens)), false)
            }
        }
        if let last = placed.last { stretch.now.stream = last.after }
        return (placed, isOver)
    }

    /// Whether work still makes sense: a replacement that waits discards what is being made.
    private func isWanted(_ work: Plan.Work) -> Bool {
        // The first motion of a replacement itself is made to its end: its command has to hear what became of it.
        (work.replaces && work.isFirst) || !inbox.endsPlan(of: work.entry.robot)
    }

    /// Whether nothing is to follow the action at hand, as far as is known.
    private func isLastOfAll(_ work: Plan.Work) -> Bool {
        work.segment == work.segments.count - 1
            && work.entry.robots.allSatisfy { lanes[$0]?.plan.queue.isEmpty ?? true && lanes[$0]?.plan.deferred == nil }
    }

    /// A bit of the work on an action that shall lead somewhere; there are tokens only now and then.
    private func pursue(
        _ work: inout Plan.Work, in stretch: inout Plan.Stretch, isHurried: Bool
    ) throws -> (tokens: [PlacedToken<Source.Stream>], isSegmentOver: Bool) {
        let action = work.segments[work.segment]
        guard var goal = action.goal else { return ([], true) }
        let scale = lanes[work.entry.robot]?.retargeting.pathScale ?? 1
        goal.distance = goal.distance.map { $0 / scale }
        var pursuit =
            work.pursuit
            ?? GoalPursuit(
                text: action.text, goal: goal, duration: action.duration ?? goal.expectedDuration(pathScale: 1),
                isTimed: action.isTimed, endsStanding: isLastOfAll(work), options: options(work.entry.say),
                way: stretch.now.way)
        if isHurried {
            let lane = lanes[work.entry.robot]
            try pursuit.hurry(with: source, from: stretch.now.stream, at: stretch.now.place) {
                lane.map { passedFrames($0, of: stretch) } ?? 0
            }
        } else {
            try pursuit.work(with: source, from: stretch.now.stream, at: stretch.now.place) { isWanted(work) }
        }
        let tokens = pursuit.take(isHurried ? settings.hurriedTokens : 8)
        if let last = tokens.last { (stretch.now.stream, stretch.now.place) = (last.after, last.place) }
        work.pursuit = pursuit
        return (tokens, pursuit.isOver)
    }

    private func makeStretch(
        for lane: Lane, _ work: Plan.Work, number: UInt64? = nil, era: Int? = nil
    ) -> Plan.Stretch {
        let stretch = number ?? nextStretch
        if number == nil { nextStretch += 1 }
        let seed = work.entry.say.seed.map { UInt64(clamping: $0) } ?? UInt64.random(in: 0..<1 << 53)
        log.info(
            "a new motion begins",
            metadata: [
                "robot": "\(lane.robot.name)", "seed": "\(seed)", "command": "\(CommandName.text(work.entry.number))",
            ])
        var stream = source.makeStream(seed: seed)
        // A group's motion is generated on from its leader's.
        if work.entry.isGroup, work.clip == nil, let last = lane.plan.stretch,
            last.era == work.entry.era(of: lane.robot.name)
        {
            stream = last.now.stream
        }
        return Plan.Stretch(
            number: stretch, era: era ?? work.entry.era(of: lane.robot.name), isClip: work.clip != nil,
            now: Plan.Moment(
                stream: stream, pose: lane.retargeting.makeState(),
                resampler: MotionResampler(
                    stretch: stretch, jointCount: lane.robot.profile.jointNames.count,
                    contactCount: ContactChannel.names.count, streamRate: lane.robot.channel.rate)))
    }

    private func options(_ say: Say) -> SamplingOptions {
        var options = SamplingOptions()
        if let guidance = say.guidance { options.guidance = Float(guidance) }
        if let temperature = say.temperature { options.temperature = Float(temperature) }
        return options
    }

    /// Retargets and resamples tokens; keeps, for each, the moment before it. One chunk comes of all of them.
    private func append(
        _ tokens: [PlacedToken<Source.Stream>], to stretch: inout Plan.Stretch, from start: Plan.Moment,
        work: inout Plan.Work, of lane: Lane, ends: (segment: Bool, command: Bool)
    ) throws -> (MotionChunk, HumanPassage) {
        let tag = MotionTag(command: UInt64(work.entry.number), segment: Int32(work.segment))
        let firstKnot = start.resampler.knotCount
        var before = start
        var allKnots: [MotionKnot] = []
        var skipped = 0
        let pieces = try lane.retargeting.knots(for: tokens.map(\.frames), from: start.pose)
        for (index, (token, piece)) in zip(tokens, pieces).enumerated() {
            let isLast = index == tokens.count - 1
            var record = Plan.Token(before: before, tag: tag, endsSegment: isLast && ends.segment)
            let landings = before.way.landings
            for (frame, knot) in zip(token.frames, piece.knots) {
                if work.start == nil, skipped >= work.pursuit?.passed ?? 0 { work.start = before.way }
                before.way.add(frame, knot)
                skipped += 1
            }
            record.hasLanding = before.way.landings > landings
            record.isBalanced = piece.knots.last?.isBalanced ?? true
            stretch.tokens.append(record)
            allKnots += piece.knots
            (before.pose, before.stream, before.place) = (piece.after, token.after, token.place)
            _ = try before.resampler.append(
                piece.knots, tag: tag, endsSegment: isLast && ends.segment, endsCommand: isLast && ends.command)
        }
        let chunk = try stretch.now.resampler.append(
            allKnots, tag: tag, endsSegment: ends.segment, endsCommand: ends.command)
        stretch.now.pose = before.pose
        stretch.now.way = before.way
        stretch.endsBalanced = stretch.tokens.last?.isBalanced ?? true
        let passage = HumanPassage(
            stretch: stretch.number, firstKnot: firstKnot, frames: tokens.flatMap(\.frames),
            roots: allKnots.map(\.configuration.rootRotation))
        report.made(passage, allKnots, tag, for: lane.robot.name)
        return (chunk, passage)
    }
}
