internal import Synchronization

/// A bounded queue of messages from one thread to another, without a lock and without allocation: adding never waits, however
/// long the other thread is busy.
///
/// Messages lie one behind the other in a ring of bytes, each with its length before it; counts of the bytes ever added and
/// ever taken are all that the two threads share.
final class MessageRing: Sendable {
    /// What stands before every message.
    struct Header: BitwiseCopyable {
        /// Bytes of the message; negative where the rest of the ring is left out, so that the next one lies in one piece.
        var count: Int32
        /// Whether it has to be sent however late it is.
        var isEssential: Bool
        /// When it was added, CLOCK_MONOTONIC nanoseconds.
        var time: Int64
    }

    private static let headerSize = 16
    // Bytes between `taken` and `added` belong to the thread that takes, all others to the one that adds.
    nonisolated(unsafe) private let storage: UnsafeMutableRawBufferPointer
    private let added = Atomic(0)
    private let taken = Atomic(0)

    /// A ring of so many bytes, a power of two; a message may have half of them.
    init(capacity: Int) {
        precondition(capacity >= 64 && capacity & (capacity - 1) == 0, "a capacity is a power of two")
        storage = .allocate(byteCount: capacity, alignment: MessageRing.headerSize)
        storage.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { storage.deallocate() }

    /// Adds a message; false when there is no room. For one thread.
    func add(_ message: UnsafeRawBufferPointer, at time: Int64, isEssential: Bool) -> Bool {
        let size = MessageRing.size(message.count)
        var place = added.load(ordering: .relaxed)
        let untilEnd = storage.count - place % storage.count
        let skipped = size <= untilEnd ? 0 : untilEnd
        let free = storage.count - (place - taken.load(ordering: .acquiring))
        guard size <= storage.count / 2, skipped + size <= free else { return false }
        if skipped > 0 {
            write(Header(count: -1, isEssential: false, time: time), at: place)
            place += skipped
        }
        write(Header(count: Int32(message.count), isEssential: isEssential, time: time), at: place)
        let start = place % storage.count + MessageRing.headerSize
        UnsafeMutableRawBufferPointer(rebasing: storage[start..<start + message.count]).copyMemory(from: message)
        added.store(place + size, ordering: .releasing)
        return true
    }

    /// Hands the oldest message to `body`, and whether it is the newest too; false when there is none. For one thread.
    func take(_ body: (Header, UnsafeRawBufferPointer, _ isNewest: Bool) -> Void) -> Bool {
        var place = taken.load(ordering: .relaxed)
        let end = added.load(ordering: .acquiring)
        guard place < end else { return false }
        var header = read(at: place)
        if header.count < 0 {
            place += storage.count - place % storage.count
            header = read(at: place)
        }
        let start = place % storage.count + MessageRing.headerSize
        let next = place + MessageRing.size(Int(header.count))
        body(header, UnsafeRawBufferPointer(rebasing: storage[start..<start + Int(header.count)]), next == end)
        taken.store(next, ordering: .releasing)
        return true
    }

    /// Bytes that a message takes with its header, so that every header is aligned.
    private static func size(_ count: Int) -> Int { headerSize + (count + headerSize - 1) / headerSize * headerSize }

    private func write(_ header: Header, at place: Int) {
        storage.storeBytes(of: header, toByteOffset: place % storage.count, as: Header.self)
    }

    private func read(at place: Int) -> Header {
        storage.load(fromByteOffset: place % storage.count, as: Header.self)
    }
}
