public import HumanMotion
public import MotionData
public import TextEncoding

/// The captioned stretches of a split, and which of their captions say the same.
public struct EvaluationSet {
    /// The stretches, mirrored copies included.
    public let motions: CaptionedMotions
    /// Alikeness of the captions.
    public let likeness: TextLikeness
    /// Number of each item's stretch: several captions describe one.
    public let stretches: [Int]
    /// An item of each stretch.
    public let representatives: [Int]

    /// Collects a split.
    ///
    /// - Throws: `EmptySplit` when it has no captioned stretch.
    public init(_ data: PreparedDataSet, split: DataSplit, encoder: SentenceEncoder) throws {
        motions = CaptionedMotions(data, split: split)
        guard !motions.items.isEmpty else {
            throw EmptySplit(split: split, needed: "a caption of \(CaptionedMotions.shortest) frames or more")
        }
        likeness = try TextLikeness(motions.texts, encoder: encoder)
        struct Stretch: Hashable {
            var clip: Int
            var frames: Range<Int>
        }
        var known: [Stretch: Int] = [:]
        var stretches: [Int] = []
        var representatives: [Int] = []
        for (index, item) in motions.items.enumerated() {
            let stretch = Stretch(clip: item.clip, frames: item.frames)
            let number = known[stretch] ?? known.count
            if number == known.count {
                known[stretch] = number
                representatives.append(index)
            }
            stretches.append(number)
        }
        (self.stretches, self.representatives) = (stretches, representatives)
    }

    /// Features of every stretch, in the order of their numbers.
    public func features() -> [MotionFeatures] { representatives.map { motions.motion(motions.items[$0]) } }
}
