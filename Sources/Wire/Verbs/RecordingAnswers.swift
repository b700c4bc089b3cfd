/// The answer of `record`.
public struct RecordAnswer: Codable, Hashable, Sendable {
    /// The recording's name.
    public var recording: String
    /// `recording` or `stopped`.
    public var state: String
    /// Frames that were lost, where it has ended.
    public var lost: Int?
    /// Bytes of the file.
    public var bytes: Int?
    /// Messages in it.
    public var messages: Int?

    /// Creates an answer.
    public init(recording: String, state: String, lost: Int? = nil, bytes: Int? = nil, messages: Int? = nil) {
        (self.recording, self.state, self.lost, self.bytes, self.messages) = (recording, state, lost, bytes, messages)
    }
}

/// The answer of `replay`.
public struct ReplayAnswer: Codable, Hashable, Sendable {
    /// The recording's name.
    public var recording: String?
    /// The robot's name.
    public var robot: String?
    /// Its length, seconds.
    public var duration: Double
    /// Places where frames are missing.
    public var gaps: Int
    /// Whether it was only rehearsed.
    public var dryRun: Bool?
    /// Frames of the recording.
    public var recordedFrames: Int
    /// Frames that are published for them.
    public var publishedFrames: Int
    /// How far they are apart at most, rad or m.
    public var greatestDifference: Double
    /// Frames in which limits slow the motion down.
    public var slowedFrames: Int
    /// Whether the recording's end is reached.
    public var complete: Bool

    enum CodingKeys: String, CodingKey {
        case recording, robot
        case duration = "duration_s"
        case gaps, dryRun, recordedFrames, publishedFrames, greatestDifference, slowedFrames, complete
    }

    /// What a rehearsal of a stream found.
    public init(_ rehearsal: ReplayRehearsal, of stream: RecordedStream) {
        (duration, gaps) = (stream.duration, stream.gaps)
        (recordedFrames, publishedFrames) = (rehearsal.recordedFrames, rehearsal.publishedFrames)
        (greatestDifference, slowedFrames) = (rehearsal.greatestDifference, rehearsal.slowedFrames)
        complete = rehearsal.isComplete
    }
}
