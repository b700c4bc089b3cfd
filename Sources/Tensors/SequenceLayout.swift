/// How the rows of a tensor are cut into sequences: several sequences lie behind one another without padding.
public struct SequenceLayout: Hashable, Sendable {
    /// The rows of each sequence, in order, without gaps.
    public let ranges: [Range<Int>]

    /// Sequences of the given lengths, packed.
    public init(lengths: [Int]) {
        var start = 0
        ranges = lengths.map { length in
            defer { start += length }
            return start..<(start + length)
        }
    }

    /// Number of sequences.
    public var count: Int { ranges.count }
    /// Number of rows of all sequences.
    public var rows: Int { ranges.last?.upperBound ?? 0 }
}

/// Which way a causal operation runs along a sequence.
public enum ScanDirection: Int32, Sendable {
    /// From the first row to the last.
    case forward = 0
    /// From the last row to the first.
    case backward = 1
}
