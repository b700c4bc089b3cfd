import Robots

/// What is being said of a final frame; tasks add to it.
struct FrameJudgement {
    /// The robot in the frame's configuration.
    let robot: KinematicWorkspace
    var quality = FrameQuality()
    /// Sum of the limb segments' squared errors, m².
    var limbSquares = 0.0
    /// Number of limb segments.
    var limbCount = 0.0

    init(robot: KinematicWorkspace) { self.robot = robot }
}
