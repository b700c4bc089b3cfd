/// A pose of the hands that texts ask for.
public enum HandPose: String, Hashable, Sendable, CaseIterable {
    /// Fingers stretched, grippers open.
    case open
    /// Fingers bent, grippers closed.
    case fist
    /// The forefinger stretched, the others bent.
    case point
    /// Thumb and forefinger together.
    case pinch
}
