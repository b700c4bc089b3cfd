internal import Messaging
internal import Robots
internal import Timeline
internal import Wire

/// Makes the encoder of a profile for a stream rate.
typealias EncoderMaker<Encoder: ~Copyable> = (RobotProfile, Int) throws(SinkError) -> Encoder

/// A ZeroMQ socket that one sink publishes on.
final class SinkSocket {
    /// Bytes that may wait for the thread that sends.
    private static let room = 1 << 18

    let report: SinkReport
    private let sender: SocketSender

    init(_ socket: Socket, report: SinkReport) throws(MessagingError) {
        self.report = report
        sender = try SocketSender(socket, name: "kmmd sink", capacity: SinkSocket.room) { report.count(isSent: $0) }
    }

    /// Hands a message over; nil is one that could not be written. One that is essential is sent however late it is.
    func send(_ bytes: UnsafeRawBufferPointer?, isEssential: Bool = false) {
        guard let bytes else { return report.countRefused() }
        sender.send(bytes, isEssential: isEssential)
    }

    func close() { sender.close() }
}

/// A sink that publishes one format's messages.
final class SocketSink<Encoder: SinkEncoder & ~Copyable>: ReferenceSink {
    private let makeEncoder: EncoderMaker<Encoder>
    private var encoder: Encoder
    private let socket: SinkSocket

    init(_ makeEncoder: @escaping EncoderMaker<Encoder>, _ encoder: consuming Encoder, on socket: SinkSocket) {
        self.makeEncoder = makeEncoder
        self.encoder = encoder
        self.socket = socket
    }

    func follow(_ profile: RobotProfile, streamRate: Int) throws(SinkError) {
        encoder = try makeEncoder(profile, streamRate)
    }

    var frameCount: Int { encoder.frameCount }
    var personCount: Int { encoder.personCount }
    var report: SinkReport { socket.report }

    func publish(_ frames: LookAhead, people: HumanLookAhead?, stamp: ReferenceStamp) {
        guard frames[0].frame.isMultiple(of: Int64(encoder.stride)), people != nil || personCount == 0 else { return }
        socket.send(encoder.encode(frames, people: people, stamp: stamp))
    }

    func close() { socket.close() }
}
