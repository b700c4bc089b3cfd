internal import JSON
internal import Logging
package import Robots
package import ServiceCore
internal import Wire

extension MotionPlanner {
    /// A changed profile and the retargeter made for it.
    struct WaitingSuccession {
        let succession: Succession
        let retargeting: Retargeting
        var objection: String?
    }

    /// Has a robot go over to another profile as soon as it holds still with nothing planned; one that still waits is
    /// forgotten.
    package func succeed(_ robot: String, by succession: Succession, retargeting: Retargeting) {
        successions[robot] = WaitingSuccession(succession: succession, retargeting: retargeting)
        inbox.nudge()
    }

    /// Lets the profile stay that a robot has.
    package func keepProfile(of robot: String) { successions[robot] = nil }

    /// The profile that waits for a robot to hold.
    package func waitingProfile(of robot: String) -> RobotProfile? { successions[robot]?.succession.profile }

    /// Goes over to the profile that waits, if the robot holds. What is queued is made with the new one.
    func takeUpSuccession(_ name: String) async {
        guard let waiting = successions[name], let lane = lanes[name], lane.pending == nil, lane.plan.work == nil,
            lane.plan.following == nil, lane.plan.deferred == nil
        else { return }
        switch lane.robot.channel.post(waiting.succession) {
        case .moving: break
        case .outside(let objection):
            guard waiting.objection != objection else { return }
            successions[name]?.objection = objection
            log.warning("the new profile has to wait: \(objection)", metadata: ["robot": "\(name)"])
            await report.tell(
                name,
                .profile(
                    .init(
                        .waiting, profile: waiting.succession.profile.contentHash,
                        inForce: lane.robot.profile.contentHash, problem: objection)))
        case .taken:
            successions[name] = nil
            lane.robot.profile = waiting.succession.profile
            lanes[name]?.retargeting = waiting.retargeting
            lanes[name]?.tracer = try? BodyTracer(waiting.succession.profile)
            lanes[name]?.plan = Plan()
            lanes[name]?.plan.queue = lane.plan.queue
        }
    }
}
