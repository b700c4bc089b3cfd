internal import Synchronization

/// The native messages of one robot on their way to a recording. The publisher never waits here and allocates nothing.
package final class StreamTap: Sendable {
    private struct Basket {
        var bytes: [UInt8] = []
        var lengths: [Int] = []

        init() {
            // Two seconds of a robot of 40 joints at 500 Hz.
            bytes.reserveCapacity(2 << 20)
            lengths.reserveCapacity(1000)
        }
    }

    private let isOpen = Atomic(false)
    private let lostMessages = Atomic(0)
    private let basket = Mutex(Basket?.none)
    private let spare = Mutex(Basket?.none)

    package init() {}

    /// Messages that found no room since the start.
    package var lost: Int { lostMessages.load(ordering: .relaxed) }

    /// Begins or ends to keep what is offered.
    package func open(_ isWanted: Bool) {
        // Each with storage of its own, so that the publisher never copies any.
        basket.withLock { $0 = isWanted ? Basket() : nil }
        spare.withLock { $0 = isWanted ? Basket() : nil }
        isOpen.store(isWanted, ordering: .releasing)
    }

    /// Keeps a message, if a recording runs.
    package func offer(_ message: UnsafeRawBufferPointer) {
        guard isOpen.load(ordering: .acquiring) else { return }
        for _ in 0..<16 {
            let isKept = basket.withLockIfAvailable { basket -> Bool in
                guard let used = basket?.bytes.count, let room = basket?.bytes.capacity,
                    let count = basket?.lengths.count, let most = basket?.lengths.capacity,
                    used + message.count <= room, count < most
                else { return false }
                basket?.bytes.append(contentsOf: message)
                basket?.lengths.append(message.count)
                return true
            }
            guard let isKept else { continue }
            if isKept { return }
            break
        }
        lostMessages.add(1, ordering: .relaxed)
    }

    /// Takes what was kept. For one reader.
    package func drain() -> [[UInt8]] {
        spare.withLock { spare in
            // The publisher finds the lock taken for no longer than this swap.
            basket.withLock { swap(&$0, &spare) }
            var start = 0
            let messages = (spare?.lengths ?? []).map { length in
                defer { start += length }
                return Array(spare?.bytes[start..<start + length] ?? [])
            }
            spare?.bytes.removeAll(keepingCapacity: true)
            spare?.lengths.removeAll(keepingCapacity: true)
            return messages
        }
    }
}
