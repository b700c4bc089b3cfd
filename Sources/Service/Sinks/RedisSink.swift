internal import Timeline
internal import Wire

/// A sink that sets a Redis server's keys to the newest reference.
final class RedisSink: ReferenceSink {
    let report: SinkReport
    private var encoder: TwistEncoder
    private let connection: RedisConnection

    init(_ encoder: consuming TwistEncoder, over connection: RedisConnection, report: SinkReport) {
        self.encoder = encoder
        self.connection = connection
        self.report = report
    }

    var frameCount: Int { encoder.frameCount }

    func publish(_ frames: LookAhead, stamp: ReferenceStamp) {
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
