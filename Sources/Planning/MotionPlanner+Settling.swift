internal import HumanBody
internal import KMM
internal import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

/// Motion that nobody asked for: where what was asked for ends on one foot, or in the middle of a stride, the generator goes
/// on until the robot stands, as a person would; and feet that are not under the body then step there, so that a robot that comes
/// upright does not turn back over them. What is asked for in the meantime takes its place.
extension MotionPlanner {
    /// Most tokens of it.
    private static var mostTokens: Int { 16 }

    /// Whether a plan ends soon, and where the robot could not stand well. The robots of a group end as each can by itself.
    func isSettlingNeeded(_ track: Track) -> Bool {
        guard let trajectory = track.plan.trajectory, !trajectory.isClip,
            !trajectory.endsBalanced || areStepsNeeded(trajectory, track),
            track.plan.deferred == nil,
            trajectory.endToken - (trajectory.settling ?? trajectory.endToken) < Self.mostTokens,
            trajectory.stopCount == track.robot.channel.stopCount, track.plan.generated.last?.isGroup != true
        else { return false }
        let status = track.robot.channel.status
        return !status.isHeld && !status.isIdle
            && (status.changeableTrajectory == trajectory.number || status.framesAhead > 0)
    }

    /// Does the next piece of it; false when it is too early.
    func settle(_ name: String) async -> Bool {
        guard let track = tracks[name], let trajectory = track.plan.trajectory else { return false }
        let status = track.robot.channel.status
        guard Double(status.framesAhead) < settings.lowWater * Double(track.robot.channel.rate) else { return false }
        let entry = Command(
            number: 0, id: nil, robots: [name], say: Say(text: Standing.text), segments: [],
            stopCounts: [name: trajectory.stopCount],
            expiry: nil, received: 0)
        var work = Plan.Work(entry, [Action(text: Standing.text, duration: 1)])
        if trajectory.endsBalanced, let last = trajectory.now.lastFrame {
            work.content = .text(made: steps(after: last, in: trajectory, track), isOver: true)
        }
        tracks[name]?.plan.work = work
        tracks[name]?.plan.trajectory?.settling = trajectory.settling ?? trajectory.endToken
        return await generate(name)
    }

    private func areStepsNeeded(_ trajectory: Plan.Trajectory, _ track: Track) -> Bool {
        // Once is enough.
        guard trajectory.now.unseen.isEmpty, let last = trajectory.now.lastFrame else { return false }
        return ClosingSteps.areNeeded(after: last, turns: footTurns(trajectory, track))
    }

    private func footTurns(_ trajectory: Plan.Trajectory, _ track: Track) -> [Double]? {
        track.tracer.flatMap { tracer in trajectory.now.trace.flatMap(tracer.footTurns) }
    }

    private func steps(
        after last: HumanFrame, in trajectory: Plan.Trajectory, _ track: Track
    ) -> [PlacedToken<Source.Stream>] {
        let frames = ClosingSteps.frames(after: last, turns: footTurns(trajectory, track))
        let size = MotionGenerator.framesPerToken
        return stride(from: 0, to: frames.count, by: size).map { start in
            var token = PlacedToken(
                frames: Array(frames[start..<start + size]), after: trajectory.now.stream, place: trajectory.now.place)
            token.isDrawn = false
            return token
        }
    }

    /// Takes the tokens back that nobody asked for, those that can still change; true when there were some.
    func cutSettling(_ name: String) -> Bool {
        guard let track = tracks[name], let trajectory = track.plan.trajectory, let settling = trajectory.settling
        else {
            return false
        }
        let earliest = firstChangeableToken(track, lead: firstMotion.quantile(0.5)) ?? trajectory.endToken
        let first = max(settling, earliest)
        tracks[name]?.plan.trajectory?.rewind(to: first)
        tracks[name]?.plan.trajectory?.settling = nil
        return first < trajectory.endToken
    }
}
