internal import HumanBody
internal import HumanMotion
internal import KMM
internal import ServiceCore
internal import TextEncoding
internal import Timeline

/// What is planned for one robot: a value, so that a replacement that fails can be undone.
struct RobotPlan<Stream: Sendable, Pose: Sendable>: Sendable {
    /// Everything that generation goes on from.
    struct Moment: Sendable {
        var stream: Stream
        var pose: Pose
        var resampler: MotionResampler
        /// From the stream's own floor to the plan's.
        var place = FloorTransform.identity
        /// The way up to here.
        var way = TravelledPath()
        /// What the body did in the last second or so; nil where it is not judged.
        var trace: BodyTrace?
        /// Share of its depth that the motion has here.
        var depth = 1.0
        /// The human's last frame.
        var lastFrame: HumanFrame?
    }

    /// A token on the timeline and the moment before it: where generation restarts to change it.
    struct Token: Sendable {
        var before: Moment
        var tag: MotionTag
        /// Whether a foot meets the floor in it.
        var hasLanding = false
        var endsSegment = false
        /// Whether the robot could stand still as it does after it.
        var isBalanced = true

        var command: Int64 { Int64(clamping: tag.command) }
    }

    /// One endless motion, made token by token.
    struct Trajectory: Sendable {
        var number: UInt64
        /// The robot's stop count when it began: a stop or halt ends it.
        var stopCount: Int
        /// Whether it comes from a file: nothing that is generated goes on from it.
        var isClip: Bool
        /// After all tokens.
        var now: Moment
        /// The tokens that may still change; `firstToken` is the number of the first of them.
        var tokens: [Token] = []
        var firstToken = 0
        /// Whether the robot could stand still as it does after all tokens.
        var endsBalanced = true
        /// The number of the first token of those that lead to a stand, which nobody asked for.
        var settling: Int?
        /// Whether the frames up to the last waypoint were given out, as nothing followed.
        var isFinished = true

        /// The number after the last token.
        var endToken: Int { firstToken + tokens.count }

        /// Goes back to before the token with that number; the later ones are forgotten.
        mutating func rewind(to token: Int) {
            let index = token - firstToken
            guard tokens.indices.contains(index) else { return }
            now = tokens[index].before
            endsBalanced = index > 0 && tokens[index - 1].isBalanced
            if let settling, settling >= token { self.settling = nil }
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

    var queue: [Command] = []
    var work: Work?
    /// A command whose motion the work of another robot's plan makes for this one too.
    var following: Int64?
    /// A replacement that waits for its moment.
    var deferred: Command?
    var trajectory: Trajectory?
    /// Commands whose motion is made and may lie ahead, so that a cut can bring them back.
    var generated: [Command] = []

    /// Whether the motion at hand was not asked for, but lets the robot end where it can stand.
    var isSettling: Bool { work?.command.number == 0 }
    /// Whether nothing is going to follow what was made.
    var isAtEnd: Bool { queue.isEmpty && work == nil && following == nil }

    /// Whether the next action shall lead somewhere: then several versions of it are made, which takes longer.
    var leadsSomewhere: Bool {
        if let work { return work.action.goal != nil }
        return queue.first?.segments.first?.goal != nil
    }
}
