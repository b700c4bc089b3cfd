public import HumanBody

/// A stretch of human motion at a constant frame rate.
public struct HumanClip: Sendable {
    /// Frames per second.
    public var frameRate: Double
    /// The frames in order.
    public var frames: [HumanFrame]
    /// What the motion shows, when known.
    public var text: String

    /// Most frames that are read from a file: over two hours at 120 frames a second.
    public static let greatestFrameCount = 1 << 20

    /// Creates a clip.
    public init(frameRate: Double, frames: [HumanFrame], text: String = "") {
        self.frameRate = frameRate
        self.frames = frames
        self.text = text
    }

    /// Length in seconds.
    public var duration: Double { Double(frames.count) / frameRate }
}
