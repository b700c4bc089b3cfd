internal import Glibc
internal import HumanMotion
internal import KMM
package import Logging
package import Messaging
internal import Robots
internal import Timeline
internal import Wire

/// Turns commands into motion on the robots' timelines, ahead of play: generates, retargets, resamples, splices.
package actor MotionPlanner<Source: MotionSource, Retargeting: FrameRetargeting> {
    private typealias Plan = RobotPlan<Source.Stream, Retargeting.State>

    private struct Lane {
        let robot: ActiveRobot
        let retargeting: Retargeting
        var plan = Plan()
        /// A replacement whose outcome is not known yet, and the plan as it was before.
        var pending: (work: Plan.Work, before: Plan, attempt: Int)?
    }

    /// The planner's own thread.
    package nonisolated let loop: ZMQLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let source: Source
    private let inbox: PlannerInbox
    private let server: CommandServer
    private let settings: PlannerSettings
    private let log: Logger
    private var lanes: [String: Lane] = [:]
    private var nextStretch: UInt64 = 1
    /// Times from taking a replacement up to having its first motion ready.
    private var firstMotion: RecentTimes

    /// Creates a planner that owns the generator and one retargeter for each robot, and works on the loop's thread.
    package init(
        loop: ZMQLoop, source: sending Source, robots: sending [(robot: ActiveRobot, retargeting: Retargeting)],
        inbox: PlannerInbox, server: CommandServer, settings: PlannerSettings = PlannerSettings(), log: Logger
    ) {
        self.loop = loop
        self.source = source
        self.inbox = inbox
        self.server = server
        self.settings = settings
        self.log = log
        firstMotion = RecentTimes(guess: settings.firstMotion)
        for (robot, retargeting) in robots { lanes[robot.name] = Lane(robot: robot, retargeting: retargeting) }
    }

    /// Generates a little once, so that the first command does not pay for cold caches; measures how long it takes.
    package func warmUp() throws {
        for lane in lanes.values {
            for _ in 0..<2 {
                let start = Clock.monotonic()
                var stream = source.makeStream(seed: 0)
                var pose = lane.retargeting.makeState()
                try source.begin(
                    MotionSegment(text: "a person stands still", duration: 1), options: SamplingOptions(), in: &stream)
                for token in try source.advance(&stream, isHurried: true) {
                    for frame in token.frames { _ = try lane.retargeting.knot(for: frame, state: &pose) }
                }
                firstMotion = RecentTimes(guess: Double(Clock.monotonic() - start) / 1e9)
            }
        }
    }

    /// Works until the inbox is finished.
    package func run() async {
        // Somebody waits for every first motion, so other work on the machine comes after it. A wish: it needs CAP_SYS_NICE.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10)
        for await _ in inbox.wakeUps {
            var hasMore = true
            while hasMore {
                for order in inbox.take() { await carryOut(order) }
                hasMore = false
                for name in lanes.keys { if await advance(name) { hasMore = true } }
            }
        }
    }

    // MARK: Orders

    private func carryOut(_ order: PlannerOrder) async {
        switch order {
        case .say(let entry):
            guard let lane = lanes[entry.robot], entry.era == lane.robot.channel.era else { return }
            if entry.say.mode == .replace {
                await replace(with: entry, attempt: 1)
            } else {
                lanes[entry.robot]?.plan.queue.append(entry)
            }
        case .cancel(let number, let robot): cancel(number, robot)
        case .clear(let robot, let era):
            guard var lane = lanes[robot] else { return }
            lane.plan.queue.removeAll { $0.era < era }
            if let work = lane.plan.work, work.entry.era < era { lane.plan.work = nil }
            lane.plan.generated.removeAll { $0.era < era }
            if let pending = lane.pending, pending.work.entry.era < era { lane.pending = nil }
            lanes[robot] = lane
        case .outcome(let outcome, let origin, let robot): await learn(outcome, origin, robot)
        }
    }

    /// Generates the motion of a command from the last moment that can still change, and splices it there.
    private func replace(with entry: CommandLedger.Entry, attempt: Int) async {
        guard lanes[entry.robot] != nil else { return }
        let start = Clock.monotonic()
        // Where the plan can change is known once the player has taken a motion that begins.
        for _ in 0..<20 where isAwaitingPlayer(entry.robot) { try? await Task.sleep(for: .milliseconds(5)) }
        guard let before = lanes[entry.robot]?.plan, var work = await begin(entry) else { return }
        guard var lane = lanes[entry.robot] else { return }
        work.replaces = true
        lane.plan.queue.removeAll()
        lane.plan.generated.removeAll()
        lane.plan.work = work
        // The splice bends the motion from wherever the old one then is, so a short lead costs a bit of smoothness and a
        // long one time; only after a motion that came too late for any splice the lead is a safe one.
        let lead = attempt == 1 ? 0.7 * firstMotion.quantile(0.5) : firstMotion.quantile(1) * Double(attempt)
        cut(&lane.plan, at: firstChangeableToken(lane, lead: lead))
        lane.pending = (work, before, attempt)
        lanes[entry.robot] = lane
        guard await generate(entry.robot) else { return undoReplacement(entry.robot) }
        firstMotion.add(Double(Clock.monotonic() - start) / 1e9)
    }

    private func isAwaitingPlayer(_ robot: String) -> Bool {
        guard let lane = lanes[robot] else { return false }
        let status = lane.robot.channel.status
        return status.hasMotionOnItsWay && status.changeableStretch != lane.plan.stretch?.number
    }

    private func undoReplacement(_ robot: String) {
        guard var lane = lanes[robot], let pending = lane.pending else { return }
        // What was asked for in the meantime still follows.
        let later = lane.plan.queue.filter { $0.number > pending.work.entry.number }
        lane.plan = pending.before
        lane.plan.queue += later
        lane.pending = nil
        lanes[robot] = lane
    }

    private func learn(_ outcome: EditOutcome, _ origin: RobotChannel.Origin, _ robot: String) async {
        guard let lane = lanes[robot] else { return }
        if let pending = lane.pending, pending.work.entry.number == origin.command {
            switch outcome {
            case .refused(.tooLate) where pending.attempt < settings.attempts:
                undoReplacement(robot)
                await replace(with: pending.work.entry, attempt: pending.attempt + 1)
            case .refused(let refusal):
                undoReplacement(robot)
                await fail(origin.command, refusal)
            case .planned, .effective: lanes[robot]?.pending = nil
            }
        } else if case .refused(let refusal) = outcome, refusal != .empty,
            origin.command >= lane.pending?.work.entry.number ?? 0
        {
            await fail(origin.command, refusal)
            cancel(origin.command, robot)
        }
    }

    private func fail(_ command: Int64, _ refusal: EditRefusal) async {
        log.error("motion was refused: \(refusal.rawValue)", metadata: ["command": "\(CommandName.text(command))"])
        await server.move(command, to: .failed, details: [.init("reason", .string(refusal.rawValue))])
    }

    /// Takes a command out of the queue and off the timeline; those after it move up.
    private func cancel(_ number: Int64, _ robot: String) {
        guard var lane = lanes[robot] else { return }
        defer { lanes[robot] = lane }
        if let index = lane.plan.queue.firstIndex(where: { $0.number == number }) {
            lane.plan.queue.remove(at: index)
            return
        }
        let isWorkedOn = lane.plan.work?.entry.number == number
        guard isWorkedOn || lane.plan.generated.contains(where: { $0.number == number }) else { return }
        if lane.pending?.work.entry.number == number { lane.pending = nil }
        // Its motion, and what was generated to follow it, comes off the timeline; the followers are made anew.
        let followers =
            lane.plan.generated.filter { $0.number > number }
            + (isWorkedOn ? [] : (lane.plan.work.map { [$0.entry] } ?? []))
        lane.plan.queue.insert(contentsOf: followers, at: 0)
        lane.plan.generated.removeAll { $0.number >= number }
        lane.plan.work = nil
        guard let stretch = lane.plan.stretch else { return }
        let own = stretch.tokens.firstIndex { $0.command >= number }.map { stretch.firstToken + $0 }
        let token = max(own ?? 0, firstChangeableToken(lane, lead: 0) ?? 0)
        let status = lane.robot.channel.status
        let knots = Double(token * MotionGenerator.framesPerToken) - status.changeableKnot
        let ahead = status.changeableStretch == stretch.number ? max(0, knots) : 0
        let frame = status.frame + Int64(ahead / MotionGenerator.frameRate * Double(lane.robot.channel.rate))
        cut(&lane.plan, at: token)
        _ = lane.robot.channel.post(.truncate(frame: frame), era: lane.robot.channel.era)
    }

    // MARK: Rewinding

    /// The first token that can still change when new motion comes `lead` seconds from now; nil when none can.
    private func firstChangeableToken(_ lane: Lane, lead: Double) -> Int? {
        let status = lane.robot.channel.status
        guard let stretch = lane.plan.stretch, status.changeableStretch == stretch.number else { return nil }
        let knot = status.changeableKnot + lead * MotionGenerator.frameRate
        return max(Int(knot) / MotionGenerator.framesPerToken, stretch.firstToken)
    }

    private func cut(_ plan: inout Plan, at token: Int?) {
        if let token { plan.stretch?.rewind(to: token) }
    }

    // MARK: Generating

    /// Does the next piece of work for a robot; false when there is none for now.
    private func advance(_ name: String) async -> Bool {
        guard var lane = lanes[name], lane.pending == nil else { return false }
        let status = lane.robot.channel.status
        if let stretch = lane.plan.stretch {
            let played =
                status.changeableStretch == stretch.number
                ? Int(status.changeableKnot) / MotionGenerator.framesPerToken
                : (status.isSettled && status.framesAhead == 0
                    ? stretch.firstToken + stretch.tokens.count : stretch.firstToken)
            lane.plan.stretch?.forget(before: played)
            let kept = Set(lane.plan.stretch?.tokens.map(\.command) ?? [])
            lane.plan.generated.removeAll { !kept.contains($0.number) }
            lanes[name] = lane
        }
        for entry in lane.plan.queue where await isExpired(entry) {
            lanes[name]?.plan.queue.removeAll { $0.number == entry.number }
        }
        guard let next = lanes[name] else { return false }
        lane = next
        if lane.plan.isIdle { finish(name) }
        guard !lane.plan.isIdle, Double(status.framesAhead) < settings.lowWater * Double(lane.robot.channel.rate) else {
            return false
        }
        if lane.plan.work == nil {
            let entry = lane.plan.queue.removeFirst()
            lanes[name] = lane
            guard let work = await begin(entry) else { return true }
            lanes[name]?.plan.work = work
        }
        return await generate(name)
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

    /// Gives the actions of a command their lengths; nil when it ended instead.
    private func begin(_ entry: CommandLedger.Entry) async -> Plan.Work? {
        if await isExpired(entry) { return nil }
        do {
            let segments = try timed(entry)
            let repeated = Array(repeatElement(segments, count: entry.say.repeats).joined())
            let shown = segments.map { segment -> JSONValue in
                ["text": .string(segment.text), "duration_s": JSONValue(segment.duration)]
            }
            await server.move(entry.number, to: .generating, details: [.init("segments", .array(shown))])
            return Plan.Work(entry: entry, segments: repeated)
        } catch {
            await fail(entry, error)
            return nil
        }
    }

    private func fail(_ entry: CommandLedger.Entry, _ error: any Error) async {
        log.error("motion could not be made: \(error)", metadata: ["command": "\(CommandName.text(entry.number))"])
        await server.move(entry.number, to: .failed, details: [.init("reason", .string("\(error)"))])
    }

    private func isExpired(_ entry: CommandLedger.Entry) async -> Bool {
        guard let expiry = entry.expiry, expiry <= Clock.wall() else { return false }
        await server.move(entry.number, to: .expired)
        return true
    }

    /// Lengths that the text states stay; the wanted total, if any, is shared among the others as they estimate.
    private func timed(_ entry: CommandLedger.Entry) throws -> [MotionSegment] {
        var segments = entry.segments
        var free = segments.indices.filter { segments[$0].duration == nil }
        // A long text would be estimated for seconds: without a total to share, the later ones are when they begin.
        if entry.say.duration == nil { free = Array(free.prefix(entry.say.mode == .replace ? 1 : 8)) }
        for index in free { segments[index].duration = try source.estimateDuration(of: segments[index].text) }
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

    /// Generates the next tokens of the work at hand and hands them to the player. False when nothing came of it.
    private func generate(_ name: String) async -> Bool {
        guard var lane = lanes[name], var work = lane.plan.work else { return false }
        let origin = RobotChannel.Origin(command: work.entry.number, isFirst: work.isFirst)
        var edit: PlayerEdit?
        var isCommandOver = false
        do {
            var stretch: Plan.Stretch
            if let current = lane.plan.stretch, current.era == work.entry.era {
                stretch = current
            } else {
                stretch = makeStretch(for: lane, work.entry)
            }
            // The moment before a segment is also before its prompt: another one may take its place.
            let before = stretch.now
            if !work.isSegmentBegun {
                try source.begin(work.segments[work.segment], options: options(work.entry.say), in: &stretch.now.stream)
                work.isSegmentBegun = true
            }
            let tokens = try source.advance(&stretch.now.stream, isHurried: work.replaces && work.isFirst)
            if !tokens.isEmpty { stretch.isFinished = false }
            let isSegmentOver = tokens.isEmpty || source.tokensLeft(in: stretch.now.stream) == 0
            isCommandOver = isSegmentOver && work.segment == work.segments.count - 1
            if !tokens.isEmpty {
                let chunk = try append(
                    tokens, to: &stretch, from: before, work: work, retargeting: lane.retargeting,
                    isSegmentOver: isSegmentOver,
                    isCommandOver: isCommandOver)
                edit = work.replaces && work.isFirst ? .replace(chunk) : .append(chunk)
            }
            if isSegmentOver {
                work.segment += 1
                work.isSegmentBegun = false
            }
            if edit != nil { work.isFirst = false }
            lane.plan.stretch = stretch
            lane.plan.work = isCommandOver ? nil : work
            if isCommandOver { lane.plan.generated.append(work.entry) }
        } catch {
            lanes[name]?.plan.work = nil
            await fail(work.entry, error)
            return false
        }
        if origin.isFirst, await isExpired(work.entry) {
            if !work.replaces { lanes[name]?.plan.work = nil }
            return false
        }
        if edit == nil, isCommandOver {
            lane.pending = nil
            await server.move(work.entry.number, to: .done)
        }
        let channel = lane.robot.channel
        if let edit, !channel.post(edit, from: origin, era: work.entry.era) { return false }
        lanes[name] = lane
        return true
    }

    private func makeStretch(for lane: Lane, _ entry: CommandLedger.Entry) -> Plan.Stretch {
        defer { nextStretch += 1 }
        let seed = entry.say.seed.map { UInt64(clamping: $0) } ?? UInt64.random(in: 0..<1 << 53)
        log.info("a new motion begins", metadata: ["robot": "\(lane.robot.name)", "seed": "\(seed)"])
        return Plan.Stretch(
            number: nextStretch, era: entry.era,
            now: Plan.Moment(
                stream: source.makeStream(seed: seed), pose: lane.retargeting.makeState(),
                resampler: MotionResampler(
                    stretch: nextStretch, jointCount: lane.robot.profile.jointNames.count,
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
        _ tokens: [Source.Token], to stretch: inout Plan.Stretch, from start: Plan.Moment, work: Plan.Work,
        retargeting: Retargeting, isSegmentOver: Bool, isCommandOver: Bool
    ) throws -> MotionChunk {
        let tag = MotionTag(
            command: UInt64(work.entry.number), segment: Int32(work.segment))
        var before = start
        var allKnots: [MotionKnot] = []
        for (index, token) in tokens.enumerated() {
            stretch.tokens.append(Plan.Token(before: before, command: work.entry.number))
            let knots = try token.frames.map { try retargeting.knot(for: $0, state: &before.pose) }
            allKnots += knots
            before.stream = token.after
            let isLast = index == tokens.count - 1
            _ = try before.resampler.append(
                knots, tag: tag, endsSegment: isLast && isSegmentOver, endsCommand: isLast && isCommandOver)
        }
        let chunk = try stretch.now.resampler.append(
            allKnots, tag: tag, endsSegment: isSegmentOver, endsCommand: isCommandOver)
        stretch.now.pose = before.pose
        return chunk
    }
}
