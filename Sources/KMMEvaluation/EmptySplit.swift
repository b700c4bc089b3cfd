public import MotionData

/// A split of a data set holds nothing that can be scored; a score of it would be a zero that means nothing.
public struct EmptySplit: Error, Hashable, Sendable, CustomStringConvertible {
    /// The split.
    public var split: DataSplit
    /// What a clip of it would have to have.
    public var needed: String

    /// Creates the error from its parts.
    public init(split: DataSplit, needed: String) {
        self.split = split
        self.needed = needed
    }

    /// What is missing and where it would come from.
    public var description: String {
        "the \(split.rawValue) split has nothing to score: no clip with \(needed). The data's `split` members or folders "
            + "decide, see `kmmctl train prepare --help`; --split chooses another"
    }
}
