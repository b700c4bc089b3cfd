internal import HumanBody
internal import Messaging
internal import ServiceCore
internal import Synchronization

/// A motion file that is read on a thread of its own: the planner makes motion meanwhile, and waits for no disk.
final class ClipReading: Sendable {
    typealias Outcome = Result<[HumanFrame], any Error>

    /// How long a file may take to be read, nanoseconds.
    static let patience: Int64 = 10_000_000_000
    /// Files that are read at a time: a disk that hangs holds a thread each.
    static let most = 4

    private static let running = Atomic(0)
    private let outcome = Mutex<Outcome?>(nil)
    private let deadline: Int64
    private let thread = Mutex<NamedThread?>(nil)

    /// Begins to read a file of a library; `whenDone` is called on another thread.
    init(_ name: String, from library: ClipLibrary, whenDone: @escaping @Sendable () -> Void) {
        deadline = Clock.monotonic() + ClipReading.patience
        guard ClipReading.running.add(1, ordering: .relaxed).newValue <= ClipReading.most else {
            ClipReading.running.subtract(1, ordering: .relaxed)
            outcome.withLock { $0 = .failure(ClipError.busy) }
            return
        }
        do {
            let thread = try NamedThread(name: "kmmd clip") { [self] in
                let found = Outcome { try library.frames(of: name) }
                outcome.withLock { $0 = found }
                ClipReading.running.subtract(1, ordering: .relaxed)
                whenDone()
            }
            self.thread.withLock { $0 = thread }
        } catch {
            ClipReading.running.subtract(1, ordering: .relaxed)
            outcome.withLock { $0 = .failure(error) }
        }
    }

    /// What came of it; nil while the file is being read and may yet be read in time.
    func outcome(at time: Int64) -> Outcome? {
        if let known = outcome.withLock({ $0 }) {
            // It is about to end.
            thread.withLock { thread in
                thread?.join()
                thread = nil
            }
            return known
        }
        return time < deadline ? nil : .failure(ClipError.tooSlow)
    }
}
