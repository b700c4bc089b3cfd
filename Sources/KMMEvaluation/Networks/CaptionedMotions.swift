public import HumanMotion
public import MotionData

/// The captioned stretches of recorded motion in one split: what evaluators learn from and models are compared with.
///
/// Mirrored copies belong to it; copies at another speed and motions put together from several clips do not. Captions of the
/// validation and test splits that stand in training word by word do not either: words are judged by new wordings.
public struct CaptionedMotions {
    /// A stretch and one caption of it.
    public struct Item: Hashable, Sendable {
        /// Index into the clips of the data set.
        public var clip: Int
        /// Frames of the clip.
        public var frames: Range<Int>
        /// Index into `texts`.
        public var text: Int
    }

    /// Frames that an evaluator looks at, eight seconds; longer stretches are cut.
    public static let longest = 240
    /// Shorter stretches are left out, frames.
    public static let shortest = 16

    /// Every pair of a stretch and a caption.
    public let items: [Item]
    /// The distinct captions.
    public let texts: [String]
    private let data: PreparedDataSet

    /// Collects the stretches of a split.
    public init(_ data: PreparedDataSet, split: DataSplit) {
        var items: [Item] = []
        var texts: [String] = []
        var known: [String: Int] = [:]
        let heldOut = split == .train ? nil : data.clips.heldOutWordings
        for (index, clip) in data.clips.enumerated() where clip.split == split && clip.isRecorded {
            for caption in clip.captions where caption.frameCount >= Self.shortest && caption.isRecorded {
                if let heldOut, !heldOut.contains(Wording(caption.text)) { continue }
                let text = known[caption.text] ?? texts.count
                if text == texts.count {
                    known[caption.text] = text
                    texts.append(caption.text)
                }
                items.append(
                    Item(
                        clip: index, frames: caption.firstFrame..<(caption.firstFrame + caption.frameCount), text: text)
                )
            }
        }
        (self.items, self.texts, self.data) = (items, texts, data)
    }

    /// Features of an item, at most `longest` frames from the `offset`-th on.
    public func motion(_ item: Item, from offset: Int = 0) -> MotionFeatures {
        let first = min(item.frames.lowerBound + offset, item.frames.upperBound - Self.shortest)
        let range = first..<min(first + Self.longest, item.frames.upperBound)
        return MotionFeatures(
            frameRate: data.index.frameRate, values: Array(data.features(of: data.clips[item.clip], range)))
    }
}
