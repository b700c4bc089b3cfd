import Foundation
import Publishing
import Robots
import Service
import ServiceCore
import Testing

/// Sinks as configuration and profiles turn them on.
@Suite struct ConfiguredSinkTests {
    @Test func `a sink that other hosts reach needs leave, and a robot that is active`() throws {
        var configuration = ServiceConfiguration(environment: [:], executable: nil)
        configuration.sinks = [try SinkConfiguration("sonic=tcp://0.0.0.0:5556")]
        #expect(throws: StartError.self) { try configuration.validate() }
        configuration.allowsPlaintext = true
        try configuration.validate()
        configuration.sinks = [try SinkConfiguration("r2d2:sonic")]
        #expect(throws: StartError.self) { try configuration.validate() }
    }

    @Test(arguments: ["tcp://127.0.0.1:1", "tcp://[::1]:1", "ipc:///tmp/x", "ws://127.0.0.1:1"])
    func `what only this host reaches needs no leave`(endpoint: String) throws {
        var configuration = ServiceConfiguration(environment: [:], executable: nil)
        configuration.endpoints.state = endpoint
        try configuration.validate()
    }

    @Test(
        arguments: [
            "ws://0.0.0.0:7001", "tcp://127.example.org:1", "tcp://*:1", "tcp://10.0.0.1:1", "pgm://eth0;239.0.0.1:1",
            "tcp://localhost.example.org:1", "nothing",
        ])
    func `what others reach needs leave, whatever the transport`(endpoint: String) throws {
        var configuration = ServiceConfiguration(environment: [:], executable: nil)
        configuration.endpoints.state = endpoint
        #expect(throws: StartError.self) { try configuration.validate() }
    }

    @Test func `a profile turns sinks on, and a flag holds against it`() throws {
        let root = #filePath.prefix(upTo: #filePath.range(of: "/Tests/")?.lowerBound ?? #filePath.endIndex)
        let text = try String(contentsOfFile: root + "/RobotProfiles/unitree_g1.json", encoding: .utf8)
        func profile(_ sinks: String) throws -> RobotProfile {
            let changed = text.replacingOccurrences(
                of: #""stream": {"rate": 50}"#, with: #""stream": {"rate": 50, "sinks": {\#(sinks)}}"#)
            return try RobotProfile(json: Data(changed.utf8))
        }
        let good = try profile(
            #"""
            "sonic": {"enabled": true, "settings": {"look_ahead": 10, "control": true}}, "twist": {"enabled": false},
            "sim2real": {"enabled": true, "endpoint": "tcp://127.0.0.1:9"}
            """#)
        var configuration = ServiceConfiguration(environment: [:], executable: nil)
        configuration.robots = ["unitree_g1"]
        let expected = ["unitree_g1:sim2real=tcp://127.0.0.1:9", "unitree_g1:sonic,look_ahead=10,control"]
        #expect(try configuration.addingSinks(of: [good]).sinks == expected.map(SinkConfiguration.init))
        configuration.sinks = [try SinkConfiguration("sonic")]
        #expect(try configuration.addingSinks(of: [good]).sinks.map(\.format.name) == ["sonic", "sim2real"])
        let bad = try profile(#""sonics": {"enabled": true}"#)
        #expect(throws: StartError.self) { try configuration.addingSinks(of: [bad]) }
    }
}
