internal import JSON
internal import Logging
package import Robots
package import ServiceCore
internal import Wire

extension MotionPlanner {
    /// A changed profile and the retargeter made for it.
    struct WaitingReload {
        let reload: ProfileReload
        let retargeting: Retargeting
        var objection: String?
    }

    /// Has a robot go over to another profile as soon as it holds still with nothing planned; one that still waits is
    /// forgotten.
    package func succeed(_ robot: String, by reload: ProfileReload, retargeting: Retargeting) {
        reloads[robot] = WaitingReload(reload: reload, retargeting: retargeting)
        inbox.nudge()
    }

    /// Lets the profile stay that a robot has.
    package func keepProfile(of robot: String) { reloads[robot] = nil }

    /// The profile that waits for a robot to hold.
    package func waitingProfile(of robot: String) -> RobotProfile? { reloads[robot]?.reload.profile }

    /// Goes over to the profile that waits, if the robot holds. What is queued is made with the new one.
    func takeUpReload(_ name: String) async {
        guard let waiting = reloads[name], let track = tracks[name], track.pending == nil, track.plan.work == nil,
            track.plan.following == nil, track.plan.deferred == nil
        else { return }
        switch track.robot.channel.post(waiting.reload) {
        case .moving: break
        case .outside(let objection):
            guard waiting.objection != objection else { return }
            reloads[name]?.objection = objection
            log.warning("the new profile has to wait: \(objection)", metadata: ["robot": "\(name)"])
            await report.tell(
                name,
                .profile(
                    .init(
                        .waiting, profile: waiting.reload.profile.contentHash,
                        inForce: track.robot.profile.contentHash, problem: objection)))
        case .taken:
            reloads[name] = nil
            track.robot.profile = waiting.reload.profile
            tracks[name]?.retargeting = waiting.retargeting
            tracks[name]?.tracer = try? BodyTracer(waiting.reload.profile)
            tracks[name]?.plan = Plan()
            tracks[name]?.plan.queue = track.plan.queue
        }
    }
}
