/// An everyday action: how people ask for it, and a geometric predicate that tells whether a motion shows it.
public struct EverydayPrompt: Sendable {
    /// Short name of the action.
    public let name: String
    /// Sentences that ask for it.
    public let wordings: [String]
    /// The predicate in words.
    public let rule: String
    /// The predicate.
    public let isShown: @Sendable (MotionMeasurements) -> Bool
    /// Which captions of real clips say that the clip shows it.
    public let captions: CaptionRule
}

/// Which captions speak of an action, by regular expressions on the lower-case text.
public struct CaptionRule: Sendable {
    /// The caption says that the clip shows the action …
    public let claims: String
    /// … unless it also says this: something else goes on, or what the words mean is another action.
    public let unless: String
    /// The clip may show the action without having been asked to: it proves nothing either way.
    public let hints: String
}
