internal import Geometry
internal import Messaging
internal import Robots
internal import ServiceCore
internal import Synchronization
internal import Timeline
internal import Wire

/// Makes the messages `trajectory.<robot>.`: what will be published in the next two seconds if nothing is edited.
///
/// A thread of its own follows each player with a twin: a player is pure, so the same edits before the same frames give the
/// same numbers, and the publisher pays nothing for what lies ahead.
final class Forecast: Sendable {
    private let thread: NamedThread
    private let isStopping: Flag

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// How far ahead a message reaches, seconds.
    static let reach = 2
    /// Most points of a message; at high rates they are several frames apart.
    static let points = 100
    /// Time between messages without an edit, nanoseconds.
    static let interval: Int64 = 100_000_000

    private final class Twin {
        var player: RobotPlayer
        var ahead: LookAhead
        var frame: PublishedFrame
        var profile: String
        /// A profile to go over to when the robot next holds.
        var reload: ProfileReload?
        let robot: ActiveRobot
        let epoch: Int64
        var sequence: Int64 = 0
        var lastSent: Int64 = 0

        init(_ player: RobotPlayer, of robot: ActiveRobot, epoch: Int64) {
            self.player = player
            self.robot = robot
            profile = robot.profile.contentHash
            self.epoch = epoch
            // One more than is told: the first one is being published already.
            ahead = LookAhead(of: player, count: Forecast.reach * player.streamRate + 1)
            frame = player.makeFrame()
        }

        /// Goes over to the profile that waits just as the publisher does.
        func succeed() {
            guard let reload, reload.forForecast.player.succeed(player, joints: reload.joints) else {
                return
            }
            swap(&player, &reload.forForecast.player)
            swap(&frame, &reload.forForecast.frame)
            ahead = LookAhead(of: player, count: Forecast.reach * player.streamRate + 1)
            profile = reload.profile.contentHash
            self.reload = nil
        }
    }

    /// Starts to follow players that have not ticked yet.
    init(of players: [(player: RobotPlayer, robot: ActiveRobot)], epoch: Int64) throws(MessagingError) {
        let isStopping = Flag()
        // Handed over whole: from its start on only the thread touches them.
        nonisolated(unsafe) let twins = players.map { Twin($0.player, of: $0.robot, epoch: epoch) }
        self.isStopping = isStopping
        thread = try NamedThread(name: "kmmd forecast") {
            var next = Clock.monotonic()
            while !isStopping.value.load(ordering: .acquiring) {
                for twin in twins { Forecast.follow(twin, at: Clock.monotonic()) }
                next = max(next + 20_000_000, Clock.monotonic())
                Clock.sleep(until: next)
            }
        }
    }

    /// Ends the thread.
    func stop() {
        isStopping.value.store(true, ordering: .releasing)
        thread.join()
    }

    private static func follow(_ twin: Twin, at time: Int64) {
        let (edits, last) = twin.robot.channel.takeApplied()
        var next = 0
        while twin.player.nextFrame <= last {
            twin.succeed()
            var isEdited = false
            while next < edits.count, edits[next].frame <= twin.player.nextFrame {
                switch edits[next].change {
                case .edit(let edit): _ = twin.player.apply(edit)
                case .reload(let reload):
                    twin.reload = reload
                    twin.succeed()
                }
                isEdited = true
                next += 1
            }
            twin.ahead.update(with: &twin.player, isEdited: isEdited)
            twin.player.tick(into: &twin.frame)
        }
        let hasNews = edits.contains { if case .edit(.keepStep) = $0.change { false } else { true } }
        guard twin.player.nextFrame > 0, hasNews || time - twin.lastSent >= interval else { return }
        // What is sent late does not put the next one off.
        twin.lastSent = hasNews || time - twin.lastSent >= 2 * interval ? time : twin.lastSent + interval
        if let bytes = try? message(twin).encoded() {
            twin.sequence += 1
            twin.robot.channel.leave(bytes)
        }
    }

    private static func message(_ twin: Twin) -> StreamMessage {
        let rate = twin.player.streamRate
        let stride = max(1, Forecast.reach * rate / Forecast.points)
        var stamp = ReferenceStamp()
        (stamp.sequence, stamp.monotonicNanoseconds, stamp.wallNanoseconds) = (
            twin.sequence, Clock.monotonic(), Clock.wall()
        )
        return .trajectory(
            of: twin.robot.name, profile: twin.profile, rate: rate, epoch: twin.epoch, stamp: stamp,
            frames: Swift.stride(from: stride, to: twin.ahead.count, by: stride).map { twin.ahead[$0] })
    }
}
