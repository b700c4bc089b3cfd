internal import ServiceCore
internal import Wire

/// Gives events their sequence, epoch and times, and hands them to the events socket, the recorder and the page.
///
/// Belongs to the thread of the command server.
final class EventPublisher {
    private let socket: EventSocket
    private let epoch: Int64
    private var sequence: Int64 = 0

    /// Sees every message too.
    private let recorder: Recorder
    /// Hears every message too.
    private let listener: (String, [UInt8]) -> Void

    init(socket: EventSocket, epoch: Int64, recorder: Recorder, listener: @escaping (String, [UInt8]) -> Void) {
        self.socket = socket
        self.epoch = epoch
        self.recorder = recorder
        self.listener = listener
    }

    /// Publishes an event under `topic`, which ends in a full stop; sequence, epoch and times are added.
    func publish(_ topic: String, _ members: [JSONValue.Member]) {
        send(topic, members, isRetained: false)
    }

    /// As `publish`; the message is also sent to everyone who subscribes later, until another one replaces it.
    func retain(_ topic: String, _ members: [JSONValue.Member]) {
        send(topic, members, isRetained: true)
    }

    private func send(_ topic: String, _ members: [JSONValue.Member], isRetained: Bool) {
        let body = stamped(members)
        recorder.note(topic, body)
        listener(topic, body)
        socket.send(EventSocket.Message(topic: topic, body: body, isRetained: isRetained))
    }

    private func stamped(_ members: [JSONValue.Member]) -> [UInt8] {
        sequence += 1
        let stamp: [JSONValue.Member] = [
            .init("v", .integer(Int64(Request.version))), .init("seq", .integer(sequence)),
            .init("epoch", .integer(epoch)), .init("t_wall_ns", .integer(Clock.wall())),
            .init("t_mono_ns", .integer(Clock.monotonic())),
        ]
        return JSONValue.object(stamp + members).encoded
    }
}
