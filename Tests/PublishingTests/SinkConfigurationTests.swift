import Publishing
import ServiceCore
import Testing

@Suite struct SinkConfigurationTests {
    @Test func `a format alone has its receiver's own endpoint`() throws {
        for format in SinkFormat.all {
            let sink = try SinkConfiguration(format.name)
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
}
