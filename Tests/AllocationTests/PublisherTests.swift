import Foundation
import Messaging
import Publishing
import Robots
import ServiceCore
import Testing

extension HotPathTests {
    /// No keys.
    private struct OpenSockets: SocketSecurity {
        func guarded(_ options: Socket.Options, as name: String) -> Socket.Options { options }
        func watch(_ socket: Socket, as name: String, in context: Context) throws(MessagingError) {}
    }

    @Test("a tick of the publisher, on its own thread")
    func publisher() async throws {
        let robot = ActiveRobot(profile: g1, channel: RobotChannel(rate: 50))
        let publisher = try Publisher(
            robots: [robot], epoch: 1, context: try Context(), security: OpenSockets(), endpoint: "tcp://127.0.0.1:*",
            wakeUps: Publisher.WakeUps(marks: try WakeUp(), outcomes: try WakeUp()),
            threadName: "kmmd counted")
        // The publishers of daemons in other tests have another name.
        publisher.start()
        defer { publisher.stop() }
        // The first second makes what is kept.
        while publisher.ticks < 60 { try await Task.sleep(for: .milliseconds(20)) }
        try await Allocations.check("publisher tick", ofThreads: "kmmd counted") {
            let before = publisher.ticks
            while publisher.ticks < before + 100 { try await Task.sleep(for: .milliseconds(20)) }
            return publisher.ticks - before
        }
    }
}
