/// The table of contents of a prepared data set (`index.json`).
public struct PreparedIndex: Codable, Sendable {
    /// Frames per second of the prepared motion.
    public static let frameRate = 30.0

    /// Version of the layout this code reads and writes.
    public static let currentVersion = 1

    /// Version of the layout.
    public var version = currentVersion
    /// Frames per second of all clips.
    public var frameRate: Double
    /// Numbers per frame, `MotionFeatures.width`.
    public var width: Int
    /// Rows in `features.f32`.
    public var totalFrames: Int
    /// `FeatureChecksum` of `features.f32`, 16 hexadecimal digits.
    public var checksum: String
    /// Names of the sets inside, as their licences decide what trained weights may be used for.
    public var sets: [String]
    /// The clips in the order of their rows.
    public var clips: [PreparedClip]
    /// What was left out and why.
    public var problems: [String]
    /// Texts that judge language: no caption of training, nor any other wording of one, may be one of them.
    public var heldOut: [String]?
}

/// A clip of a prepared data set.
public struct PreparedClip: Codable, Hashable, Sendable {
    /// Name of the clip in its set; its copies carry the same.
    public var id: String
    /// Folder name of the set.
    public var set: String
    /// What the clip may be used for.
    public var split: DataSplit
    /// Row of its first frame in `features.f32`.
    public var firstFrame: Int
    /// Number of frames.
    public var frameCount: Int
    /// Whether left and right are swapped, in motion and captions.
    public var mirrored: Bool
    /// How many times the recorded speed it is played at; nil as recorded.
    public var rate: Double?
    /// What it shows.
    public var captions: [PreparedCaption]

    /// Creates a clip from its parts.
    public init(
        id: String, set: String, split: DataSplit, firstFrame: Int, frameCount: Int, mirrored: Bool,
        rate: Double? = nil, captions: [PreparedCaption]
    ) {
        self.id = id
        self.set = set
        self.split = split
        self.firstFrame = firstFrame
        self.frameCount = frameCount
        self.mirrored = mirrored
        self.rate = rate
        self.captions = captions
    }
}

/// A text that describes a part of a clip.
public struct PreparedCaption: Codable, Hashable, Sendable {
    /// The text, mirrored for a mirrored copy.
    public var text: String
    /// First described frame, counted from the clip's first.
    public var firstFrame: Int
    /// Number of described frames, at least one, inside the clip.
    public var frameCount: Int
    /// Where the text comes from, as the collection calls it.
    public var source: String

    /// Creates a caption from its parts.
    public init(text: String, firstFrame: Int, frameCount: Int, source: String) {
        self.text = text
        self.firstFrame = firstFrame
        self.frameCount = frameCount
        self.source = source
    }
}

/// What a clip may be used for.
public enum DataSplit: String, Codable, Hashable, Sendable, CaseIterable {
    /// Fitting weights.
    case train
    /// Choosing settings and stopping.
    case val
    /// Reported results.
    case test
}
