internal import Synchronization

/// Hands texts to all who listen; one who reads slowly loses the oldest.
final class LiveFeed: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<String>.Continuation] = [:]
    }
    private let state = Mutex(State())

    /// Whether anyone listens.
    var isHeard: Bool { state.withLock { !$0.listeners.isEmpty } }

    /// Texts from now on, `greeting` first.
    func join(greeting: String) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(64))
        continuation.yield(greeting)
        let number = state.withLock { state in
            state.next += 1
            state.listeners[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    /// Hands a text to everyone.
    func send(_ text: String) {
        // Outside of the lock: ending a stream takes it.
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(text) }
    }

    /// Ends all.
    func end() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.finish() }
    }
}
