internal import Logging
internal import Robots
internal import ServiceCore
internal import Wire

/// Watches by their measured states that robots stand and follow; belongs to the thread of the command server.
final class Supervision {
    /// Hears of every change.
    var onChange: (String, RobotEvent.Condition) -> Void = { _, _ in }
    /// Hears of every fall, with a reason for people.
    var onFall: (ActiveRobot, String) -> Void = { _, _ in }
    /// How often robots have fallen, by name.
    private(set) var falls: [String: Int] = [:]
    private var watches: [String: Watch] = [:]
    private let log: Logger

    private struct Watch {
        var supervisor = Supervisor()
        var last: (finding: Supervisor.Finding, time: Int64)?
    }

    /// More often than this, ns, states are not looked at: a sender may flood.
    private static let interval: Int64 = 8_000_000

    init(log: Logger) { self.log = log }

    /// How each robot stands whose sensors were heard.
    var conditions: [String: RobotEvent.Condition.State] { watches.mapValues { $0.supervisor.condition } }

    /// Takes in what a robot's sensors say.
    func take(_ state: MeasuredState, of robot: ActiveRobot, at time: Int64) {
        var watch = watches[robot.name] ?? Watch()
        if let last = watch.last, time - last.time < Supervision.interval { return }
        let before = watch.supervisor.condition
        let finding = watch.supervisor.judge(
            state, reference: robot.channel.pose, profile: robot.profile, isFollowing: robot.channel.hasBegun, at: time)
        watch.last = (finding, time)
        watches[robot.name] = watch
        if finding.condition != before { tell(finding, of: robot) }
    }

    /// Refuses what would move a robot that lies.
    func refuseFallen(_ robot: ActiveRobot) throws(RequestError) {
        guard let watch = watches[robot.name], watch.supervisor.condition == .fallen else { return }
        throw RequestError(
            .fallen,
            "\(robot.name) has fallen\(reason(watch.last?.finding)); put it on its feet, or send `halt` and `reset` if it stands"
        )
    }

    /// An operator has seen to the robot; what was found before does not count.
    func forget(_ robot: String) { watches[robot]?.supervisor.forget() }

    private func tell(_ finding: Supervisor.Finding, of robot: ActiveRobot) {
        let bounds = robot.profile.supervision
        var isHeld = false
        switch finding.condition {
        case .tipping where bounds.whenTipping == .hold, .notFollowing where bounds.whenNotFollowing == .hold:
            isHeld = robot.channel.status.isHeld || (try? robot.channel.perform(.hold, of: robot.profile)) != nil
        default: break
        }
        let names = robot.profile.jointNames
        let joint = finding.joint.flatMap { names.indices.contains($0.index) ? names[$0.index] : nil }
        onChange(
            robot.name,
            RobotEvent.Condition(
                finding.condition, frame: robot.channel.status.frame,
                tiltDeg: finding.tilt.map { ($0 * 1800 / .pi).rounded() / 10 }, heightM: finding.height, joint: joint,
                distance: finding.joint?.distance, bodyDistance: finding.body, held: isHeld))
        let metadata: Logger.Metadata = ["robot": "\(robot.name)", "joint": "\(joint ?? "")"]
        if finding.condition == .upright {
            log.notice("the robot is upright and follows", metadata: metadata)
        } else {
            log.warning("\(finding.condition.rawValue)\(reason(finding))", metadata: metadata)
        }
        if finding.condition == .fallen {
            falls[robot.name, default: 0] += 1
            onFall(robot, "fallen\(reason(finding))")
        }
    }

    private func reason(_ finding: Supervisor.Finding?) -> String {
        let tilt = finding?.tilt.map { "leans by \(Int(($0 * 180 / .pi).rounded())) degrees" }
        let height = finding?.height.map { "its root is at \(($0 * 100).rounded() / 100) m" }
        let parts = [tilt, height].compactMap(\.self)
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }
}
