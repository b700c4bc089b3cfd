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
    private final class Lane {
        var player: RobotPlayer
        var frame: PublishedFrame
        var encoder: ReferenceEncoder
        let channel: RobotChannel
        let rack: SinkRack
        var period: Int64
        var deadline: Int64 = 0
        /// How much later than those of the first robot its deadlines are.
        var phase: Int64 = 0
        /// A profile to go over to when the robot next holds.
        var succession: Succession?
        /// What limits did before this player.
        var earlierLimits = RobotChannel.LimitTotals()
        var desk = RobotChannel.Desk()
        var status = RobotChannel.Status()
        var sequence: Int64 = 0
        var framesSinceBegin = Int.max
        var isFirstTick = true
        /// Place in its stretch before the last tick, human frames.
        var previousKnot = 0.0
        var lead = 0.0

        /// Goes over to the profile that waits, if the robot holds; this tick may allocate.
        func succeed() {
            guard let succession, succession.forPublisher.player.succeed(player, joints: succession.joints) else {
                return
            }
            swap(&player, &succession.forPublisher.player)
            swap(&frame, &succession.forPublisher.frame)
            swap(&encoder, &succession.forPublisher.encoder)
            period = 1_000_000_000 / Int64(succession.rate)
            rack.follow(succession.profile, player)
            earlierLimits = status.limits
            desk.note(.succeeded(frame: player.nextFrame))
            self.succession = nil
        }

        init(player: RobotPlayer, encoder: consuming ReferenceEncoder, channel: RobotChannel, rack: SinkRack) {
            self.player = player
            frame = player.makeFrame()
            self.encoder = encoder
            self.channel = channel
            self.rack = rack
            period = 1_000_000_000 / Int64(channel.rate)
        }
    }

    /// All that goes over to the thread at its start.
    private struct Cargo {
        let lanes: [Lane]
        let sender: SocketSender
        let bells: Bells
    }

    /// Whom the publisher wakes.
    package struct Bells: Sendable {
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
        security: any SocketSecurity, endpoint: String, bells: Bells, threadName: String = "kmmd publisher"
    ) throws(StartError) {
        let contacts = ContactChannel.names.count
        var lanes: [Lane] = []
        var sinksOfRobot: [String: [SinkConfiguration]] = [:]
        for robot in robots {
            let rate = robot.channel.rate
            let player = RobotPlayer(profile: robot.profile, streamRate: rate, contactCount: contacts)
            let layout = ReferenceEncoder.Layout(
                robot: robot.name, jointCount: player.jointCount, contactCount: contacts, rate: Double(rate),
                epoch: epoch, profile: robot.profile.contentHash)
            let own = sinks.filter { ($0.robot ?? robots.first?.name) == robot.name }
            sinksOfRobot[robot.name] = own
            let rack = try SinkRack(
                own, of: robot.profile, player: player, context: context, security: security)
            do throws(StreamMessageError) {
                let encoder = try ReferenceEncoder(layout)
                lanes.append(Lane(player: player, encoder: encoder, channel: robot.channel, rack: rack))
            } catch {
                throw .stream(robot: robot.name, error)
            }
        }
        self.sinks = lanes.flatMap(\.rack.reports)
        self.epoch = epoch
        self.sinksOfRobot = sinksOfRobot
        do throws(MessagingError) {
            // A stalled subscriber must not play old motion: its queue is short, 80 ms of all robots' frames.
            var options = Socket.Options()
            options.ioThread = .stream
            options.sendHighWater = lanes.reduce(0) { $0 + Int32(max(4, $1.channel.rate * 2 / 25)) }
            options.sendBuffer = options.sendHighWater * 2048
            let socket = try Socket(.publish, options: security.guarded(options, as: "stream"), in: context)
            try security.watch(socket, as: "stream", in: context)
            self.endpoint = try socket.bind(endpoint)
            let sender = try SocketSender(
                socket, name: "kmmd stream",
                capacity: Publisher.roomOfARobot << (Int.bitWidth - (lanes.count - 1).leadingZeroBitCount))
            let control = Control()
            forecast = try Forecast(
                of: zip(lanes, robots).map { (player: $0.player, robot: $1) }, epoch: epoch)
            // Handed over whole: from its start on only the thread touches it.
            nonisolated(unsafe) let cargo = Cargo(lanes: lanes, sender: sender, bells: bells)
            thread = try NamedThread(name: threadName) { Publisher.run(cargo, control) }
            self.control = control
        } catch {
            throw .socket(name: "stream", error)
        }
    }

    /// Makes what is needed for a robot to go over to another profile.
    package func succession(of robot: ActiveRobot, to profile: RobotProfile) throws(StartError) -> Succession {
        let succession: Succession
        do throws(StreamMessageError) {
            succession = try Succession(of: robot, to: profile, epoch: epoch)
        } catch {
            throw .stream(robot: robot.name, error)
        }
        do throws(SinkError) {
            try SinkRack.check(sinksOfRobot[robot.name] ?? [], profile, succession.rate)
        } catch {
            throw .sink(error)
        }
        return succession
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
        for (index, lane) in cargo.lanes.enumerated() {
            lane.phase = Int64(index) * min(100_000, lane.period / Int64(2 * cargo.lanes.count))
            lane.deadline = start + lane.period + lane.phase
        }
        while !control.isStopping.load(ordering: .acquiring) {
            guard var due = cargo.lanes.first else { break }
            for lane in cargo.lanes where lane.deadline < due.deadline { due = lane }
            Clock.sleep(until: due.deadline)
            let now = Clock.monotonic()
            let lateness = now - due.deadline
            keepStep(due, with: cargo.lanes)
            tick(due, now: now, control: control, cargo)
            // What was missed is not made up for: a burst would be worse than the gap.
            let isLost = lateness > due.period
            due.deadline = isLost ? now + due.period : due.deadline + due.period
            _ = control.lateness.withLockIfAvailable { $0.add(nanoseconds: lateness, isReanchored: isLost) }
            control.ticks.add(1, ordering: .relaxed)
        }
        cargo.sender.close()
        for lane in cargo.lanes { lane.rack.close() }
    }

    /// Has a player wait for those that play the same motion and are behind.
    private static func keepStep(_ lane: Lane, with others: [Lane]) {
        var lead = 0.0
        for other in others where other !== lane && lane.frame.stretch != 0 && other.frame.stretch == lane.frame.stretch
        {
            guard other.frame.tag.command == lane.frame.tag.command else { continue }
            // As of the same moment: some have ticked already.
            let knot = other.deadline > lane.deadline ? other.previousKnot : other.frame.knot
            lead = max(lead, lane.frame.knot - knot)
        }
        // Players of different rates are compared at moments up to a frame apart.
        lead = max(0, lead * Double(lane.channel.rate) / 30 - 1)
        guard abs(lead - lane.lead) > 0.05 || (lead == 0) != (lane.lead == 0) else { return }
        lane.lead = lead
        _ = lane.player.apply(.keepStep(lead: lead))
        lane.desk.add(.keepStep(lead: lead), frame: lane.status.frame + 1)
    }

    private static func tick(_ lane: Lane, now: Int64, control: Control, _ cargo: Cargo) {
        lane.channel.takeEdits(
            into: &lane.desk, at: lane.deadline - lane.phase, before: lane.status.frame + 1)
        lane.succeed()
        var isEdited = false
        for index in 0..<lane.desk.edits.count {
            isEdited = true
            guard lane.desk.edits[index].frame < 0 else { continue }
            lane.desk.stamp(index, frame: lane.status.frame + 1)
            let edit: PlayerEdit
            switch lane.desk.edits[index].change {
            case .edit(let posted): edit = posted
            case .succession(let succession):
                lane.succession = succession
                lane.succeed()
                continue
            }
            let outcome = lane.player.apply(edit)
            if case .planned = outcome, let passage = lane.desk.edits[index].passage { lane.rack.take(passage) }
            lane.desk.note(outcome, of: lane.desk.edits[index].origin, frame: lane.status.frame + 1)
        }
        lane.rack.prepare(&lane.player, isEdited: isEdited)
        lane.previousKnot = lane.frame.knot
        lane.player.tick(into: &lane.frame)
        for notice in lane.frame.notices {
            lane.desk.note(.notice(notice, frame: lane.frame.frame))
            if case .underrun = notice { lane.status.underruns += 1 }
            if case .rejected = notice { lane.desk.isNewlyHeld = true }
        }
        if lane.frame.state != lane.status.state || lane.isFirstTick {
            lane.isFirstTick = false
            lane.desk.note(.state(lane.frame.state, frame: lane.frame.frame))
        }

        // A subscriber that loses a message shall still see where a segment begins.
        lane.framesSinceBegin = lane.frame.isFirstOfSegment ? 0 : min(lane.framesSinceBegin, 1_000) + 1
        let wall = Clock.wall()
        var stamp = ReferenceStamp()
        stamp.sequence = lane.sequence
        stamp.monotonicNanoseconds = now
        stamp.wallNanoseconds = wall
        stamp.playNanoseconds = wall - (now - lane.deadline)
        stamp.isFirstOfSegment = lane.framesSinceBegin < 5
        if let bytes = lane.encoder.encode(lane.frame, stamp: stamp) {
            lane.sequence += 1
            cargo.sender.send(bytes)
            lane.channel.tap.offer(bytes)
        } else {
            control.refusedFrames.add(1, ordering: .relaxed)
        }
        lane.rack.publish(stamp: stamp)
        lane.channel.withLeftMessage { cargo.sender.send($0) }

        lane.status.frame = lane.frame.frame
        lane.status.state = lane.frame.state
        lane.status.tag = lane.frame.tag
        lane.status.stretch = lane.frame.stretch
        lane.status.knot = lane.frame.knot
        lane.status.changeableStretch = lane.frame.changeableStretch
        lane.status.changeableKnot = lane.frame.changeableKnot
        lane.status.framesAhead = lane.frame.framesAhead
        lane.status.isSettled = lane.frame.isSettled
        lane.status.isResting = lane.frame.state == .holding && lane.frame.pace == 0
        if lane.frame.frame % Int64(lane.channel.rate) == 0 {
            let counts = lane.player.limiterCounts
            lane.channel.take(counts)
            let earlier = lane.earlierLimits
            lane.status.limits.position = earlier.position + counts.total(.position)
            lane.status.limits.velocity = earlier.velocity + counts.total(.velocity)
            lane.status.limits.acceleration = earlier.acceleration + counts.total(.acceleration)
            lane.status.limits.jerk = earlier.jerk + counts.total(.jerk)
            lane.status.limits.slowedFrames = earlier.slowedFrames + counts.slowedFrames
        }
        let news = lane.channel.report(lane.status, lane.frame, from: &lane.desk)
        if news.isTold { cargo.bells.marks.ring() }
        if news.hasOutcomes { cargo.bells.outcomes.ring() }
    }
}
