package import Foundation
import Geometry
import HumanBody
import HumanMotion
import JSON
package import Robots
import Tensors
import Timeline
import Wire

/// Sound inputs for every reader, from which worse ones are made.
package enum Seeds {
    /// The folder of the package.
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The robot that streams and recordings are of.
    package static func profile() throws -> RobotProfile {
        try RobotProfile(file: root.appending(path: "RobotProfiles/unitree_g1.json").path)
    }

    /// Sound bytes for a reader, and the kept ones that were found by fuzzing.
    package static func inputs(of reader: HostileReader) throws -> [[UInt8]] {
        try made(reader) + kept(reader)
    }

    /// Files of the corpus, by name.
    package static func kept(_ reader: HostileReader) -> [[UInt8]] {
        let folder = root.appending(path: "Tests/Fuzzing/Corpus/\(reader.rawValue)")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.compactMap { try? [UInt8](Data(contentsOf: $0)) }
    }

    private static func file(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: root.appending(path: path)))
    }

    private static func made(_ reader: HostileReader) throws -> [[UInt8]] {
        switch reader {
        case .request:
            [
                #"{"v":1,"id":"a","type":"say","robot":"r","deadline_ms":200,"sent_ns":5,"body":{"text":"walk","mode":"replace","at":"contact","duration_s":2.5,"seed":7,"repeat":2}}"#,
                #"{"type":"play","body":{"file":"a.bvh"}}"#, "walk forward, then wave twice",
            ].map { Array($0.utf8) }
        case .messagePack:
            [[0x82, 0xA1, 0x61, 0x93, 0x01, 0xCB, 0, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0xA1, 0x62, 0xA2, 0x68, 0x69]]
        case .container:
            try ["reference", "trajectory", "sonic_pose"].map { try file("Tests/WireTests/Fixtures/\($0).bin") }
        case .feedback: [Array(#"{"joint_pos":[0,1],"joint_vel":[0,1],"quat":[1,0,0,0],"tick":5}"#.utf8)]
        case .mcap: [try recording()]
        case .bvh: [shortened(try file("Tests/HumanMotionTests/Fixtures/walk.bvh"), lines: 20)]
        case .npz: [try motion()]
        case .safetensors: [try weights()]
        case .urdf: [try file("Tests/RobotsTests/Fixtures/dialects.urdf")]
        case .mjcf: [try file("Tests/RobotsTests/Fixtures/dialects.xml")]
        case .profile: [try file("RobotProfiles/unitree_g1.json")]
        case .journal: [Array(journal.utf8)]
        case .configuration: [Array(configuration.utf8)]
        }
    }

    private static let journal = #"""
        {"next":40}
        {"accepted":40,"robots":["unitree_g1"],"t_wall_ns":1764500000000000000,"client":null,"request":{"type":"say","id":"a","body":{"text":"walk forward","repeat":2,"seed":7}}}
        {"accepted":41,"robots":["unitree_g1","unitree_h1"],"t_wall_ns":1764500001000000000,"client":"key:abc","request":{"type":"play","body":{"file":"walk.bvh"}}}
        {"ended":40,"state":"done"}
        {"ended":41,"state":"interrupted"}

        """#

    private static let configuration = #"""
        {
          "$comment": "all kinds of settings", "models": "/usr/share/kmmd/Models", "clips": null,
          "endpoints": {"command": "tcp://127.0.0.1:5771", "state": "ipc:///run/kmmd/state"},
          "http": {"endpoint": "http://127.0.0.1:5780", "hosts": ""}, "understanding": {"policy": "warn", "bound": 0.4},
          "security": {"allow_plaintext": false, "rate_limit": 50}, "log": {"level": "info", "format": "json"},
          "people": ["vmc://127.0.0.1:39539"],
          "robots": {
            "unitree_g1": {"rate": 50, "at_end": "stand", "sinks": ["sonic=tcp://127.0.0.1:5556"], "source": "sonic=tcp://127.0.0.1:5557"},
            "unitree_h1": {"sinks": []}
          }
        }
        """#

    /// A text cut off some lines after its motion begins.
    private static func shortened(_ bytes: [UInt8], lines: Int) -> [UInt8] {
        let all = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let start = all.firstIndex { $0.starts(with: "MOTION".utf8) } ?? 0
        let kept = all.prefix(start + 3 + lines).map { line in
            line.starts(with: "Frames:".utf8) ? ArraySlice("Frames: \(lines)".utf8) : line
        }
        return Array(kept.joined(separator: [UInt8(ascii: "\n")]))
    }

    private static func motion() throws -> [UInt8] {
        let frames = (0..<12).map { index in
            HumanFrame(pelvis: SMPLSkeleton.restPelvis, rotations: Array(repeating: .identity, count: HumanJoint.count))
        }
        return try written("npz") { path in try AMASS.arrays(HumanClip(frameRate: 30, frames: frames)).write(path: path)
        }
    }

    private static func weights() throws -> [UInt8] {
        try written("safetensors") { path in
            try SafeTensors.write(
                path: path,
                tensors: [
                    .init("a", shape: [2, 3], .f32([1, 2, 3, 4, 5, 6])), .init("b", shape: [2], .f16([1, 2])),
                    .init("c", shape: [], .i32([7])),
                ], metadata: ["kind": "test"])
        }
    }

    private static func written(_ ending: String, _ write: (String) throws -> Void) throws -> [UInt8] {
        let path = FileManager.default.temporaryDirectory.appending(path: "kmmd-\(UUID().uuidString).\(ending)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(path)
        return try [UInt8](Data(contentsOf: URL(filePath: path)))
    }

    /// A second of a robot that stands.
    private static func recording() throws -> [UInt8] {
        let profile = try profile()
        var player = RobotPlayer(profile: profile, streamRate: 50, contactCount: 4)
        var frame = player.makeFrame()
        let layout = ReferenceEncoder.Layout(
            robot: profile.name, jointCount: player.jointCount, contactCount: 4, rate: 50, epoch: 1,
            profile: profile.contentHash)
        var encoder = try ReferenceEncoder(layout)
        var writer = MCAPWriter(library: "test")
        let channel = writer.addChannel("reference.\(profile.name).", encoding: "kmmd")
        for number in 0..<50 {
            player.tick(into: &frame)
            var stamp = ReferenceStamp()
            stamp.wallNanoseconds = Int64(number) * 20_000_000
            if let bytes = encoder.encode(frame, stamp: stamp) {
                writer.write([UInt8](bytes), channel: channel, at: stamp.wallNanoseconds)
            }
            if number == 25 { writer.closeChunk() }
        }
        writer.finish()
        return writer.takeBytes()
    }
}
