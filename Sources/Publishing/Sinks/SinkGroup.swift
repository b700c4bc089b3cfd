internal import Messaging
internal import Robots
internal import ServiceCore
internal import Timeline
internal import Wire

/// The sinks of one robot, and the frames to come that they share. Belongs to the publisher thread.
final class SinkGroup {
    private var ahead: LookAhead?
    private var people: HumanLookAhead?
    private var track: HumanTrack?
    private let sinks: [any ReferenceSink]

    /// Binds and connects the sinks that `configurations` name for the robot.
    init(
        _ configurations: [SinkConfiguration], of robot: RobotProfile, player: RobotPlayer, context: Context,
        security: any SocketSecurity
    ) throws(StartError) {
        var sinks: [any ReferenceSink] = []
        for configuration in configurations {
            let place = SinkPlace(
                profile: robot, streamRate: player.streamRate, context: context, security: security)
            sinks.append(try configuration.format.open(configuration, place))
        }
        self.sinks = sinks
        lookAhead(player)
        if people != nil { track = HumanTrack() }
    }

    /// Makes room for what the sinks need to know ahead.
    private func lookAhead(_ player: RobotPlayer) {
        let count = sinks.map(\.frameCount).max() ?? 0
        if count > 0 { ahead = LookAhead(of: player, count: count) }
        let persons = sinks.map(\.personCount).max() ?? 0
        if persons > 0 { people = HumanLookAhead(count: persons, streamRate: player.streamRate, after: people) }
    }

    /// How the sinks fare.
    var reports: [SinkReport] { sinks.map(\.report) }

    /// Whether every sink could go over to another profile of its robot.
    static func check(
        _ configurations: [SinkConfiguration], _ profile: RobotProfile, _ rate: Int
    ) throws(SinkError) {
        for configuration in configurations {
            try configuration.format.check(configuration, profile, rate)
        }
    }

    /// Goes over to another profile of the robot, which has been checked, and to its player; allocates.
    func follow(_ profile: RobotProfile, _ player: RobotPlayer) {
        for sink in sinks { try? sink.follow(profile, streamRate: player.streamRate) }
        lookAhead(player)
    }

    /// Takes in the human behind motion that was put on the plan.
    func take(_ humanChunk: HumanChunk) { track?.take(humanChunk) }

    /// Looks ahead; called before the player's tick, after its edits.
    func prepare(_ player: inout RobotPlayer, isEdited: Bool) {
        guard ahead != nil else { return }
        ahead?.update(with: &player, isEdited: isEdited)
        if let ahead, let track { people?.update(with: ahead, along: track, isEdited: isEdited) }
    }

    /// Hands the frame of the tick to every sink.
    func publish(stamp: ReferenceStamp) {
        guard let ahead else { return }
        for sink in sinks { sink.publish(ahead, people: people, stamp: stamp) }
    }

    func close() {
        for sink in sinks { sink.close() }
    }
}
