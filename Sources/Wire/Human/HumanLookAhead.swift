internal import Timeline

/// The humans that go with the frames of a `LookAhead`. Keep it in step with that, right after each of its updates.
///
/// Allocates nothing once made.
public struct HumanLookAhead: PersonWindow, Sendable {
    /// For how many frames the human is known.
    public let count: Int
    private let rate: Double
    private var people: [SMPLPose]
    private var start = 0
    private var isStale = true
    /// As of the frame published last.
    private var now = HumanFollower()
    /// As of the last frame known.
    private var far = HumanFollower()

    /// Room for the humans of `count` frames, 1 or more, of a stream of `streamRate` frames a second; goes on from where the
    /// one `before` is.
    public init(count: Int, streamRate: Int, after before: HumanLookAhead? = nil) {
        precondition(count > 0)
        self.count = count
        rate = Double(streamRate)
        // Each with storage of its own, so that no update copies any.
        people = (0..<count).map { _ in SMPLPose() }
        if let before { now.follow(before.now) }
    }

    /// The human of the frame `index` ticks after the next one, from 0.
    public subscript(index: Int) -> SMPLPose {
        precondition(index >= 0 && index < count)
        return people[start + index < count ? start + index : start + index - count]
    }

    /// Foresees the humans of `frames`, of which there are `count` or more.
    ///
    /// - Parameters:
    ///   - frames: The frames from the next one on.
    ///   - track: The human frames behind them.
    ///   - isEdited: Whether more is new than that the window went on by one frame.
    public mutating func update(
        with frames: some FrameWindow, along track: borrowing HumanTrack, isEdited: Bool
    ) {
        if isEdited || isStale {
            far.follow(now)
            (start, isStale) = (0, false)
            for index in 0..<count {
                far.step(to: frames[index], along: track, rate: rate)
                people[index].show(far)
            }
        } else {
            far.step(to: frames[count - 1], along: track, rate: rate)
            people[start].show(far)
            start = start + 1 == count ? 0 : start + 1
        }
        now.step(to: frames[0], along: track, rate: rate)
    }
}
