internal import Geometry
package import Robots
internal import Synchronization
package import Timeline
package import Wire

/// The way between a robot's player on the publisher thread and everyone else.
///
/// The publisher takes the lock only when it is free, and others hold it for a few instructions, so neither waits.
package final class RobotChannel: Sendable {
    struct Shared: ~Copyable {
        var edits: [Posted] = []
        var spent: [Posted] = []
        var marks: [Mark] = []
        var outcomes: [Outcome] = []
        var status = Status()
        var stopCount = 0
        var holdCount = 0
        var framesInFlight: Int64 = 0
        var framesTaken: Int64 = 0
        var isHeld = false
        var notBefore: Int64 = 0
        /// The first frame that an edit can change which is posted now; one that is being made is past that.
        var open: Int64 = 0
        var measured: (state: MeasuredState, received: Int64)?
        /// Joint positions of the frame published last.
        var joints: [Double] = []
        /// What the feet's contacts were in it.
        var contacts: [Float] = []
        var root = (position: Vector3.zero, rotation: Quaternion.identity)
        var needsStart = true
        var hasMoved = false
        var outbox: (bytes: [UInt8], isNew: Bool) = ([], false)
        var stop: (verb: Verb, frame: Int64)?
        /// When the publisher's last tick was due.
        var tick: Int64 = 0
        /// The frame with which a halt ends, while that is on its way to the player.
        var resetFrame: Int64?
        /// How often limits acted, by joint and kind.
        var limitCounts: [Int] = []
    }

    /// Frames per second.
    package var rate: Int { rateNow.load(ordering: .acquiring) }
    let rateNow: Atomic<Int>
    /// The last frame that was made without looking for edits, as the lock was taken.
    let missed = Atomic<Int64>(-1)
    /// The native messages as they are sent, for a recording.
    package let tap = StreamTap()
    let shared = Mutex(Shared())
    let waiters = StatusWaiters()

    package init(rate: Int) {
        rateNow = Atomic(rate)
        shared.withLock { shared in
            shared.marks.reserveCapacity(256)
            shared.outcomes.reserveCapacity(64)
        }
    }

    // MARK: Any thread

    /// The stream as of the last tick.
    package var status: Status {
        shared.withLock { shared in
            var status = shared.status
            let inFlight = shared.framesInFlight + shared.framesTaken
            status.framesAhead += inFlight
            status.hasMotionInFlight = inFlight > 0
            status.isHeld = shared.isHeld
            status.stopCount = shared.stopCount
            return status
        }
    }

    /// How often limits acted on each joint since the start, or since the robot's profile changed.
    package var limits: LimitReport {
        shared.withLock { LimitReport(counts: $0.limitCounts, slowedFrames: $0.status.limits.slowedFrames) }
    }

    /// Where a resume would start from: nil unless a hold is in force.
    package var resumeStart: Start? {
        let now = Clock.monotonic()
        return shared.withLock { shared in
            guard shared.isHeld else { return nil }
            return RobotChannel.resumePose(shared, at: now) == nil ? .published : .measured
        }
    }

    /// The frame published last.
    package var pose: RobotConfiguration {
        shared.withLock { shared in
            RobotConfiguration(
                rootPosition: shared.root.position, rootRotation: shared.root.rotation, jointPositions: shared.joints)
        }
    }

    /// Contact of every point of ``ContactChannel`` with the floor in the frame published last, [0, 1].
    package var contacts: [Float] { shared.withLock { $0.contacts } }

    /// Grows with every stop and halt: motion that was made before must not follow them.
    package var stopCount: Int { shared.withLock { $0.stopCount } }

    /// Grows with every hold: motion that was asked for before does not end it.
    package var holdCount: Int { shared.withLock { $0.holdCount } }

    /// How many stops and holds there were.
    package struct StopCounts: Hashable, Sendable {
        /// Stops and halts.
        package var stops = 0
        /// Holds.
        package var holds = 0

        /// None so far.
        package init() {}
    }

    /// Both counts as of one moment.
    package var stopCounts: StopCounts {
        shared.withLock { shared in
            var counts = StopCounts()
            (counts.stops, counts.holds) = (shared.stopCount, shared.holdCount)
            return counts
        }
    }

    /// Whether a hold is in force that came after `holdCount` was read.
    package func isHeld(since holdCount: Int) -> Bool {
        shared.withLock { $0.isHeld && $0.holdCount != holdCount }
    }

    /// Whether a halt is in force or on its way to the player.
    package var isHalted: Bool {
        shared.withLock { RobotChannel.isHalted($0) }
    }

    static func isHalted(_ shared: borrowing Shared) -> Bool {
        shared.stop?.verb == .halt || (shared.status.state == .halted && shared.resetFrame == nil)
    }

    /// Hands an edit to the player, unless a stop or halt came since `stopCount`, or a hold since `holdCount` that it would end;
    /// false then.
    ///
    /// With `notBefore` (CLOCK_MONOTONIC nanoseconds) it waits until then, and with it all that is posted later: the edits of
    /// several robots take effect with the same tick.
    package func post(
        _ edit: PlayerEdit, from origin: Origin = .none, of humanChunk: HumanChunk? = nil, stopCount: Int,
        holdCount: Int? = nil, notBefore: Int64 = 0
    ) -> Bool {
        let now = Clock.monotonic()
        return shared.withLock { shared in
            guard stopCount == shared.stopCount else { return false }
            if case .replace = edit, shared.isHeld, let holdCount, holdCount != shared.holdCount { return false }
            shared.notBefore = max(shared.notBefore, notBefore)
            if case .replace = edit {
                // It ends a hold as `resume` does.
                RobotChannel.meetMoved(in: &shared, at: now)
                shared.isHeld = false
            }
            // Motion that follows a stop ends it, so that the next stop is a new one; a hold outlasts what is appended.
            switch edit {
            case .aim, .unfollow, .pose: break
            case .append, .revise: if shared.stop?.verb == .stop { shared.stop = nil }
            default: shared.stop = nil
            }
            RobotChannel.enqueue(Posted(change: .edit(edit), origin: origin, humanChunk: humanChunk), in: &shared)
            return true
        }
    }

    /// What comes of asking for a reload.
    package enum ReloadOutcome {
        /// It takes place with the next frame, before anything that is posted from now on.
        case taken
        /// The robot moves, or something is planned.
        case moving
        /// The robot rests where the new limits do not let it be.
        case outside(String)
    }

    /// Has the robot go over to another profile if it holds still and nothing is planned.
    package func post(_ reload: ProfileReload) -> ReloadOutcome {
        shared.withLock { shared in
            let isQuiet = shared.edits.isEmpty && shared.framesTaken == 0 && shared.status.isSettled
            guard isQuiet, shared.status.frame >= 0 else { return .moving }
            if let objection = reload.objection(
                toJoints: shared.joints, rootHeight: shared.root.position.z, rootRotation: shared.root.rotation)
            {
                return .outside(objection)
            }
            shared.edits.append(Posted(change: .reload(reload), origin: .none))
            rateNow.store(reload.rate, ordering: .releasing)
            if !reload.joints.elementsEqual(shared.joints.indices.map(Optional.init)) {
                // What is known of the robot is of other joints.
                (shared.measured, shared.needsStart) = (nil, true)
            }
            return .taken
        }
    }

    /// Brings the robot to the stand pose for good.
    package func shutDown() {
        shared.withLock { shared in
            shared.stopCount += 1
            shared.notBefore = 0
            RobotChannel.enqueue(Posted(change: .edit(.shutdown), origin: .none), in: &shared)
        }
    }

    static func enqueue(_ posted: Posted, in shared: inout Shared) {
        switch posted.change {
        case .edit(.append(let chunk)), .edit(.replace(let chunk)), .edit(.revise(let chunk)):
            shared.framesInFlight += Int64(chunk.count)
        default: break
        }
        shared.edits.append(posted)
    }

    /// Takes what the player told, and wakes those who wait for what it now does. For one reader.
    package func takeMarks() -> [Mark] {
        if !waiters.isEmpty { waiters.wake(status) }
        return shared.withLock { shared in
            let marks = shared.marks
            shared.marks.removeAll(keepingCapacity: true)
            return marks
        }
    }

    /// Takes what became of the edits of commands. For one reader, the planner.
    package func takeOutcomes() -> [Outcome] {
        shared.withLock { shared in
            let outcomes = shared.outcomes
            shared.outcomes.removeAll(keepingCapacity: true)
            return outcomes
        }
    }

    /// Waits until a tick leaves the stream in a state, but not for longer than a limit.
    package func wait(atMost limit: Duration, until isReached: @escaping @Sendable (Status) -> Bool) async {
        await withTaskGroup { group in
            group.addTask { await self.waiters.wait(until: isReached) }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Takes the edits that were applied, each with its frame, and the frame published last. One reader takes them all.
    package func takeApplied() -> (edits: [Posted], frame: Int64) {
        shared.withLock { shared in
            let edits = shared.spent
            shared.spent = []
            shared.spent.reserveCapacity(RobotChannel.appliedCapacity)
            return (edits, shared.status.frame)
        }
    }

    /// Leaves a message that the publisher sends with its next tick.
    package func leave(_ message: [UInt8]) { shared.withLock { $0.outbox = (message, true) } }

    static let appliedCapacity = 256
}
