/// Where a command stands on its way to motion.
public enum CommandState: String, Hashable, Sendable, CaseIterable, Codable {
    /// Accepted, waiting for those before it.
    case queued
    /// Its motion is being generated.
    case generating
    /// Its first frames lie on the timeline.
    case ready
    /// The robot moves to where its motion begins.
    case ramping
    /// Its frames are being published.
    case playing
    /// Its last frame was published.
    case done
    /// Given up on request.
    case cancelled
    /// Another command took its place.
    case preempted
    /// It could not be carried out.
    case failed
    /// No version of its motion that was tried keeps to what the robot's body can do.
    case infeasible
    /// Its deadline passed before it could begin.
    case expired
    /// The daemon ended before it was over; after a restart no motion goes on by itself.
    case interrupted

    /// Whether nothing follows.
    public var isFinal: Bool {
        switch self {
        case .queued, .generating, .ready, .ramping, .playing: false
        case .done, .cancelled, .preempted, .failed, .infeasible, .expired, .interrupted: true
        }
    }
}
