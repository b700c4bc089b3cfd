/// Weights and budgets of the solver.
public struct RetargetOptions: Hashable, Sendable {
    /// Steps for each new frame.
    public var iterations = 4
    /// Steps for each start of the first frame.
    public var firstIterations = 60
    /// Steps that take capsules apart in the first frame, from where they were let through.
    public var apartIterations = 25
    /// Steps of the whole window when a frame becomes known.
    public var windowIterations = 3
    /// Times that each frame of the window is solved exactly after that; even, so that the last time goes forwards.
    public var sweeps = 2
    /// Weight of the place of a standing heel or toe, above all others, 1/m².
    public var stancePosition = 4000.0
    /// Weight of the height of the lowest corner of a standing sole beyond 2 mm, 1/m².
    public var stanceHeight = 20_000.0
    /// Weight of the limbs' directions where other parts than soles carry, as a multiple: who kneels or lies is to look like it
    /// before contacts are exact.
    public var restingLimbs = 3.0
    /// Weight of the pelvis' turn there, as a multiple.
    public var restingPelvis = 4.0
    /// Weight of a standing foot's orientation, 1/rad².
    public var stanceOrientation = 30.0
    /// Weight of the height of a part that carries the body in place of a sole, 1/m².
    public var restHeight = 600.0
    /// Weight of the place of such a part, 1/m².
    public var restPosition = 60.0
    /// Height over the floor of something to sit on that the motion does not hold, m of the human; nil for none.
    public var support: Double?
    /// Whether the watched capsules keep apart.
    public var keepsApart = true
    /// Whether frames keep the joints' limits of acceleration and jerk. A frame of which nothing is known ahead that keeps them
    /// swings about what it follows: whoever limits the published motion anyway does better without.
    public var keepsRates = true
    /// Weight of the centre of mass over the soles while the human stands still, 1/m².
    public var balance = 700.0
    /// Weight of the hips' place, as a multiple of the profile's.
    public var hips = 50.0
    /// Weight of the chest's turn, as a multiple of the profile's.
    public var chest = 1.3
    /// Weight of the hands' turn, as a multiple of the profile's.
    public var hands = 2.6
    /// Smoothness of a frame of which nothing is known ahead, where much of it would lag behind.
    package var prediction = Smoothness(
        joints: Neighbours.Weights(speed: 2e-3, acceleration: 4e-2),
        rootPosition: Neighbours.Weights(acceleration: 2),
        rootRotation: Neighbours.Weights(acceleration: 0.3))
    /// Smoothness of the frames of a window.
    package var smoothness = Smoothness(
        joints: Neighbours.Weights(speed: 2e-3, acceleration: 7.1),
        rootPosition: Neighbours.Weights(acceleration: 720),
        rootRotation: Neighbours.Weights(acceleration: 1))
    /// Weight of the natural pose, for joints that nothing else decides, 1/rad².
    public var naturalness = 5e-4

    /// The defaults.
    public init() {}
}
