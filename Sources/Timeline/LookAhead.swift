/// The frames that a player will publish next if nobody edits its plan, through the limiter, ahead of time.
///
/// Keep it in step with the player, before each of its ticks:
///
///     var ahead = LookAhead(of: player, count: 51)
///     while running {
///         ahead.update(with: &player, isEdited: isEdited)
///         player.tick(into: &frame)                 // frame == ahead[0]
///     }
///
/// Allocates nothing once made. An update after edits costs as much as `count` ticks, any other as much as one.
public struct LookAhead: Sendable {
    /// How many frames are known.
    public let count: Int
    private var frames: [PublishedFrame]
    private var start = 0
    private var isStale = true
    /// How far the player will have come after the last frame known.
    private var progress: RobotPlayer.Progress

    /// Room for `count` frames of a player, 1 or more; they are known after the first update.
    public init(of player: RobotPlayer, count: Int) {
        precondition(count > 0)
        self.count = count
        frames = (0..<count).map { _ in player.makeFrame() }
        progress = RobotPlayer.Progress(player)
    }

    /// The frame that the player publishes `index` ticks after its next one, from 0.
    public subscript(index: Int) -> PublishedFrame {
        _read {
            precondition(index >= 0 && index < count)
            yield frames[start + index < count ? start + index : start + index - count]
        }
    }

    /// Foresees the frames from the player's next one on.
    ///
    /// - Parameters:
    ///   - player: The player, about to tick. It comes back as it was.
    ///   - isEdited: Whether any edit was applied since its last tick.
    public mutating func update(with player: inout RobotPlayer, isEdited: Bool) {
        if isEdited || isStale {
            progress.follow(player)
            (start, isStale) = (0, false)
            player.exchange(with: &progress)
            for index in 0..<count { player.tick(into: &frames[index]) }
        } else {
            player.exchange(with: &progress)
            player.tick(into: &frames[start])
            start = start + 1 == count ? 0 : start + 1
        }
        player.exchange(with: &progress)
    }
}

extension RobotPlayer {
    /// All that a tick changes, but for scratch memory.
    struct Progress: Sendable {
        fileprivate var limiter: Limiter
        fileprivate var state: PlayerState
        fileprivate var rest: Int64?

        init(_ player: RobotPlayer) {
            limiter = player.limiter.copy()
            state = player.state
            rest = player.timeline.rest
        }

        /// Takes over where the player is.
        mutating func follow(_ player: borrowing RobotPlayer) {
            limiter.follow(player.limiter)
            state = player.state
            rest = player.timeline.rest
        }
    }

    /// Goes to where `progress` is, which becomes where the player was.
    mutating func exchange(with progress: inout Progress) {
        swap(&limiter, &progress.limiter)
        swap(&state, &progress.state)
        swap(&timeline.rest, &progress.rest)
    }
}
