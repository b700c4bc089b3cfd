internal import Glibc
internal import Robots
internal import Timeline
internal import Wire

/// SONIC's motion, and on request the commands that start and stop the robot's control on the same socket.
final class SonicSink: ReferenceSink {
    private let motion: SocketSink<SonicEncoder>
    private let sendsControl: Bool
    /// Ticks between two starts, as a late subscriber misses the first: half a second.
    private var startPeriod: Int
    /// Ticks between the stops: 50 ms.
    private var stopPeriod: Int
    private var ticks = 0
    private var stopsLeft = 0
    private var wasHalted = false

    private static let repeatedStops = 3

    init(_ motion: SocketSink<SonicEncoder>, sendsControl: Bool, streamRate: Int) {
        self.motion = motion
        self.sendsControl = sendsControl
        startPeriod = max(streamRate / 2, 1)
        stopPeriod = max(streamRate / 20, 1)
    }

    var frameCount: Int { motion.frameCount }
    var report: SinkReport { motion.report }

    func follow(_ profile: RobotProfile, streamRate: Int) throws(SinkError) {
        try motion.follow(profile, streamRate: streamRate)
        startPeriod = max(streamRate / 2, 1)
        stopPeriod = max(streamRate / 20, 1)
    }

    func publish(_ frames: LookAhead, stamp: ReferenceStamp) {
        motion.publish(frames, stamp: stamp)
        guard sendsControl else { return }
        let isHalted = frames[0].state == .halted
        if isHalted != wasHalted {
            (ticks, stopsLeft, wasHalted) = (0, Self.repeatedStops, isHalted)
        }
        if isHalted, stopsLeft > 0, ticks.isMultiple(of: stopPeriod) {
            SonicCommand.stop.bytes.withUnsafeBytes { motion.send($0) }
            stopsLeft -= 1
        } else if !isHalted, ticks.isMultiple(of: startPeriod) {
            SonicCommand.start.bytes.withUnsafeBytes { motion.send($0) }
        }
        ticks += 1
    }

    func close() {
        if sendsControl {
            for _ in 0..<Self.repeatedStops {
                SonicCommand.stop.bytes.withUnsafeBytes { motion.send($0) }
                usleep(50_000)
            }
        }
        motion.close()
    }
}
