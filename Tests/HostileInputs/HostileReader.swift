import Foundation
import Geometry
import HumanMotion
import JSON
package import Robots
import Service
import ServiceCore
import Tensors
import Timeline
import Wire

/// A reader of something that others send or leave in a file. Whatever the bytes are, it returns or throws, in bounded time
/// and memory.
package enum HostileReader: String, CaseIterable, Sendable {
    case request, messagePack, container, feedback, mcap, bvh, npz, safetensors, urdf, mjcf, profile, journal,
        configuration

    /// Reads the bytes, and goes on with what came of them as the daemon or `kmmctl` would. True when they were accepted.
    @discardableResult
    package func read(_ bytes: [UInt8], profile: RobotProfile) -> Bool {
        do {
            try take(bytes, profile)
            return true
        } catch {
            // An error is for people: it must be possible to say it.
            precondition(!"\(error)".isEmpty)
            return false
        }
    }

    private func take(_ bytes: [UInt8], _ profile: RobotProfile) throws {
        switch self {
        case .request: _ = try RequestDecoder.decode(bytes).result.get().expiry(receivedAt: 1)
        case .messagePack: _ = try JSONValue(messagePack: bytes).text
        case .container:
            let message = try StreamMessage(decoding: bytes)
            _ = (message.configuration, try? MeasuredState(message))
        case .feedback:
            // The topic tells the format.
            var problem: (any Error)?
            for format in FeedbackDecoder.Format.allCases {
                do { _ = try FeedbackDecoder(format, profile: profile).state(from: bytes) } catch { problem = error }
            }
            if let problem { throw problem }
        case .mcap:
            let stream = try RecordedStream(MCAPReader(bytes), of: profile)
            guard stream.duration < 20 else { return }
            _ = try ReplayRehearsal(stream, profile: profile, streamRate: 50)
        case .bvh:
            let motion = try BVH(bytes)
            if motion.frameCount * motion.joints.count < 10_000 { _ = try SMPLConversion(motion).clip(frameRate: 30) }
        case .npz:
            let clip = try AMASS.clip(NPZ(bytes: bytes, path: "input.npz", atMost: 16 << 20))
            if clip.frames.count < 10_000, clip.duration < 100 { _ = clip.resampled(to: 30) }
        case .safetensors:
            let file = try SafeTensors(bytes: bytes, path: "input.safetensors")
            for name in file.names { _ = (try? file.floats(name), try? file.integers(name)) }
        case .urdf, .mjcf:
            let description = try RobotDescription(text: String(decoding: bytes, as: UTF8.self))
            _ = try ProfileImport(description, identity: ProfileImport.Identity(name: "robot", file: "input.xml"))
        case .profile: HostileReader.move(try RobotProfile(json: Data(bytes)))
        case .journal: try HostileReader.begin(with: bytes)
        case .configuration: try HostileReader.configure(with: bytes)
        }
    }

    /// Takes over what a journal says, as a start does, and goes on to the next command.
    private static func begin(with bytes: [UInt8]) throws {
        struct Broken: Error {}
        for isWhole in [true, false] {
            var reading = JournalReading()
            reading.read(bytes, isWhole: isWhole)
            // The earlier file comes after the newer one.
            reading.read(bytes, isWhole: true)
            let recovery = reading.recovery
            var ledger = CommandLedger()
            ledger.restore(recovery, answers: AnswerMemory())
            let next = try ledger.accept(
                Say(text: "walk"), id: nil, robots: [("r", 0)], segments: [], expiry: nil, received: 1
            ).entry.number
            precondition(next >= recovery.nextNumber, "no number is given twice")
            precondition(recovery.records.allSatisfy { $0.number < next }, "no number is given twice")
            for record in recovery.records { _ = ledger[record.number]?.state }
            if recovery.records.isEmpty { throw Broken() }
        }
    }

    /// Reads a configuration file and asks for all that it sets.
    private static func configure(with bytes: [UInt8]) throws {
        let path = "/dev/shm/kmmd-configuration-\(getpid()).json"
        try Data(bytes).write(to: URL(filePath: path))
        defer { unlink(path) }
        let loaded = try LoadedConfiguration(file: path, environment: [:], executable: "/usr/bin/kmmd")
        for setting in Setting.all {
            _ = (setting.value(in: loaded.configuration).text, "\(loaded.origin(of: setting.name))")
        }
        for robot in loaded.configuration.robots { _ = JSONValue.object(loaded.configuration.settings(of: robot)).text }
    }

    /// Moves a robot by its limits for two seconds, there and back.
    private static func move(_ profile: RobotProfile) {
        var player = RobotPlayer(profile: profile, streamRate: 50, contactCount: 4)
        var frame = player.makeFrame()
        // Some way from where it stands, and back.
        let joints = zip(profile.standPose.jointPositions, profile.drivenJoints).map { position, joint in
            min(max(position + 0.3, joint.limits.lower), joint.limits.upper)
        }
        _ = player.apply(.meet(MeasuredPose(jointPositions: joints)))
        for number in 0..<100 {
            if number == 5 { _ = player.apply(.stop) }
            if number == 20 { _ = player.apply(.hold) }
            if number == 50 { _ = player.apply(.halt) }
            player.tick(into: &frame)
            precondition(frame.jointPositions.allSatisfy(\.isFinite), "what is published is finite")
        }
    }
}
