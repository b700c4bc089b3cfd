internal import Messaging
internal import ServiceCore
internal import Wire

/// The events socket: tells subscribers what happens, and gives late ones the retained messages.
///
/// Belongs to the thread of the loop that serves its socket.
final class EventPublisher {
    private let socket: Socket
    private let epoch: Int64
    private var sequence: Int64 = 0
    private var retained: [String: [UInt8]] = [:]

    /// Sees every message too.
    private let recorder: Recorder
    /// Hears every message too.
    private let listener: (String, [UInt8]) -> Void

    init(socket: Socket, epoch: Int64, recorder: Recorder, listener: @escaping (String, [UInt8]) -> Void) {
        self.socket = socket
        self.epoch = epoch
        self.recorder = recorder
        self.listener = listener
    }

    /// Publishes an event under `topic`, which ends in a full stop; sequence, epoch and times are added.
    func publish(_ topic: String, _ members: [JSONValue.Member]) {
        send(topic, stamped(members))
    }

    /// As `publish`; the message is also sent to everyone who subscribes later, until another one replaces it.
    func retain(_ topic: String, _ members: [JSONValue.Member]) {
        let body = stamped(members)
        retained[topic] = body
        send(topic, body)
    }

    /// Takes the subscriptions at hand and sends what is retained for them. It reaches older subscribers of the topic
    /// again: they know by sequence and epoch that it is nothing new.
    func answerSubscriptions() {
        var wanted: Set<String> = []
        let start = Clock.monotonic()
        for _ in 0..<EventPublisher.subscriptionsPerTurn {
            // Commands wait on the same thread.
            guard Clock.monotonic() - start < EventPublisher.longestTurn else { break }
            guard let message = try? socket.receive()?.parts.first else { break }
            guard message.first == 1, wanted.count < retained.count else { continue }
            for topic in retained.keys where topic.utf8.starts(with: message.dropFirst()) { wanted.insert(topic) }
        }
        for topic in wanted.sorted() {
            if let body = retained[topic] { send(topic, body) }
        }
    }

    /// Subscriptions taken before others get their turn on the thread.
    private static let subscriptionsPerTurn = 4096
    /// Nanoseconds that they may take.
    private static let longestTurn: Int64 = 1_000_000

    private func stamped(_ members: [JSONValue.Member]) -> [UInt8] {
        sequence += 1
        let stamp: [JSONValue.Member] = [
            .init("v", .integer(Int64(Request.version))), .init("seq", .integer(sequence)),
            .init("epoch", .integer(epoch)), .init("t_wall_ns", .integer(Clock.wall())),
            .init("t_mono_ns", .integer(Clock.monotonic())),
        ]
        return JSONValue.object(stamp + members).encoded
    }

    private func send(_ topic: String, _ body: [UInt8]) {
        recorder.note(topic, body)
        listener(topic, body)
        // A subscriber too slow for its queue loses events: it sees the gap in the sequence.
        try? socket.send([Array(topic.utf8), body])
    }
}
