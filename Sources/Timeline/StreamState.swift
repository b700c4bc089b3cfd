/// What a stream is doing, as every published frame says.
public enum StreamState: String, Hashable, Sendable, CaseIterable {
    /// At rest, or coming to rest on the planned path; frames go on.
    case holding
    /// Coming from a pose at rest into motion.
    case ramping
    /// Following the planned motion.
    case playing
    /// Coming to rest and going to the stand pose.
    case stopping
    /// Stopped wherever the body was; only a reset ends it.
    case halted
}
