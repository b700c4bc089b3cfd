internal import Messaging

/// Gives memory back to the system that a burst of work or of clients took: the allocator would keep it.
struct MemoryKeeper {
    private static let interval: Int64 = 5_000_000_000
    /// How long to wait when nothing was to be given back, as what there is is used.
    private static let longInterval: Int64 = 10_000_000_000
    /// Growth that is worth the milliseconds of giving back, bytes.
    private static let growth = 8 << 20

    private var next: Int64 = 0
    /// The least that was resident after giving back.
    private var least = 0

    /// Looks every few seconds whether the process is larger than it need be.
    mutating func look(at time: Int64) {
        guard time >= next else { return }
        next = time + MemoryKeeper.interval
        let before = ProcessResources.residentMemory
        guard before > least + MemoryKeeper.growth else { return }
        ProcessResources.trimMemory()
        let after = ProcessResources.residentMemory
        least = least == 0 ? after : min(least, after)
        if before - after < MemoryKeeper.growth / 8 { next = time + MemoryKeeper.longInterval }
    }
}
