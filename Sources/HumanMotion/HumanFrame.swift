public import Geometry

/// One frame of human motion on the SMPL skeleton. World: y up, metres, floor at y = 0.
public struct HumanFrame: Hashable, Sendable {
    /// Position of the pelvis joint (not SMPL's `transl`).
    public var pelvis: Vector3
    /// 22 rotations in SMPL order: the pelvis in the world, every other joint in its parent.
    public var rotations: [Quaternion]
    /// Probability that the left ankle, left toe, right ankle and right toe stand on the floor, in that order.
    public var contacts: FootContacts

    /// Creates a frame; `rotations` holds 22 elements.
    public init(pelvis: Vector3, rotations: [Quaternion], contacts: FootContacts = .none) {
        precondition(rotations.count == SMPLSkeleton.jointCount, "an SMPL frame has 22 rotations")
        self.pelvis = pelvis
        self.rotations = rotations
        self.contacts = contacts
    }
}

/// Probabilities in [0, 1] that parts of the feet stand on the floor.
public struct FootContacts: Hashable, Sendable {
    /// Left ankle (heel).
    public var leftAnkle: Double
    /// Left toe.
    public var leftToe: Double
    /// Right ankle (heel).
    public var rightAnkle: Double
    /// Right toe.
    public var rightToe: Double

    /// No foot on the floor.
    public static let none = FootContacts(leftAnkle: 0, leftToe: 0, rightAnkle: 0, rightToe: 0)

    /// Creates the four probabilities.
    public init(leftAnkle: Double, leftToe: Double, rightAnkle: Double, rightToe: Double) {
        self.leftAnkle = leftAnkle
        self.leftToe = leftToe
        self.rightAnkle = rightAnkle
        self.rightToe = rightToe
    }
}

/// A stretch of human motion at a constant frame rate.
public struct HumanClip: Sendable {
    /// Frames per second.
    public var frameRate: Double
    /// The frames in order.
    public var frames: [HumanFrame]
    /// What the motion shows, when known.
    public var text: String

    /// Creates a clip.
    public init(frameRate: Double, frames: [HumanFrame], text: String = "") {
        self.frameRate = frameRate
        self.frames = frames
        self.text = text
    }

    /// Length in seconds.
    public var duration: Double { Double(frames.count) / frameRate }
}
