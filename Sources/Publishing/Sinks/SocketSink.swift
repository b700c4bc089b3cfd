internal import Messaging
internal import Robots
internal import Timeline
internal import Wire

/// Makes the encoder of a profile for a stream rate.
typealias EncoderMaker<Encoder: ~Copyable> = (RobotProfile, Int) throws(SinkError) -> Encoder

/// A ZeroMQ socket that one sink publishes on.
final class SinkSocket {
    let report: SinkReport
    private let socket: Socket

    init(_ socket: Socket, report: SinkReport) {
        self.socket = socket
        self.report = report
    }

    /// Sends a message and counts it; nil is one that could not be written.
    func send(_ bytes: UnsafeRawBufferPointer?) {
        guard let bytes else { return report.countRefused() }
        do throws(MessagingError) {
            try socket.send(bytes)
            report.count(isSent: true)
        } catch {
            report.count(isSent: false)
        }
    }

    func close() { socket.close() }
}

/// A sink that publishes one format's messages of the robot.
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
    var report: SinkReport { socket.report }

    func publish(_ frames: LookAhead, people: HumanLookAhead?, stamp: ReferenceStamp) {
        guard frames[0].frame.isMultiple(of: Int64(encoder.stride)) else { return }
        socket.send(encoder.encode(frames, stamp: stamp))
    }

    func close() { socket.close() }
}

/// A sink that publishes one format's messages of the human behind the robot's motion.
final class HumanSocketSink<Encoder: HumanSinkEncoder & ~Copyable>: ReferenceSink {
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
    var personCount: Int { encoder.frameCount }
    var report: SinkReport { socket.report }

    func publish(_ frames: LookAhead, people: HumanLookAhead?, stamp: ReferenceStamp) {
        guard let people, frames[0].frame.isMultiple(of: Int64(encoder.stride)) else { return }
        socket.send(encoder.encode(frames, people: people, stamp: stamp))
    }

    func close() { socket.close() }
}
