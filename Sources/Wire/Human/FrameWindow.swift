public import Timeline

/// Frames to come, the next one first.
public protocol FrameWindow {
    /// How many frames there are.
    var count: Int { get }
    /// The frame `index` ticks after the next one.
    subscript(index: Int) -> PublishedFrame { get }
}
