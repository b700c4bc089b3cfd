import CKernels
import COpenBLAS
import Dispatch
import Synchronization

/// How many processor cores the numeric code of this process uses.
public enum Compute {
    private static let width = Atomic<Int>(1)

    /// Number of threads for what runs here, in place of that of the process.
    @TaskLocal package static var threadsHere: Int?

    /// Number of threads used inside one operation; 1 until set.
    public static var threads: Int { threadsHere ?? width.load(ordering: .relaxed) }

    /// Uses `threads` cores inside operations: 1 suits a daemon that answers, all cores suit training.
    public static func setThreads(_ threads: Int) {
        width.store(max(1, threads), ordering: .relaxed)
        openblas_set_num_threads(Int32(max(1, threads)))
    }

    /// Keeps freed memory in the process: a training step frees and asks again for the same large blocks, and
    /// handing them back to the system would cost a page fault for every page of every step.
    public static func retainFreedMemory() {
        ck_retain_freed_memory()
    }

    /// What `transform` makes of each item, of several at a time: each on one thread.
    package static func map<Item, Result>(_ items: [Item], _ transform: (Item) -> Result) -> [Result] {
        if threads < 2 || items.count < 2 { return items.map(transform) }
        return [Result](unsafeUninitializedCapacity: items.count) { results, count in
            // Each place is filled by its own item, and all have ended before anybody reads them.
            nonisolated(unsafe) let places = results
            forEachChunk(of: items.count) { _, range in
                $threadsHere.withValue(1) {
                    for index in range { places.initializeElement(at: index, to: transform(items[index])) }
                }
            }
            count = items.count
        }
    }

    /// Splits `count` items into contiguous chunks, one a thread, and runs `body(chunk, range)` for each.
    static func forEachChunk(of count: Int, _ body: (Int, Range<Int>) -> Void) {
        let chunks = min(threads, count)
        if chunks <= 1 {
            if count > 0 { body(0, 0..<count) }
            return
        }
        // Chunks write disjoint memory and have all ended when this returns, so no state is shared beyond the call.
        nonisolated(unsafe) let work = body
        DispatchQueue.concurrentPerform(iterations: chunks) { chunk in
            work(chunk, (count * chunk / chunks)..<(count * (chunk + 1) / chunks))
        }
    }
}
