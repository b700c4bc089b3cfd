internal import TextEncoding

/// What is done with texts that are not understood.
public struct UnderstandingSettings: Hashable, Sendable {
    /// `strict` refuses them, `warn` does what it can and says so, `any` gives every text to the model as it is.
    public var policy = UnderstandingPolicy.strict.rawValue
    /// Likeness of a known action under which a text is not understood, 0 to 1.
    public var bound = UnderstandingPolicy.defaultBound

    static let policies = UnderstandingPolicy.allCases.map(\.rawValue)
}
