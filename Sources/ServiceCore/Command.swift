package import TextEncoding
package import Wire

/// One accepted command: what somebody wants of one or more robots.
package struct Command: Hashable, Sendable {
    /// The daemon's number for it.
    package var number: Int64
    /// The client's own name.
    package var id: String?
    /// The robots' names: they do the same, in step.
    package var robots: [String]
    /// What shall be done.
    package var say: Say
    /// Whether `say` names a motion file instead of a text.
    package var isClip = false
    /// Its actions, with the lengths that the text states.
    package var segments: [Action]
    /// Each robot's stop count when it was accepted.
    package var stopCounts: [String: Int]
    /// Each robot's hold count then; of robots without one no hold is known.
    package var holdCounts: [String: Int]
    /// When it expires, CLOCK_MONOTONIC nanoseconds, if ever.
    package var expiry: Int64?
    /// When it was received, CLOCK_MONOTONIC nanoseconds.
    package var received: Int64
    /// Where it stands.
    package var state = CommandState.queued
    /// Robots that have played its last frame.
    package var ended: Set<String> = []

    /// Joins what was asked for with the number that it got.
    package init(
        number: Int64, id: String?, robots: [String], say: Say, isClip: Bool = false, segments: [Action],
        stopCounts: [String: Int], holdCounts: [String: Int] = [:], expiry: Int64?, received: Int64,
        state: CommandState = .queued
    ) {
        self.number = number
        self.id = id
        self.robots = robots
        self.say = say
        self.isClip = isClip
        self.segments = segments
        self.stopCounts = stopCounts
        self.holdCounts = holdCounts
        self.expiry = expiry
        self.received = received
        self.state = state
    }

    /// The first of its robots: it leads the others.
    package var robot: String { robots.first ?? "" }
    /// Whether several robots have to stay in step.
    package var isGroup: Bool { robots.count > 1 }
    /// The robot's stop count when it was accepted.
    package func stopCount(of robot: String) -> Int { stopCounts[robot] ?? 0 }
}
