internal import Synchronization

/// Those who wait for a robot's stream to come to a state.
///
/// The publisher only looks whether there are any; who reads what it tells wakes them.
final class StatusWaiters: Sendable {
    private struct Waiter {
        var number: Int
        var isReached: @Sendable (RobotChannel.Status) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private let waiters = Mutex<[Waiter]>([])
    private let count = Atomic(0)
    private let lastNumber = Atomic(0)

    /// Whether nobody waits; for any thread, without a lock.
    var isEmpty: Bool { count.load(ordering: .acquiring) == 0 }

    /// Waits until `isReached`, or until the task is cancelled. It is asked with the next tick first.
    func wait(until isReached: @escaping @Sendable (RobotChannel.Status) -> Bool) async {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = waiters.withLock { waiters in
                    if Task.isCancelled { return true }
                    waiters.append(Waiter(number: number, isReached: isReached, continuation: continuation))
                    count.store(waiters.count, ordering: .releasing)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            resume { waiter in waiter.number == number }
        }
    }

    /// Wakes those whose state has come.
    func wake(_ status: RobotChannel.Status) { resume { $0.isReached(status) } }

    private func resume(where isOver: (Waiter) -> Bool) {
        let resumed = waiters.withLock { waiters in
            let resumed = waiters.filter(isOver)
            waiters.removeAll { waiter in resumed.contains { $0.number == waiter.number } }
            count.store(waiters.count, ordering: .releasing)
            return resumed
        }
        for waiter in resumed { waiter.continuation.resume() }
    }
}
