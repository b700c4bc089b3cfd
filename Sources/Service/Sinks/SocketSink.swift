internal import Messaging
internal import Robots
internal import Timeline
internal import Wire

/// Makes the encoder of a profile for a stream rate.
typealias EncoderMaker<Encoder: ~Copyable> = (RobotProfile, Int) throws(SinkError) -> Encoder

/// A sink that publishes one format's messages on a ZeroMQ socket of its own.
final class SocketSink<Encoder: SinkEncoder & ~Copyable>: ReferenceSink {
    let report: SinkReport
    private let makeEncoder: EncoderMaker<Encoder>
    private var encoder: Encoder
    private let socket: Socket

    init(
        _ makeEncoder: @escaping EncoderMaker<Encoder>, _ encoder: consuming Encoder, on socket: Socket,
        report: SinkReport
    ) {
        self.makeEncoder = makeEncoder
        self.encoder = encoder
        self.socket = socket
        self.report = report
    }

    func follow(_ profile: RobotProfile, streamRate: Int) throws(SinkError) {
        encoder = try makeEncoder(profile, streamRate)
    }

    var frameCount: Int { encoder.frameCount }

    func publish(_ frames: LookAhead, stamp: ReferenceStamp) {
        guard frames[0].frame.isMultiple(of: Int64(encoder.stride)) else { return }
        guard let bytes = encoder.encode(frames, stamp: stamp) else {
            report.countRefused()
            return
        }
        send(bytes)
    }

    func send(_ bytes: UnsafeRawBufferPointer) {
        do throws(MessagingError) {
            try socket.send(bytes)
            report.count(isSent: true)
        } catch {
            report.count(isSent: false)
        }
    }

    func close() { socket.close() }
}
