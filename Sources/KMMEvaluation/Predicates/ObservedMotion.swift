public import HumanMotion

/// A stretch of motion as the predicates see it.
public struct ObservedMotion: Sendable {
    let body: BodyMotion
    package let numbers: MotionMeasurements

    /// Observes rows of features, at least two.
    public init(_ features: MotionFeatures) {
        body = BodyMotion(features)
        numbers = MotionMeasurements(features)
    }

    /// Observes a clip at 30 frames a second, at least two frames long.
    public init(_ clip: HumanClip) { self.init(MotionFeatures(clip)) }
}
