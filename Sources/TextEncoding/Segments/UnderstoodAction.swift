/// One action as understood.
public struct UnderstoodAction: Hashable, Sendable {
    /// Its name in the lexicon.
    public var name: String
    /// How sure it is that this is meant, 0 to 1.
    public var likeness: Double
    /// The side that is told.
    public var side: BodySide?
    /// The manner that is told.
    public var manner: Manner?
}
