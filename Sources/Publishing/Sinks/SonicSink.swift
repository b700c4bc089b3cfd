internal import Glibc
internal import Robots
internal import Timeline
internal import Wire

/// SONIC's motion, and the commands that start and stop the robot's control on the same socket.
final class SonicSink: ReferenceSink {
    private let motion: any ReferenceSink
    private let socket: SinkSocket
    /// Ticks between two starts, as a late subscriber misses the first: half a second.
    private var startPeriod: Int
    /// Ticks between the stops: 50 ms.
    private var stopPeriod: Int
    private var ticks = 0
    private var stopsLeft = 0
    private var wasHalted = false

    private static let repeatedStops = 3

    /// The commands that go with `motion`, a sink on the same socket.
    init(_ motion: any ReferenceSink, on socket: SinkSocket, streamRate: Int) {
        self.motion = motion
        self.socket = socket
        startPeriod = max(streamRate / 2, 1)
        stopPeriod = max(streamRate / 20, 1)
    }

    var frameCount: Int { motion.frameCount }
    var personCount: Int { motion.personCount }
    var report: SinkReport { motion.report }

    func follow(_ profile: RobotProfile, streamRate: Int) throws(SinkError) {
        try motion.follow(profile, streamRate: streamRate)
        startPeriod = max(streamRate / 2, 1)
        stopPeriod = max(streamRate / 20, 1)
    }

    func publish(_ frames: LookAhead, people: HumanLookAhead?, stamp: ReferenceStamp) {
        motion.publish(frames, people: people, stamp: stamp)
        let isHalted = frames[0].state == .halted
        if isHalted != wasHalted {
            (ticks, stopsLeft, wasHalted) = (0, Self.repeatedStops, isHalted)
        }
        if isHalted, stopsLeft > 0, ticks.isMultiple(of: stopPeriod) {
            SonicCommand.stop.bytes.withUnsafeBytes { socket.send($0, isEssential: true) }
            stopsLeft -= 1
        } else if !isHalted, ticks.isMultiple(of: startPeriod) {
            SonicCommand.start.bytes.withUnsafeBytes { socket.send($0, isEssential: true) }
        }
        ticks += 1
    }

    func close() {
        for _ in 0..<Self.repeatedStops {
            SonicCommand.stop.bytes.withUnsafeBytes { socket.send($0, isEssential: true) }
            usleep(50_000)
        }
        motion.close()
    }
}
