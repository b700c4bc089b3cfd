internal import KMM
internal import Timeline

/// What is planned for one robot: a value, so that a replacement that fails can be undone.
struct RobotPlan<Stream: Sendable, Pose: Sendable>: Sendable {
    /// Everything that generation goes on from.
    struct Moment: Sendable {
        var stream: Stream
        var pose: Pose
        var resampler: MotionResampler
    }

    /// A token on the timeline and the moment before it: where generation restarts to change it.
    struct Token: Sendable {
        var before: Moment
        var command: Int64
    }

    /// One endless motion, generated token by token.
    struct Stretch: Sendable {
        var number: UInt64
        /// The robot's era when it began: a stop or halt ends it.
        var era: Int
        /// After all tokens.
        var now: Moment
        /// The tokens that may still change; `firstToken` is the number of the first of them.
        var tokens: [Token] = []
        var firstToken = 0
        /// Whether the frames up to the last knot were given out, as nothing followed.
        var isFinished = true

        /// Goes back to before the token with that number; the later ones are forgotten.
        mutating func rewind(to token: Int) {
            let index = token - firstToken
            guard tokens.indices.contains(index) else { return }
            now = tokens[index].before
            tokens.removeSubrange(index...)
            // What was given out beyond that is replaced or dropped; nothing waits any more.
            isFinished = true
        }

        /// Forgets the tokens before that number: they have been played.
        mutating func forget(before token: Int) {
            let count = min(max(0, token - firstToken), tokens.count)
            tokens.removeFirst(count)
            firstToken += count
        }
    }

    /// A command whose motion is being generated.
    struct Work: Sendable {
        var entry: CommandLedger.Entry
        /// The actions with their lengths, repetitions written out.
        var segments: [MotionSegment]
        var segment = 0
        var isSegmentBegun = false
        var isFirst = true
        var replaces = false
    }

    var queue: [CommandLedger.Entry] = []
    var work: Work?
    var stretch: Stretch?
    /// Commands whose motion is generated and may lie ahead, so that a cut can bring them back.
    var generated: [CommandLedger.Entry] = []

    var isIdle: Bool { queue.isEmpty && work == nil }
}
