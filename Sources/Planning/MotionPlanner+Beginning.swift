internal import Geometry
internal import HumanBody
internal import KMM
internal import Logging
internal import Robots
internal import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

extension MotionPlanner {
    /// Gives the actions of a command their lengths, or reads its file; nil when it ended instead.
    func begin(_ command: Command) async -> Plan.Work? {
        if await isExpired(command) { return nil }
        do {
            let (actions, clip) = command.isClip ? try played(command) : (try timed(command), nil)
            let shown = actions.map {
                ActionDescription(text: $0.text, duration: $0.duration, goal: $0.goal?.description)
            }
            await report.move(command.number, to: .generating, details: .init(segments: shown))
            return Plan.Work(
                command, Array(repeatElement(actions, count: command.say.repeats).joined()), clip: clip,
                placement: command.isGroup ? .begin : .append)
        } catch {
            await fail(command, error)
            return nil
        }
    }

    /// The frames of a command's file, and the action of playing them.
    private func played(_ command: Command) throws -> (actions: [Action], clip: [HumanFrame]) {
        guard var frames = try frames(of: command)?.get() else { throw ClipError.tooSlow }
        let duration = Double(frames.count) / MotionGenerator.frameRate
        // Whole tokens: the last pose stays for up to a tenth of a second.
        while frames.count % MotionGenerator.framesPerToken != 0, let last = frames.last { frames.append(last) }
        return ([Action(text: command.say.text, duration: duration)], frames)
    }

    /// Lengths that the text states stay; the wanted total, if any, is shared among the others as they estimate.
    private func timed(_ command: Command) throws -> [Action] {
        let total = command.say.duration
        var actions = command.segments.flatMap { action in
            var once = action
            once.repeats = 1
            return repeatElement(once, count: action.repeats)
        }
        var free = actions.indices.filter { !actions[$0].isTimed }
        // A long text would be estimated for seconds: without a total to share, the later ones are when they begin.
        if total == nil { free = Array(free.prefix(command.say.mode == .replace ? 1 : 8)) }
        let scale = tracks[command.robot]?.retargeting.pathScale ?? 1
        for index in free {
            actions[index].isEstimate = total == nil
            actions[index].duration =
                try actions[index].goal.map { $0.expectedDuration(pathScale: scale) }
                ?? actions[index].duration ?? source.estimateDuration(of: actions[index].text)
        }
        guard let total else { return actions }
        func sum(_ indices: [Int]) -> Double { indices.compactMap { actions[$0].duration }.reduce(0, +) }
        let stated = sum(actions.indices.filter { !free.contains($0) })
        let share = free.isEmpty ? total / max(stated, 1e-9) : max(total - stated, 0.2) / max(sum(free), 1e-9)
        for index in free.isEmpty ? Array(actions.indices) : free {
            actions[index].duration = actions[index].duration.map { $0 * share }
        }
        return actions
    }

    func makeTrajectory(
        for track: Track, _ work: Plan.Work, number: UInt64? = nil, stopCount: Int? = nil
    ) -> Plan.Trajectory {
        let trajectory = number ?? nextTrajectory
        if number == nil { nextTrajectory += 1 }
        let seed = work.command.say.seed.map { UInt64(clamping: $0) } ?? UInt64.random(in: 0..<1 << 53)
        log.info(
            "a new motion begins",
            metadata: [
                "robot": "\(track.robot.name)", "seed": "\(seed)",
                "command": "\(CommandName.text(work.command.number))",
            ])
        // A text goes on from what a live person did last.
        let before = work.clip == nil ? followed(track.robot.name) : []
        var stream = before.isEmpty ? source.makeStream(seed: seed) : source.makeStream(seed: seed, after: before)
        // A group's motion is generated on from its leader's.
        if work.command.isGroup, work.clip == nil, let last = track.plan.trajectory,
            last.stopCount == work.command.stopCount(of: track.robot.name)
        {
            stream = last.now.stream
        }
        return Plan.Trajectory(
            number: trajectory, stopCount: stopCount ?? work.command.stopCount(of: track.robot.name),
            isClip: work.clip != nil,
            now: Plan.Moment(
                stream: stream, pose: track.retargeting.makeState(),
                resampler: MotionResampler(
                    trajectory: trajectory, jointCount: track.robot.profile.jointNames.count,
                    contactCount: ContactChannel.names.count, streamRate: track.robot.channel.rate,
                    facing: track.robot.profile.facing)))
    }

    func options(_ say: Say) -> SamplingOptions {
        var options = SamplingOptions()
        if let guidance = say.guidance { options.guidance = Float(guidance) }
        if let temperature = say.temperature { options.temperature = Float(temperature) }
        return options
    }
}
