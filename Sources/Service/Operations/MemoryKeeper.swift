internal import Messaging

/// Gives memory back to the system that a burst of work or of clients took: the allocator would keep it.
struct MemoryKeeper {
    private static let interval: Int64 = 5_000_000_000
    /// Growth that is worth the milliseconds of giving back, bytes.
    private static let growth = 8 << 20

    private var last: Int64 = 0
    /// Resident bytes after the last time, or fewer since.
    private var resident = 0

    /// Looks every few seconds whether the process has grown.
    mutating func look(at time: Int64) {
        guard time - last >= MemoryKeeper.interval else { return }
        last = time
        let now = ProcessResources.residentMemory
        resident = min(resident, now)
        guard now > resident + MemoryKeeper.growth else { return }
        ProcessResources.trimMemory()
        resident = ProcessResources.residentMemory
    }
}
