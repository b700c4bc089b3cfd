internal import Synchronization

/// Hands texts to all who listen; one who reads slowly loses the oldest. Events are kept for those who come later.
final class LiveFeed: Sendable {
    private struct State {
        var next = 0
        var listeners: [Int: AsyncStream<String>.Continuation] = [:]
        var history: [String] = []
    }
    private let state = Mutex(State())

    /// Events that are kept.
    private static let historyLength = 200

    /// Whether anyone listens.
    var isHeard: Bool { state.withLock { !$0.listeners.isEmpty } }

    /// Texts from now on, `greeting` first, and then what has happened before.
    func join(greeting: String) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(64))
        continuation.yield(greeting)
        let number = state.withLock { state in
            continuation.yield(#"{"type":"history","events":["# + state.history.joined(separator: ",") + "]}")
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

    /// Hands an event to everyone; `isKept` for those who come later too.
    func tell(topic: String, event: String, isKept: Bool) {
        let told = #"{"type":"event","topic":\#(topic),"event":\#(event)}"#
        if isKept {
            state.withLock { state in
                if state.history.count >= LiveFeed.historyLength { state.history.removeFirst() }
                state.history.append(told)
            }
        }
        send(told)
    }

    /// Ends all.
    func end() {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.finish() }
    }
}
