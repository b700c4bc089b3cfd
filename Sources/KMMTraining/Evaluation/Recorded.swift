extension PreparedClip {
    /// Whether the clip plays as it was captured (or mirrored), not at another speed.
    var isRecorded: Bool { rate == nil && !isAuthored }
    /// Whether the clip was made of an authored action.
    var isAuthored: Bool { self.set == DataPreparation.authoredSet }
}

extension PreparedCaption {
    /// Whether a person wrote the caption for what was captured; captions that preparation measures or makes are for training.
    var isRecorded: Bool { source != MeasuredCaptions.source && source != "derived" && !isAuthored }
    /// Whether it tells what an authored action shows.
    var isAuthored: Bool { source == DataPreparation.authoredSet }
}
