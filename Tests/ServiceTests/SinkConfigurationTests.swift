import Foundation
import Robots
import Service
import Testing

@Suite struct SinkConfigurationTests {
    @Test func `a format alone has its receiver's own endpoint`() throws {
        for format in SinkConfiguration.Format.allCases {
            let sink = try SinkConfiguration(format.rawValue)
            #expect(sink == SinkConfiguration(format))
            #expect(sink.endpoint == format.defaultEndpoint)
            #expect(sink.robot == nil && !sink.sendsControl)
        }
    }

    @Test func `robot, endpoint and options`() throws {
        let sonic = try SinkConfiguration("unitree_g1:sonic=tcp://127.0.0.1:9,look_ahead=10,control")
        #expect(sonic.robot == "unitree_g1")
        #expect(sonic.endpoint == "tcp://127.0.0.1:9")
        #expect(sonic.lookAhead == 10)
        #expect(sonic.sendsControl)
        #expect(try SinkConfiguration("twist2=redis://:secret@localhost/3").endpoint == "redis://:secret@localhost/3")
    }

    @Test(arguments: [
        "", "sonics", "sonic,look_ahead=0", "sonic,look_ahead=x", "sonic,speed=1", "holomotion,control",
        "twist=tcp://a:1",
        "sonic=redis://localhost", "sonic=localhost:5556", "sonic=",
    ])
    func `what cannot be is refused`(text: String) {
        #expect(throws: StartError.self) { try SinkConfiguration(text) }
    }

    @Test func `a sink that other hosts reach needs leave, and a robot that is active`() throws {
        var configuration = ServiceConfiguration(environment: [:], executable: nil)
        configuration.sinks = [try SinkConfiguration("sonic=tcp://0.0.0.0:5556")]
        #expect(throws: StartError.self) { try configuration.validate() }
        configuration.allowsPlaintext = true
        try configuration.validate()
        configuration.sinks = [try SinkConfiguration("r2d2:sonic")]
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
        #expect(try configuration.addingSinks(of: [good]).sinks.map(\.format) == [.sonic, .sim2real])
        let bad = try profile(#""sonics": {"enabled": true}"#)
        #expect(throws: StartError.self) { try configuration.addingSinks(of: [bad]) }
    }
}
