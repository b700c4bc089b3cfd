/// A stretch of robot motion at a constant frame rate.
public struct RobotMotion: Sendable {
    /// Frames per second.
    public var frameRate: Double
    /// Names of the joints in the order of the positions.
    public var jointNames: [String]
    /// The frames in order.
    public var frames: [RetargetedFrame]

    /// Creates a motion.
    public init(frameRate: Double, jointNames: [String], frames: [RetargetedFrame]) {
        self.frameRate = frameRate
        self.jointNames = jointNames
        self.frames = frames
    }
}
