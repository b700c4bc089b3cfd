/// Where clips and captions come from that nobody recorded or wrote for what was captured.
enum Origin {
    /// Clips made of authored actions, and what they are told to show.
    static let authored = "authored"
    /// Captions that preparation reads off a clip.
    static let measured = "measured"
    /// Captions of clips put together from recorded ones.
    static let derived = "derived"
}

extension PreparedClip {
    /// Whether the clip plays as it was captured (or mirrored), not at another speed.
    package var isRecorded: Bool { rate == nil && !isAuthored }
    /// Whether the clip was made of an authored action.
    package var isAuthored: Bool { self.set == Origin.authored }
}

extension PreparedCaption {
    /// Whether a person wrote the caption for what was captured; captions that preparation measures or makes are for training.
    package var isRecorded: Bool { source != Origin.measured && source != Origin.derived && !isAuthored }
    /// Whether it tells what an authored action shows.
    package var isAuthored: Bool { source == Origin.authored }
}
