internal import Robots
internal import Timeline
internal import Wire

/// A sink that sets a Redis server's keys to the newest reference.
final class RedisSink: ReferenceSink {
    let report: SinkReport
    private let makeEncoder: EncoderMaker<TwistEncoder>
    private var encoder: TwistEncoder
    private let connection: RedisConnection

    init(
        _ makeEncoder: @escaping EncoderMaker<TwistEncoder>, _ encoder: consuming TwistEncoder,
        over connection: RedisConnection, report: SinkReport
    ) {
        self.makeEncoder = makeEncoder
        self.encoder = encoder
        self.connection = connection
        self.report = report
    }

    func follow(_ profile: RobotProfile, streamRate: Int) throws(SinkError) {
        encoder = try makeEncoder(profile, streamRate)
    }

    var frameCount: Int { encoder.frameCount }

    func publish(_ frames: LookAhead, people: HumanLookAhead?, stamp: ReferenceStamp) {
        guard frames[0].frame.isMultiple(of: Int64(encoder.stride)) else { return }
        guard let bytes = encoder.encode(frames, stamp: stamp) else {
            report.countRefused()
            return
        }
        report.count(isSent: connection.send(bytes, now: stamp.monotonicNanoseconds))
        report.note(connection.problem)
    }

    func close() { connection.close() }
}
