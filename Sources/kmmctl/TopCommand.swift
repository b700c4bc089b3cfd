import ArgumentParser
import Foundation
import Wire

/// Shows again and again how robots and stream fare.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "See robots, queues and the stream's punctuality, once a second.",
        discussion: "With --json, a line a second. Ctrl-C ends it. Example: kmmctl top --host robot.local")

    @Option(help: "Seconds between two looks.")
    var interval = 1.0
    @Option(help: "End after so many looks.")
    var count: Int?
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard interval >= 0.1, interval <= 3600 else { throw ValidationError("--interval has to lie in 0.1 to 3600 s") }
    }

    func run() throws {
        var before: StatusAnswer?
        for look in 0..<(count ?? .max) {
            if look > 0 { Thread.sleep(forTimeInterval: interval) }
            let answer = try connection.ask(.status(command: nil)) { (answer: StatusAnswer) in
                Terminal.clear()
                show(answer, before)
            }
            fflush(nil)
            before = answer
        }
    }

    private func show(_ answer: StatusAnswer, _ before: StatusAnswer?) {
        let lateness = answer.publisher.lateness
        print(
            "kmmd", answer.ready ? Terminal.paint("ready", .green) : Terminal.paint("not ready", .red),
            String(format: "for %.0f s;", answer.uptime),
            "ticks late by \(lateness.p50Us ?? 0) µs (p50), \(lateness.p99Us ?? 0) µs (p99), \(lateness.maxUs) µs (worst)"
        )
        let rows = answer.robots.map { robot in
            let earlier = before?.robots.first { $0.robot == robot.robot }
            let rate = earlier.map { Double(robot.frame - $0.frame) / interval }
            return [
                robot.robot, robot.state + (robot.held ? ", held" : ""), rate.map { String(format: "%.0f", $0) } ?? "–",
                "\(robot.framesAhead)", "\(robot.queue?.count ?? 0)",
                "\(robot.limits.position)/\(robot.limits.velocity)/\(robot.limits.acceleration)/\(robot.limits.jerk)",
                "\(robot.underruns)", robot.queue?.first?.text ?? "",
            ]
        }
        print(
            TextTable(
                ["robot", "state", "Hz", "planned", "queue", "limits p/v/a/j", "underruns", "now"], rows
            ).text)
    }
}
