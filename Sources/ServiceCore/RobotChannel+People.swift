internal import Synchronization
package import Timeline
package import Wire

extension RobotChannel {
    /// Makes way for a person who is followed whole: what was asked for before is over, and the robot comes to rest.
    ///
    /// - Returns: The stopCount that begins.
    package func makeWay() -> Int {
        shared.withLock { shared in
            shared.stopCount += 1
            shared.notBefore = 0
            let frame = shared.status.frame
            RobotChannel.enqueue(Posted(change: .edit(.truncate(frame: frame)), origin: .none), in: &shared)
            return shared.stopCount
        }
    }

    /// Has the robot go over to a person, unless a stop or halt came since `stopCount`, or a hold since `holdCount` that it would
    /// end; false then.
    package func post(_ follow: LiveFollow, of humanChunk: HumanChunk?, stopCount: Int, holdCount: Int) -> Bool {
        shared.withLock { shared in
            guard stopCount == shared.stopCount else { return false }
            if follow.isWhole, shared.isHeld, holdCount != shared.holdCount { return false }
            if follow.isWhole { shared.isHeld = false }
            shared.stop = nil
            let posted = Posted(change: .edit(.follow(follow)), origin: .none, humanChunk: humanChunk)
            RobotChannel.enqueue(posted, in: &shared)
            return true
        }
    }

    /// When the publisher's next tick is due, CLOCK_MONOTONIC nanoseconds, as far as is known.
    package func nextTick(after time: Int64) -> Int64 {
        let period = 1_000_000_000 / Int64(rate)
        let last = shared.withLock { $0.tick }
        guard last > 0, time >= last else { return time + period }
        return last + ((time - last) / period + 1) * period
    }
}
