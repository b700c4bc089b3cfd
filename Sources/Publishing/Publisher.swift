internal import Dispatch
internal import Glibc
package import Messaging
package import Robots
package import ServiceCore
internal import Synchronization
internal import Timeline
package import Wire

/// Publishes every robot's references on a thread of its own, at absolute deadlines of the monotonic clock.
///
/// The thread owns the players. A tick applies the edits that wait, makes the next frame, writes it and hands it to the thread
/// that sends; it allocates nothing of ours and waits for nobody.
package final class Publisher: Sendable {
    private let thread: NamedThread
    private let forecast: Forecast
    private let control: Control
    /// The endpoint in force.
    package let endpoint: String
    /// How the sinks fare.
    package let sinks: [SinkReport]
    private let epoch: Int64
    private let sinksOfRobot: [String: [SinkConfiguration]]

    /// Bytes of one robot's messages that may wait for the thread that sends; those of what lies ahead are the longest.
    private static let roomOfARobot = 1 << 18
    /// Of the thread that moves the streams' bytes, below that of the threads that send; what subscribers may send is little.
    private static let ioPriority: Int32 = 30

    /// What other threads read and set.
    private final class Control: Sendable {
        let isStopping = Atomic(false)
        let isStarted = Atomic(false)
        /// Keeps the thread until it shall begin.
        let start = DispatchSemaphore(value: 0)
        let ticks = Atomic<Int>(0)
        let isRealTime = Atomic(false)
        let refusedFrames = Atomic<Int>(0)
        let lateness = Mutex(Lateness())
    }

    /// One robot's player and how its messages are written.
    private final class Track {
        var player: RobotPlayer
        var frame: PublishedFrame
        var encoder: ReferenceEncoder
        let channel: RobotChannel
        let sinkGroup: SinkGroup
        var period: Int64
        var deadline: Int64 = 0
        /// How much later than those of the first robot its deadlines are.
        var phase: Int64 = 0
        /// A profile to go over to when the robot next holds.
        var reload: ProfileReload?
        /// What limits did before this player.
        var earlierLimits = RobotChannel.LimitTotals()
        var mailbox = RobotChannel.Mailbox()
        var status = RobotChannel.Status()
        var sequence: Int64 = 0
        var framesSinceBegin = Int.max
        var isFirstTick = true
        /// Place in its trajectory before the last tick, human frames.
        var previousWaypoint = 0.0
        var lead = 0.0

        /// Goes over to the profile that waits, if the robot holds; this tick may allocate.
        func succeed() {
            guard let reload, reload.forPublisher.player.succeed(player, joints: reload.joints) else {
                return
            }
            swap(&player, &reload.forPublisher.player)
            swap(&frame, &reload.forPublisher.frame)
            swap(&encoder, &reload.forPublisher.encoder)
            period = 1_000_000_000 / Int64(reload.rate)
            sinkGroup.follow(reload.profile, player)
            earlierLimits = status.limits
            mailbox.note(.succeeded(frame: player.nextFrame))
            self.reload = nil
        }

        init(player: RobotPlayer, encoder: consuming ReferenceEncoder, channel: RobotChannel, sinkGroup: SinkGroup) {
            self.player = player
            frame = player.makeFrame()
            self.encoder = encoder
            self.channel = channel
            self.sinkGroup = sinkGroup
            period = 1_000_000_000 / Int64(channel.rate)
        }
    }

    /// All that goes over to the thread at its start.
    private struct Cargo {
        let tracks: [Track]
        let sender: SocketSender
        let wakeUps: WakeUps
    }

    /// Whom the publisher wakes.
    package struct WakeUps: Sendable {
        /// Rings when players have told something.
        package let marks: WakeUp
        /// Rings when something became of the edits of commands.
        package let outcomes: WakeUp

        /// Joins the two.
        package init(marks: WakeUp, outcomes: WakeUp) {
            self.marks = marks
            self.outcomes = outcomes
        }
    }

    /// Binds the stream socket and those of the sinks. Nothing is published before ``start()``.
    package init(
        robots: [ActiveRobot], sinks: [SinkConfiguration] = [], epoch: Int64, context: Context,
        security: any SocketSecurity, endpoint: String, wakeUps: WakeUps, threadName: String = "kmmd publisher"
    ) throws(StartError) {
        let contacts = ContactChannel.names.count
        var tracks: [Track] = []
        var sinksOfRobot: [String: [SinkConfiguration]] = [:]
        for robot in robots {
            let rate = robot.channel.rate
            let player = RobotPlayer(profile: robot.profile, streamRate: rate, contactCount: contacts)
            let layout = ReferenceEncoder.Layout(
                robot: robot.name, jointCount: player.jointCount, contactCount: contacts, rate: Double(rate),
                epoch: epoch, profile: robot.profile.contentHash)
            let own = sinks.filter { ($0.robot ?? robots.first?.name) == robot.name }
            sinksOfRobot[robot.name] = own
            let sinkGroup = try SinkGroup(
                own, of: robot.profile, player: player, context: context, security: security)
            do throws(StreamMessageError) {
                let encoder = try ReferenceEncoder(layout)
                tracks.append(Track(player: player, encoder: encoder, channel: robot.channel, sinkGroup: sinkGroup))
            } catch {
                throw .stream(robot: robot.name, error)
            }
        }
        self.sinks = tracks.flatMap(\.sinkGroup.reports)
        self.epoch = epoch
        self.sinksOfRobot = sinksOfRobot
        do throws(MessagingError) {
            // A stalled subscriber must not play old motion: its queue is short, 80 ms of all robots' frames.
            var options = Socket.Options()
            options.ioThread = .stream
            options.sendHighWater = tracks.reduce(0) { $0 + Int32(max(4, $1.channel.rate * 2 / 25)) }
            options.sendBuffer = options.sendHighWater * 2048
            let socket = try Socket(.publish, options: security.guarded(options, as: "stream"), in: context)
            try security.watch(socket, as: "stream", in: context)
            self.endpoint = try socket.bind(endpoint)
            context.prefer(.stream, priority: Publisher.ioPriority)
            let sender = try SocketSender(
                socket, name: "kmmd stream",
                capacity: Publisher.roomOfARobot << (Int.bitWidth - (tracks.count - 1).leadingZeroBitCount))
            let control = Control()
            forecast = try Forecast(
                of: zip(tracks, robots).map { (player: $0.player, robot: $1) }, epoch: epoch)
            // Handed over whole: from its start on only the thread touches it.
            nonisolated(unsafe) let cargo = Cargo(tracks: tracks, sender: sender, wakeUps: wakeUps)
            thread = try NamedThread(name: threadName) { Publisher.run(cargo, control) }
            self.control = control
        } catch {
            throw .socket(name: "stream", error)
        }
    }

    /// Makes what is needed for a robot to go over to another profile.
    package func reload(of robot: ActiveRobot, to profile: RobotProfile) throws(StartError) -> ProfileReload {
        let reload: ProfileReload
        do throws(StreamMessageError) {
            reload = try ProfileReload(of: robot, to: profile, epoch: epoch)
        } catch {
            throw .stream(robot: robot.name, error)
        }
        do throws(SinkError) {
            try SinkGroup.check(sinksOfRobot[robot.name] ?? [], profile, reload.rate)
        } catch {
            throw .sink(error)
        }
        return reload
    }

    /// Begins to publish every robot's stand pose, and what is planned.
    package func start() {
        control.isStarted.store(true, ordering: .releasing)
        control.start.signal()
    }

    /// Whether it has begun to publish.
    package var isStarted: Bool { control.isStarted.load(ordering: .acquiring) }

    /// Ends the thread and closes the socket; bring the robots to rest before.
    package func stop() {
        control.isStopping.store(true, ordering: .releasing)
        control.start.signal()
        thread.join()
        forecast.stop()
    }

    /// Ticks since the start, 0 before it: grows as long as the thread advances.
    package var ticks: Int { control.ticks.load(ordering: .relaxed) }
    /// Whether the thread got a real-time priority.
    package var isRealTime: Bool { control.isRealTime.load(ordering: .relaxed) }
    /// Frames that were not sent because a number in them was not finite.
    package var refusedFrames: Int { control.refusedFrames.load(ordering: .relaxed) }
    /// How late the ticks came.
    package var lateness: Lateness { control.lateness.withLock { $0 } }

    /// How publishing fares.
    package var report: StatusAnswer.Publisher {
        StatusAnswer.Publisher(
            lateness: lateness.description, realTime: isRealTime, refusedFrames: refusedFrames,
            sinks: sinks.map(\.state))
    }

    // MARK: The thread

    private static func run(_ cargo: Cargo, _ control: Control) {
        control.start.wait()
        var priority = sched_param()
        priority.sched_priority = 50
        let status = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority)
        control.isRealTime.store(status == 0, ordering: .relaxed)

        let start = Clock.monotonic()
        // One after the other, so that no robot's tick waits for another's.
        for (index, track) in cargo.tracks.enumerated() {
            track.phase = Int64(index) * min(100_000, track.period / Int64(2 * cargo.tracks.count))
            track.deadline = start + track.period + track.phase
        }
        while !control.isStopping.load(ordering: .acquiring) {
            guard var due = cargo.tracks.first else { break }
            for track in cargo.tracks where track.deadline < due.deadline { due = track }
            Clock.sleep(until: due.deadline)
            let now = Clock.monotonic()
            let lateness = now - due.deadline
            keepStep(due, with: cargo.tracks)
            tick(due, now: now, control: control, cargo)
            // What was missed is not made up for: a burst would be worse than the gap.
            let isLost = lateness > due.period
            due.deadline = isLost ? now + due.period : due.deadline + due.period
            _ = control.lateness.withLockIfAvailable { $0.add(nanoseconds: lateness, isReanchored: isLost) }
            control.ticks.add(1, ordering: .relaxed)
        }
        cargo.sender.close()
        for track in cargo.tracks { track.sinkGroup.close() }
    }

    /// Has a player wait for those that play the same motion and are behind.
    private static func keepStep(_ track: Track, with others: [Track]) {
        var lead = 0.0
        for other in others
        where other !== track && track.frame.trajectory != 0 && other.frame.trajectory == track.frame.trajectory {
            guard other.frame.tag.command == track.frame.tag.command else { continue }
            // As of the same moment: some have ticked already.
            let waypoint = other.deadline > track.deadline ? other.previousWaypoint : other.frame.waypoint
            lead = max(lead, track.frame.waypoint - waypoint)
        }
        // Players of different rates are compared at moments up to a frame apart.
        lead = max(0, lead * Double(track.channel.rate) / 30 - 1)
        guard abs(lead - track.lead) > 0.05 || (lead == 0) != (track.lead == 0) else { return }
        track.lead = lead
        _ = track.player.apply(.keepStep(lead: lead))
        track.mailbox.add(.keepStep(lead: lead), frame: track.status.frame + 1)
    }

    private static func tick(_ track: Track, now: Int64, control: Control, _ cargo: Cargo) {
        track.channel.takeEdits(
            into: &track.mailbox, at: track.deadline - track.phase, before: track.status.frame + 1)
        track.succeed()
        let isEdited = applyEdits(of: track)
        track.sinkGroup.prepare(&track.player, isEdited: isEdited)
        track.previousWaypoint = track.frame.waypoint
        track.player.tick(into: &track.frame)
        noteNews(of: track)
        send(track, now: now, control: control, cargo)
        track.channel.withLeftMessage { cargo.sender.send($0) }
        updateStatus(of: track)
        let news = track.channel.report(track.status, track.frame, from: &track.mailbox)
        if news.isTold { cargo.wakeUps.marks.ring() }
        if news.hasOutcomes { cargo.wakeUps.outcomes.ring() }
    }

    /// Applies the edits in the mailbox that were not applied before; whether there are any at all.
    private static func applyEdits(of track: Track) -> Bool {
        for index in 0..<track.mailbox.edits.count where track.mailbox.edits[index].frame < 0 {
            track.mailbox.stamp(index, frame: track.status.frame + 1)
            let edit: PlayerEdit
            switch track.mailbox.edits[index].change {
            case .edit(let posted): edit = posted
            case .reload(let reload):
                track.reload = reload
                track.succeed()
                continue
            }
            let outcome = track.player.apply(edit)
            if let humanChunk = track.mailbox.edits[index].humanChunk {
                switch outcome {
                case .planned, .effective: track.sinkGroup.take(humanChunk)
                case .refused: break
                }
            }
            track.mailbox.note(outcome, of: track.mailbox.edits[index].origin, frame: track.status.frame + 1)
        }
        return track.mailbox.edits.count > 0
    }

    /// Puts what the new frame brings into the mailbox: the player's notices, and a change of state.
    private static func noteNews(of track: Track) {
        for notice in track.frame.notices {
            track.mailbox.note(.notice(notice, frame: track.frame.frame))
            if case .underrun = notice { track.status.underruns += 1 }
            if case .rejected = notice { track.mailbox.isNewlyHeld = true }
        }
        if track.frame.state != track.status.state || track.isFirstTick {
            track.isFirstTick = false
            track.mailbox.note(.state(track.frame.state, frame: track.frame.frame))
        }
    }

    /// Sends the new frame to subscribers and sinks.
    private static func send(_ track: Track, now: Int64, control: Control, _ cargo: Cargo) {
        // A subscriber that loses a message shall still see where a segment begins.
        track.framesSinceBegin = track.frame.isFirstOfSegment ? 0 : min(track.framesSinceBegin, 1_000) + 1
        let wall = Clock.wall()
        var stamp = ReferenceStamp()
        stamp.sequence = track.sequence
        stamp.monotonicNanoseconds = now
        stamp.wallNanoseconds = wall
        stamp.playNanoseconds = wall - (now - track.deadline)
        stamp.isFirstOfSegment = track.framesSinceBegin < 5
        if let bytes = track.encoder.encode(track.frame, stamp: stamp) {
            track.sequence += 1
            cargo.sender.send(bytes)
            track.channel.tap.offer(bytes)
        } else {
            control.refusedFrames.add(1, ordering: .relaxed)
        }
        track.sinkGroup.publish(stamp: stamp)
    }

    /// Brings the status up to the new frame; the limiter's counts once a second.
    private static func updateStatus(of track: Track) {
        track.status.frame = track.frame.frame
        track.status.state = track.frame.state
        track.status.tag = track.frame.tag
        track.status.trajectory = track.frame.trajectory
        track.status.waypoint = track.frame.waypoint
        track.status.changeableTrajectory = track.frame.changeableTrajectory
        track.status.changeableWaypoint = track.frame.changeableWaypoint
        track.status.framesAhead = track.frame.framesAhead
        track.status.isSettled = track.frame.isSettled
        track.status.isFollowing = track.frame.human != nil
        track.status.isJoining = track.frame.human?.state == .ramping
        track.status.isResting = track.frame.state == .holding && track.frame.pace == 0
        guard track.frame.frame % Int64(track.channel.rate) == 0 else { return }
        let counts = track.player.limiterCounts
        track.channel.take(counts)
        let earlier = track.earlierLimits
        track.status.limits.position = earlier.position + counts.total(.position)
        track.status.limits.velocity = earlier.velocity + counts.total(.velocity)
        track.status.limits.acceleration = earlier.acceleration + counts.total(.acceleration)
        track.status.limits.jerk = earlier.jerk + counts.total(.jerk)
        track.status.limits.slowedFrames = earlier.slowedFrames + counts.slowedFrames
    }
}
