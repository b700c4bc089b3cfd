internal import KMM
internal import ServiceCore
internal import TextEncoding
internal import Timeline
internal import Wire

/// Motion that nobody asked for: where what was asked for ends on one foot, or in the middle of a stride, the generator goes
/// on until the robot stands, as a person would. What is asked for in the meantime takes its place.
extension MotionPlanner {
    /// Most tokens of it.
    private static var mostTokens: Int { 16 }

    /// Whether a plan ends soon, and where the robot could not stand. The robots of a group end as each can by itself.
    func isSettlingNeeded(_ track: Track) -> Bool {
        guard let trajectory = track.plan.trajectory, !trajectory.endsBalanced, !trajectory.isClip,
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
        tracks[name]?.plan.work = Plan.Work(entry, [Action(text: Standing.text, duration: 1)])
        tracks[name]?.plan.trajectory?.settling = trajectory.settling ?? trajectory.endToken
        return await generate(name)
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
