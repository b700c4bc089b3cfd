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

    /// An edit on its way.
    struct Posted: Sendable {
        var edit: PlayerEdit
        var origin: Origin
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
        /// Whether a hold is in force.
        package var isHeld = false
        /// Whether the player has not yet taken, or not yet told of, all the motion sent to it.
        package var hasMotionOnItsWay = false
        /// Times that limits acted since the start.
        package var limits = LimitTotals()
        /// Times that the plan ran dry before a command's end.
        package var underruns = 0
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
        var stop: (verb: Verb, frame: Int64)?
    }

    /// Frames per second.
    package let rate: Int
    /// The native messages as they are sent, for a recording.
    package let tap = StreamTap()
    private let shared = Mutex(Shared())

    package init(rate: Int) { self.rate = rate }

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

    /// Grows with every stop and halt: motion that was made before must not follow them.
    package var era: Int { shared.withLock { $0.era } }

    /// Hands an edit to the player, unless a stop or halt came since `era`; false then.
    package func post(_ edit: PlayerEdit, from origin: Origin = .none, era: Int) -> Bool {
        shared.withLock { shared in
            guard era == shared.era else { return false }
            if case .replace = edit { shared.isHeld = false }
            // Motion that follows a stop ends it, so that the next stop is a new one; a hold outlasts what is appended.
            if case .append = edit, shared.stop?.verb != .stop {} else { shared.stop = nil }
            RobotChannel.enqueue(Posted(edit: edit, origin: origin), in: &shared)
            return true
        }
    }

    /// Brings the robot to the stand pose for good.
    package func shutDown() {
        shared.withLock { shared in
            shared.era += 1
            RobotChannel.enqueue(Posted(edit: .shutdown, origin: .none), in: &shared)
        }
    }

    /// Carries out one of the stopping verbs or `resume`; says with which frame it takes effect.
    package func perform(_ verb: Verb) throws(RequestError) -> [JSONValue.Member] {
        let result = shared.withLock { shared -> Result<Int64, RequestError> in
            let endsEra = verb == .stop || verb == .halt
            // Repeated, a verb takes no new effect; but what was said in between and is still being made must not follow.
            if let stop = shared.stop, stop.verb == verb {
                if endsEra { shared.era += 1 }
                return .success(stop.frame)
            }
            let isHalted = shared.status.state == .halted || shared.stop?.verb == .halt
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
            RobotChannel.enqueue(Posted(edit: edit, origin: .none), in: &shared)
            if endsEra { shared.era += 1 }
            shared.isHeld = verb == .hold
            let frame = shared.status.frame + 1
            shared.stop = verb == .resume || verb == .reset ? nil : (verb, frame)
            return .success(frame)
        }
        return [.init("verb", .string(verb.name)), .init("frame", .integer(try result.get()))]
    }

    private static func enqueue(_ posted: Posted, in shared: inout Shared) {
        switch posted.edit {
        case .append(let chunk), .replace(let chunk): shared.framesOnTheirWay += Int64(chunk.count)
        default: break
        }
        shared.edits.append(posted)
    }

    /// Takes what the player told, and frees what it used up.
    package func takeMarks() -> [Mark] {
        shared.withLock { shared in
            let marks = shared.marks
            shared.marks.removeAll(keepingCapacity: true)
            shared.spent.removeAll(keepingCapacity: true)
            return marks
        }
    }

    // MARK: Publisher thread

    /// What the publisher thread keeps between ticks; only that thread touches it.
    struct Desk: ~Copyable {
        private(set) var edits: [Posted] = []
        private(set) var marks: [Mark] = []

        init() {
            edits.reserveCapacity(64)
            marks.reserveCapacity(256)
        }

        mutating func note(_ mark: Mark) { marks.append(mark) }

        fileprivate mutating func exchangeEdits(_ waiting: inout [Posted]) {
            swap(&edits, &waiting)
        }

        fileprivate mutating func handOverMarks(to others: inout [Mark]) {
            others.append(contentsOf: marks)
            marks.removeAll(keepingCapacity: true)
        }

        fileprivate mutating func dropEdits() { edits.removeAll(keepingCapacity: true) }
    }

    /// Takes the edits at hand, if the lock is free; the desk holds none before. Allocates nothing.
    func takeEdits(into desk: inout Desk) {
        for _ in 0..<16 {
            let isDone: Void? = shared.withLockIfAvailable { shared in
                desk.exchangeEdits(&shared.edits)
                shared.framesTaken = shared.framesOnTheirWay
                shared.framesOnTheirWay = 0
            }
            if isDone != nil { return }
        }
    }

    /// Hands over what happened in a tick, or keeps it for the next one if the lock is taken. True when there is
    /// something for others to read. Allocates only while marks pile up unread.
    func report(_ status: Status, from desk: inout Desk) -> Bool {
        var hasNews = false
        for _ in 0..<16 {
            let isDone: Void? = shared.withLockIfAvailable { shared in
                shared.status = status
                shared.framesTaken = 0
                hasNews = !desk.marks.isEmpty
                desk.handOverMarks(to: &shared.marks)
                // Edits are freed by the reader of the marks: their arrays may be long.
                if shared.spent.isEmpty { desk.exchangeEdits(&shared.spent) }
            }
            if isDone != nil { break }
        }
        desk.dropEdits()
        return hasNews
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
