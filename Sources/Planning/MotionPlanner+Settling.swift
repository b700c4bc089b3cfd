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
    func isSettlingNeeded(_ lane: Lane) -> Bool {
        guard let stretch = lane.plan.stretch, !stretch.endsBalanced, !stretch.isClip, lane.plan.deferred == nil,
            stretch.endToken - (stretch.settling ?? stretch.endToken) < Self.mostTokens,
            stretch.era == lane.robot.channel.era, lane.plan.generated.last?.isGroup != true
        else { return false }
        let status = lane.robot.channel.status
        return !status.isHeld && !status.isIdle
            && (status.changeableStretch == stretch.number || status.framesAhead > 0)
    }

    /// Does the next piece of it; false when it is too early.
    func settle(_ name: String) async -> Bool {
        guard let lane = lanes[name], let stretch = lane.plan.stretch else { return false }
        let status = lane.robot.channel.status
        guard Double(status.framesAhead) < settings.lowWater * Double(lane.robot.channel.rate) else { return false }
        let entry = Command(
            number: 0, id: nil, robots: [name], say: Say(text: Standing.text), segments: [], eras: [name: stretch.era],
            expiry: nil, received: 0)
        lanes[name]?.plan.work = Plan.Work(entry, [Action(text: Standing.text, duration: 1)])
        lanes[name]?.plan.stretch?.settling = stretch.settling ?? stretch.endToken
        return await generate(name)
    }

    /// Takes the tokens back that nobody asked for, those that can still change; true when there were some.
    func cutSettling(_ name: String) -> Bool {
        guard let lane = lanes[name], let stretch = lane.plan.stretch, let settling = stretch.settling else {
            return false
        }
        let earliest = firstChangeableToken(lane, lead: firstMotion.quantile(0.5)) ?? stretch.endToken
        let first = max(settling, earliest)
        lanes[name]?.plan.stretch?.rewind(to: first)
        lanes[name]?.plan.stretch?.settling = nil
        return first < stretch.endToken
    }
}
