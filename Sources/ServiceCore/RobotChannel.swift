internal import Geometry
package import Robots
internal import Synchronization
package import Timeline
package import Wire

/// The way between a robot's player on the publisher thread and everyone else.
///
/// The publisher takes the lock only when it is free, and others hold it for a few instructions, so neither waits.
package final class RobotChannel: Sendable {
    /// What the player tells, in order.
    package enum Mark: Sendable {
        /// Something happened with a frame.
        case notice(PlayerNotice, frame: Int64)
        /// What became of an edit, which was applied before that frame.
        case outcome(EditOutcome, of: Origin, frame: Int64)
        /// The stream's state changed with a frame.
        case state(StreamState, frame: Int64)
        /// From a frame on the robot's newest profile is in force.
        case succeeded(frame: Int64)
    }

    /// Where an edit comes from.
    package struct Origin: Hashable, Sendable {
        /// Number of the command; 0 for none.
        package var command: Int64 = 0
        /// Whether the edit brings the command's first motion.
        package var isFirst = false

        /// The origin of edits that no command asked for.
        package static let none = Origin()

        package init(command: Int64 = 0, isFirst: Bool = false) {
            self.command = command
            self.isFirst = isFirst
        }
    }

    /// What the publisher is asked to do.
    package enum Change: Sendable {
        /// Edit the plan.
        case edit(PlayerEdit)
        /// Go over to another profile, at once or when the robot next holds.
        case succession(Succession)
    }

    /// A change on its way or, with its frame, applied.
    package struct Posted: Sendable {
        /// The change.
        package var change: Change
        /// Who asked for it.
        package var origin: Origin
        /// The human behind its motion, where one is.
        package var passage: HumanPassage?
        /// The frame before which it was applied.
        package var frame: Int64 = -1
    }

    /// Where a stream of motion starts from.
    package enum Start: String, Sendable {
        /// Where the robot's sensors say that it is.
        case measured
        /// Where the last published reference has it.
        case published
        /// The stand pose, as nothing was published before and nothing is measured.
        case stand
    }

    /// The stream as of the last tick.
    package struct Status: Sendable {
        /// The frame published last; -1 before the first.
        package var frame: Int64 = -1
        /// What the stream is doing.
        package var state = StreamState.holding
        /// What the frame belongs to.
        package var tag = MotionTag.none
        /// The stretch of the first frame that may change; 0 when the plan ends before it.
        package var changeableStretch: UInt64 = 0
        /// That frame's place in its stretch, in human frames.
        package var changeableKnot = 0.0
        /// Frames of plan ahead, those on their way to the player included.
        package var framesAhead: Int64 = 0
        /// Whether the robot is at rest and nothing is planned.
        package var isSettled = true
        /// Whether the robot rests, be it with a plan that a hold keeps back.
        package var isResting = true
        /// Whether a hold is in force.
        package var isHeld = false
        /// Whether the player has not yet taken, or not yet told of, all the motion sent to it.
        package var hasMotionOnItsWay = false
        /// Times that limits acted since the start.
        package var limits = LimitTotals()
        /// Times that the plan ran dry before a command's end.
        package var underruns = 0

        /// A stream that rests, before its first frame.
        package init() {}

        /// Whether the robot rests and nothing of a plan lies ahead, on its way included.
        package var isIdle: Bool { isSettled && framesAhead == 0 }
    }

    /// How often limits acted, over all joints.
    package struct LimitTotals: Hashable, Sendable {
        /// A joint's range, or the root's height and tilt.
        package var position = 0
        /// Speed.
        package var velocity = 0
        /// Acceleration.
        package var acceleration = 0
        /// Jerk.
        package var jerk = 0
        /// Frames in which the whole motion was slowed down along its path.
        package var slowedFrames = 0

        /// None so far.
        package init() {}
    }

    private struct Shared: ~Copyable {
        var edits: [Posted] = []
        var spent: [Posted] = []
        var marks: [Mark] = []
        var status = Status()
        var era = 0
        var framesOnTheirWay: Int64 = 0
        var framesTaken: Int64 = 0
        var isHeld = false
        var notBefore: Int64 = 0
        /// The first frame that an edit can change which is posted now; one that is being made is past that.
        var open: Int64 = 0
        var measured: (state: MeasuredState, received: Int64)?
        /// Joint positions of the frame published last.
        var joints: [Double] = []
        var root = (position: Vector3.zero, rotation: Quaternion.identity)
        var needsStart = true
        var hasMoved = false
        var outbox: (bytes: [UInt8], isNew: Bool) = ([], false)
        var stop: (verb: Verb, frame: Int64)?
        /// The frame with which a halt ends, while that is on its way to the player.
        var resetFrame: Int64?
        /// How often limits acted, by joint and kind.
        var limitCounts: [Int] = []
    }

    /// Frames per second.
    package var rate: Int { rateNow.load(ordering: .acquiring) }
    private let rateNow: Atomic<Int>
    /// The last frame that was made without looking for edits, as the lock was taken.
    private let missed = Atomic<Int64>(-1)
    /// The native messages as they are sent, for a recording.
    package let tap = StreamTap()
    private let shared = Mutex(Shared())

    package init(rate: Int) { rateNow = Atomic(rate) }

    // MARK: Any thread

    /// The stream as of the last tick.
    package var status: Status {
        shared.withLock { shared in
            var status = shared.status
            let onTheirWay = shared.framesOnTheirWay + shared.framesTaken
            status.framesAhead += onTheirWay
            status.hasMotionOnItsWay = onTheirWay > 0
            status.isHeld = shared.isHeld
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

    /// Grows with every stop and halt: motion that was made before must not follow them.
    package var era: Int { shared.withLock { $0.era } }

    /// Whether a halt is in force or on its way to the player.
    package var isHalted: Bool {
        shared.withLock { RobotChannel.isHalted($0) }
    }

    private static func isHalted(_ shared: borrowing Shared) -> Bool {
        shared.stop?.verb == .halt || (shared.status.state == .halted && shared.resetFrame == nil)
    }

    /// Hands an edit to the player, unless a stop or halt came since `era`; false then.
    ///
    /// With `notBefore` (CLOCK_MONOTONIC nanoseconds) it waits until then, and with it all that is posted later: the edits of
    /// several robots take effect with the same tick.
    package func post(
        _ edit: PlayerEdit, from origin: Origin = .none, of passage: HumanPassage? = nil, era: Int, notBefore: Int64 = 0
    ) -> Bool {
        let now = Clock.monotonic()
        return shared.withLock { shared in
            guard era == shared.era else { return false }
            shared.notBefore = max(shared.notBefore, notBefore)
            if case .replace = edit {
                // It ends a hold as `resume` does.
                RobotChannel.meetMoved(in: &shared, at: now)
                shared.isHeld = false
            }
            // Motion that follows a stop ends it, so that the next stop is a new one; a hold outlasts what is appended.
            switch edit {
            case .append, .revise: if shared.stop?.verb == .stop { shared.stop = nil }
            default: shared.stop = nil
            }
            RobotChannel.enqueue(Posted(change: .edit(edit), origin: origin, passage: passage), in: &shared)
            return true
        }
    }

    /// What comes of asking for a succession.
    package enum SuccessionAnswer {
        /// It takes place with the next frame, before anything that is posted from now on.
        case taken
        /// The robot moves, or something is planned.
        case moving
        /// The robot rests where the new limits do not let it be.
        case outside(String)
    }

    /// Has the robot go over to another profile if it holds still and nothing is planned.
    package func post(_ succession: Succession) -> SuccessionAnswer {
        shared.withLock { shared in
            let isQuiet = shared.edits.isEmpty && shared.framesTaken == 0 && shared.status.isSettled
            guard isQuiet, shared.status.frame >= 0 else { return .moving }
            if let objection = succession.objection(
                toJoints: shared.joints, rootHeight: shared.root.position.z, rootRotation: shared.root.rotation)
            {
                return .outside(objection)
            }
            shared.edits.append(Posted(change: .succession(succession), origin: .none))
            rateNow.store(succession.rate, ordering: .releasing)
            if !succession.joints.elementsEqual(shared.joints.indices.map(Optional.init)) {
                // What is known of the robot is of other joints.
                (shared.measured, shared.needsStart) = (nil, true)
            }
            return .taken
        }
    }

    /// Brings the robot to the stand pose for good.
    package func shutDown() {
        shared.withLock { shared in
            shared.era += 1
            shared.notBefore = 0
            RobotChannel.enqueue(Posted(change: .edit(.shutdown), origin: .none), in: &shared)
        }
    }

    /// Carries out one of the stopping verbs or `resume`; returns the frame with which it takes effect.
    package func perform(_ verb: Verb, of profile: RobotProfile) throws(RequestError) -> Int64 {
        let now = Clock.monotonic()
        return try shared.withLock { shared -> Result<Int64, RequestError> in
            let endsEra = verb == .stop || verb == .halt
            // Repeated, a verb takes no new effect; but what was said in between and is still being made must not follow.
            if let stop = shared.stop, stop.verb == verb {
                if endsEra { shared.era += 1 }
                return .success(stop.frame)
            }
            if verb == .reset, let frame = shared.resetFrame { return .success(frame) }
            let isHalted = RobotChannel.isHalted(shared)
            let edit: PlayerEdit
            switch verb {
            case .hold: edit = .hold
            case .resume: edit = .resume
            case .stop: edit = .stop
            case .halt: edit = .halt
            default: edit = .reset
            }
            if isHalted, verb != .reset, verb != .halt {
                return .failure(RequestError(.halted, "the robot is halted; send `reset` first"))
            }
            if isHalted, verb == .reset, shared.status.state != .halted || !shared.status.isSettled {
                return .failure(RequestError(.stillMoving, "the robot still comes to rest; reset it when it has"))
            }
            if verb == .resume || verb == .reset, let distance = RobotChannel.distance(shared, at: now),
                distance.farthest > RobotPlayer.farthestStart
            {
                return .failure(RobotChannel.tooFar(distance, profile))
            }
            if verb == .resume { RobotChannel.meetMoved(in: &shared, at: now) }
            RobotChannel.enqueue(Posted(change: .edit(edit), origin: .none), in: &shared)
            if endsEra { shared.era += 1 }
            if verb == .reset { shared.needsStart = true }
            shared.notBefore = 0
            shared.isHeld = verb == .hold
            let frame = max(shared.open, missed.load(ordering: .acquiring) + 1)
            shared.stop = verb == .resume || verb == .reset ? nil : (verb, frame)
            if verb == .reset, isHalted { shared.resetFrame = frame }
            if verb == .halt { shared.resetFrame = nil }
            return .success(frame)
        }.get()
    }

    // MARK: Measured state

    /// A measured state older than this does not count any more, nanoseconds.
    package static let measuredAge: Int64 = 500_000_000

    /// Takes what the robot's sensors say; the number of joints is that of the robot.
    package func take(_ state: MeasuredState, at time: Int64) {
        shared.withLock { $0.measured = (state, time) }
    }

    /// Nothing is known of the robot any more.
    package func forgetMeasured() { shared.withLock { $0.measured = nil } }

    /// How old what the sensors said last is, nanoseconds, fresh or not; nil when nothing is known.
    package func measuredAge(at time: Int64) -> Int64? { shared.withLock { $0.measured.map { time - $0.received } } }

    /// What the sensors say, if that is fresh.
    package func measured(at time: Int64) -> MeasuredState? {
        shared.withLock { RobotChannel.fresh($0, at: time) }
    }

    /// Before the first motion after the start or a reset: has the stream ramp from where the robot is.
    ///
    /// - Returns: Where it starts from; nil when the stream has started already.
    /// - Throws: `too_far` when the robot is farther away than a ramp may go.
    package func begin(of profile: RobotProfile) throws(RequestError) -> Start? {
        let now = Clock.monotonic()
        return try shared.withLock { shared -> Result<Start?, RequestError> in
            guard shared.needsStart else { return .success(nil) }
            var start = shared.hasMoved ? Start.published : .stand
            if let state = RobotChannel.fresh(shared, at: now), let distance = RobotChannel.distance(shared, at: now) {
                guard distance.farthest <= RobotPlayer.farthestStart else {
                    return .failure(RobotChannel.tooFar(distance, profile))
                }
                start = .measured
                RobotChannel.enqueue(Posted(change: .edit(.meet(MeasuredPose(state))), origin: .none), in: &shared)
            }
            shared.needsStart = false
            shared.hasMoved = true
            return .success(start)
        }.get()
    }

    private static func fresh(_ shared: borrowing Shared, at time: Int64) -> MeasuredState? {
        guard let measured = shared.measured, time - measured.received <= measuredAge else { return nil }
        return measured.state
    }

    /// The joint that is farthest from its reference, if that is known.
    private static func distance(
        _ shared: borrowing Shared, at time: Int64
    ) -> (farthest: Double, joint: Int)? {
        guard let state = fresh(shared, at: time), state.jointPositions.count == shared.joints.count else { return nil }
        var result = (farthest: 0.0, joint: 0)
        for (joint, position) in state.jointPositions.enumerated() where abs(position - shared.joints[joint]) > result.0
        {
            result = (abs(position - shared.joints[joint]), joint)
        }
        return result
    }

    /// Distance of a joint from its reference, radians, up to which a robot is where it was held: it sags a little under load.
    private static let sag = 0.05

    /// Where the end of a hold ramps from, when the robot is known to be somewhere else than where it was held.
    private static func resumePose(_ shared: borrowing Shared, at time: Int64) -> MeasuredPose? {
        guard shared.isHeld, shared.status.isResting, let state = fresh(shared, at: time),
            let distance = distance(shared, at: time)
        else {
            return nil
        }
        return distance.farthest > sag ? MeasuredPose(state) : nil
    }

    /// Has what ends a hold begin where the robot was moved meanwhile.
    private static func meetMoved(in shared: inout Shared, at time: Int64) {
        guard let pose = resumePose(shared, at: time) else { return }
        enqueue(Posted(change: .edit(.meet(pose)), origin: .none), in: &shared)
    }

    private static func tooFar(_ distance: (farthest: Double, joint: Int), _ profile: RobotProfile) -> RequestError {
        let joint =
            profile.drivenJoints.indices.contains(distance.joint) ? profile.drivenJoints[distance.joint].name : ""
        return RequestError(
            .tooFar,
            "\(joint) is measured \(Int(distance.farthest * 1000)) mrad from its reference; a ramp goes at most "
                + "\(Int(RobotPlayer.farthestStart * 1000)) mrad")
    }

    private static func enqueue(_ posted: Posted, in shared: inout Shared) {
        switch posted.change {
        case .edit(.append(let chunk)), .edit(.replace(let chunk)), .edit(.revise(let chunk)):
            shared.framesOnTheirWay += Int64(chunk.count)
        default: break
        }
        shared.edits.append(posted)
    }

    /// Takes what the player told.
    package func takeMarks() -> [Mark] {
        shared.withLock { shared in
            let marks = shared.marks
            shared.marks.removeAll(keepingCapacity: true)
            return marks
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

    // MARK: Publisher thread

    /// What the publisher thread keeps between ticks; only that thread touches it.
    package struct Desk: ~Copyable {
        /// Changes that were taken from others, in order.
        package private(set) var edits: [Posted] = []
        private(set) var marks: [Mark] = []
        /// Whether the player holds of its own accord, which is not told yet.
        package var isNewlyHeld = false

        /// A desk with room for some ticks, so that the thread allocates nothing.
        package init() {
            edits.reserveCapacity(64)
            marks.reserveCapacity(256)
        }

        /// Notes what is to be told.
        package mutating func note(_ mark: Mark) { marks.append(mark) }

        /// Notes which frame an edit was applied before.
        package mutating func stamp(_ index: Int, frame: Int64) { edits[index].frame = frame }

        /// Adds an edit of the publisher's own, which was applied.
        package mutating func add(_ edit: PlayerEdit, frame: Int64) {
            edits.append(Posted(change: .edit(edit), origin: .none, frame: frame))
        }

        fileprivate mutating func handOverEdits(to others: inout [Posted]) {
            others.append(contentsOf: edits)
            edits.removeAll(keepingCapacity: true)
        }

        fileprivate mutating func takeEdits(from waiting: inout [Posted]) {
            if edits.isEmpty {
                swap(&edits, &waiting)
            } else {
                // Behind what the publisher added itself, or could not hand over yet.
                edits.append(contentsOf: waiting)
                waiting.removeAll(keepingCapacity: true)
            }
        }

        fileprivate mutating func handOverMarks(to others: inout [Mark]) {
            others.append(contentsOf: marks)
            marks.removeAll(keepingCapacity: true)
        }
    }

    /// Takes the edits at hand that may be applied at `time`, before `frame` is made, if the lock is free. Allocates nothing.
    package func takeEdits(into desk: inout Desk, at time: Int64, before frame: Int64) {
        for _ in 0..<16 {
            let isDone: Void? = shared.withLockIfAvailable { shared in
                shared.open = frame + 1
                guard shared.notBefore <= time else { return }
                desk.takeEdits(from: &shared.edits)
                shared.framesTaken = shared.framesOnTheirWay
                shared.framesOnTheirWay = 0
            }
            if isDone != nil { return }
        }
        missed.store(frame, ordering: .releasing)
    }

    /// Hands over what happened in a tick, or keeps it for the next one if the lock is taken. True when there is
    /// something for others to read. Allocates only while marks or edits pile up unread.
    package func report(_ status: Status, _ frame: borrowing PublishedFrame, from desk: inout Desk) -> Bool {
        var hasNews = false
        for _ in 0..<16 {
            let isDone: Void? = shared.withLockIfAvailable { shared in
                shared.status = status
                if let reset = shared.resetFrame, status.state != .halted || status.frame > reset {
                    shared.resetFrame = nil
                }
                shared.open = status.frame + 1
                if desk.isNewlyHeld { shared.isHeld = true }
                desk.isNewlyHeld = false
                shared.framesTaken = 0
                hasNews = !desk.marks.isEmpty
                desk.handOverMarks(to: &shared.marks)
                // Edits are freed by their reader: their arrays may be long.
                desk.handOverEdits(to: &shared.spent)
                let count = frame.jointPositions.count
                if shared.joints.count != count { shared.joints = Array(repeating: 0, count: count) }
                for joint in 0..<count { shared.joints[joint] = frame.jointPositions[joint] }
                shared.root = (frame.rootPosition, frame.rootRotation)
            }
            if isDone != nil { break }
        }
        return hasNews
    }

    /// Takes how often limits acted so far, if the lock is free. Allocates only when the number of joints changes.
    package func take(_ counts: LimiterCounts) {
        shared.withLockIfAvailable { counts.copyJoints(into: &$0.limitCounts) }
    }

    /// Calls `send` with a message that was left to be sent, if there is one and the lock is free.
    package func withLeftMessage(_ send: (UnsafeRawBufferPointer) -> Void) {
        shared.withLockIfAvailable { shared in
            guard shared.outbox.isNew else { return }
            shared.outbox.isNew = false
            shared.outbox.bytes.withUnsafeBytes(send)
        }
    }
}

extension RobotChannel.Status {
    /// The status as the wire shows it.
    package var members: [JSONValue.Member] {
        [
            .init("state", .string(state.rawValue)), .init("frame", .integer(frame)),
            .init("command", tag.command == 0 ? .null : .string(CommandName.text(Int64(clamping: tag.command)))),
            .init("segment", tag.command == 0 ? .null : .integer(Int64(tag.segment))),
            .init("frames_ahead", .integer(framesAhead)), .init("held", .bool(isHeld)),
            .init("settled", .bool(isSettled)),
            .init(
                "limits",
                [
                    "position": JSONValue(limits.position), "velocity": JSONValue(limits.velocity),
                    "acceleration": JSONValue(limits.acceleration), "jerk": JSONValue(limits.jerk),
                    "slowed_frames": JSONValue(limits.slowedFrames),
                ]), .init("underruns", JSONValue(underruns)),
        ]
    }
}

extension MeasuredPose {
    fileprivate init(_ state: MeasuredState) {
        self.init(
            jointPositions: state.jointPositions, rootHeight: state.rootPosition?.z, rootRotation: state.rootRotation)
    }
}

extension RobotChannel.Start {
    /// Where a robot's stream starts from, as the wire shows it.
    package func json(of robot: String) -> JSONValue { ["robot": .string(robot), "from": .string(rawValue)] }
}
