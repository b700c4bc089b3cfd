internal import Synchronization
package import Timeline

extension RobotChannel {
    /// What the publisher thread keeps between ticks; only that thread touches it.
    package struct Mailbox: ~Copyable {
        /// Changes that were taken from others, in order.
        package private(set) var edits: [Posted] = []
        private var marks: [Mark] = []
        private var outcomes: [Outcome] = []
        /// Whether the player holds of its own accord, which is not told yet.
        package var isNewlyHeld = false

        /// A mailbox with room for some ticks, so that the thread allocates nothing.
        package init() {
            edits.reserveCapacity(64)
            marks.reserveCapacity(256)
            outcomes.reserveCapacity(64)
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
            guard !edits.isEmpty else { return }
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

        /// Notes what became of an edit, which was applied before a frame.
        package mutating func note(_ result: EditOutcome, of origin: Origin, frame: Int64) {
            guard origin.command != 0 else { return }
            marks.append(.outcome(result, of: origin, frame: frame))
            outcomes.append(Outcome(result: result, origin: origin))
        }

        fileprivate mutating func handOverNews(_ shared: inout Shared, _ news: inout News) {
            // Most ticks tell nothing.
            if !marks.isEmpty {
                news.isTold = true
                shared.marks.append(contentsOf: marks)
                marks.removeAll(keepingCapacity: true)
            }
            if !outcomes.isEmpty {
                news.hasOutcomes = true
                shared.outcomes.append(contentsOf: outcomes)
                outcomes.removeAll(keepingCapacity: true)
            }
        }
    }

    /// Takes the edits at hand that may be applied at `time`, before `frame` is made, if the lock is free. Allocates nothing.
    package func takeEdits(into mailbox: inout Mailbox, at time: Int64, before frame: Int64) {
        for _ in 0..<16 {
            let isDone: Void? = shared.withLockIfAvailable { shared in
                shared.open = frame + 1
                shared.tick = time
                guard shared.notBefore <= time else { return }
                mailbox.takeEdits(from: &shared.edits)
                shared.framesTaken = shared.framesInFlight
                shared.framesInFlight = 0
            }
            if isDone != nil { return }
        }
        missed.store(frame, ordering: .releasing)
    }

    /// Hands over what happened in a tick, or keeps it for the next one if the lock is taken, and says what there is for
    /// others. Allocates only while marks or edits pile up unread.
    package func report(_ status: Status, _ frame: borrowing PublishedFrame, from mailbox: inout Mailbox) -> News {
        var news = News(isTold: !waiters.isEmpty)
        for _ in 0..<16 {
            let isDone: Void? = shared.withLockIfAvailable { shared in
                shared.status = status
                if let reset = shared.resetFrame, status.state != .halted || status.frame > reset {
                    shared.resetFrame = nil
                }
                shared.open = status.frame + 1
                if mailbox.isNewlyHeld { (shared.isHeld, shared.holdCount) = (true, shared.holdCount + 1) }
                mailbox.isNewlyHeld = false
                shared.framesTaken = 0
                mailbox.handOverNews(&shared, &news)
                // Edits are freed by their reader: their arrays may be long.
                mailbox.handOverEdits(to: &shared.spent)
                let count = frame.jointPositions.count
                if shared.joints.count != count { shared.joints = Array(repeating: 0, count: count) }
                for joint in 0..<count { shared.joints[joint] = frame.jointPositions[joint] }
                if shared.contacts.count != frame.contacts.count {
                    shared.contacts = Array(repeating: 0, count: frame.contacts.count)
                }
                for point in frame.contacts.indices { shared.contacts[point] = frame.contacts[point] }
                shared.root = (frame.rootPosition, frame.rootRotation)
            }
            if isDone != nil { break }
        }
        return news
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
