package import Timeline
package import Wire

extension RobotChannel {
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

    /// What became of an edit of a command.
    package struct Outcome: Sendable {
        /// What it did.
        package var result: EditOutcome
        /// Who asked for it.
        package var origin: Origin
    }

    /// What a tick leaves for others.
    package struct News: Sendable {
        /// The player told something, or somebody waits for a state.
        package var isTold: Bool
        /// Something became of an edit of a command.
        package var hasOutcomes = false
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
        case reload(ProfileReload)
    }

    /// A change on its way or, with its frame, applied.
    package struct Posted: Sendable {
        /// The change.
        package var change: Change
        /// Who asked for it.
        package var origin: Origin
        /// The human behind its motion, where one is.
        package var humanChunk: HumanChunk?
        /// The frame before which it was applied.
        package var frame: Int64 = -1
    }
}
