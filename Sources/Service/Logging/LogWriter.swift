internal import Glibc
internal import Messaging
internal import Synchronization

/// Writes lines to standard error on a thread of its own: whoever logs waits for no reader.
///
/// What a reader that stalls has no room for is dropped; the line after it tells how much.
final class LogWriter: Sendable {
    /// The one of this process.
    static let standardError = LogWriter(descriptor: STDERR_FILENO)

    /// Bytes that wait, at most.
    static let limit = 256 << 10

    private struct State {
        var waiting: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    private let state = Mutex(State())
    private let wakeUp: WakeUp?
    private let descriptor: Int32

    /// Without a thread, for want of resources, nothing is written but what ``add(_:)`` then writes itself.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        guard let wakeUp = try? WakeUp() else {
            self.wakeUp = nil
            return
        }
        self.wakeUp = wakeUp
        if (try? NamedThread(name: "kmmd log", body: { [self] in run(wakeUp) })) == nil { return }
        // What a process says last should be read.
        if descriptor == STDERR_FILENO { atexit { LogWriter.standardError.flush() } }
    }

    /// Hands a line over; never waits.
    func add(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        guard let wakeUp else {
            _ = write(descriptor, bytes, bytes.count)
            return
        }
        state.withLock { state in
            guard state.waiting.count + bytes.count <= LogWriter.limit else {
                state.dropped += 1
                return
            }
            if state.dropped > 0 {
                state.waiting += "(\(state.dropped) lines were dropped, as nobody read them)\n".utf8
                state.dropped = 0
            }
            state.waiting += bytes
        }
        wakeUp.ring()
    }

    /// Waits until all is written, but no longer than a reader may be expected to take.
    func flush() {
        for _ in 0..<300 where state.withLock({ $0.isWriting || !$0.waiting.isEmpty }) { usleep(1000) }
    }

    private func run(_ wakeUp: WakeUp) {
        while true {
            wakeUp.wait()
            let bytes = state.withLock { state in
                state.isWriting = true
                defer { state.waiting = [] }
                return state.waiting
            }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EAGAIN {
                    usleep(1000)
                    continue
                }
                // Nobody can read it any more.
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            state.withLock { $0.isWriting = false }
        }
    }
}
