/// One action of a longer text.
public struct TextSegment: Hashable, Sendable {
    /// The action, such as "a person walks forward"; never blank.
    public var text: String
    /// The stated length, seconds, above zero; nil where the text states none.
    public var duration: Double?

    /// Creates a segment.
    public init(text: String, duration: Double? = nil) {
        self.text = text
        self.duration = duration
    }
}
