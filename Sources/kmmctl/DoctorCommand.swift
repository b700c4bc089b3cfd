import ArgumentParser
import Foundation
import JSON
import Messaging
import Robots
import Service
import Wire

/// Finds out why something does not work.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check the installation, the configuration and the way to the daemon.",
        discussion: """
            Exit status 1 when something is wrong.

            Example:
              kmmctl doctor --host robot.local --key anna.key.json
            """)

    @OptionGroup var connection: ConnectionOptions

    /// One thing that was looked at.
    struct Finding: Encodable {
        enum Verdict: String, Encodable { case good, notice, bad }
        var subject: String
        var verdict: Verdict
        var text: String
    }

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        var findings: [Finding] = []
        let configuration = ServiceConfiguration.configured(environment: environment)
        findings += installation(configuration)
        findings.append(file(environment))
        findings += daemon()
        if connection.json {
            print(JSONValue.object([.init("findings", JSONValue(encoding: findings))]).text)
        } else {
            for finding in findings {
                let mark: (String, Terminal.Colour) =
                    switch finding.verdict {
                    case .good: ("ok  ", .green)
                    case .notice: ("note", .yellow)
                    case .bad: ("BAD ", .red)
                    }
                print(Terminal.paint(mark.0, mark.1), "\(finding.subject): \(finding.text)")
            }
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode(1) }
    }

    private func installation(_ configuration: ServiceConfiguration) -> [Finding] {
        var findings = [Finding(subject: "kmmctl", verdict: .good, text: Release.version)]
        do {
            let registry = try ProfileRegistry(directory: configuration.profilesDirectory)
            let text = "\(registry.names.count) in \(configuration.profilesDirectory)"
            findings.append(
                registry.failures.first.map {
                    Finding(subject: "robot profiles", verdict: .bad, text: "\($0.file): \($0.error)")
                } ?? Finding(subject: "robot profiles", verdict: .good, text: text))
        } catch {
            findings.append(Finding(subject: "robot profiles", verdict: .bad, text: "\(error)"))
        }
        let weights = configuration.modelsDirectory + "/" + configuration.model + "/generator.safetensors"
        let hasWeights = FileManager.default.isReadableFile(atPath: weights)
        findings.append(
            Finding(
                subject: "weights", verdict: hasWeights ? .good : .bad,
                text: hasWeights ? weights : "\(weights) is not there; KMMD_DATA names the folder of Models"))
        findings.append(
            Context.has("curve")
                ? Finding(subject: "libzmq", verdict: .good, text: "with CURVE")
                : Finding(subject: "libzmq", verdict: .notice, text: "without CURVE: keys cannot be used here"))
        return findings
    }

    private func file(_ environment: [String: String]) -> Finding {
        do throws(ConfigurationError) {
            let loaded = try LoadedConfiguration(environment: environment)
            return Finding(subject: "configuration", verdict: .good, text: loaded.file ?? "the defaults")
        } catch {
            return Finding(subject: "configuration", verdict: .bad, text: "\(error)")
        }
    }

    private func daemon() -> [Finding] {
        let endpoint = connection.endpointCommand
        if let advice = Greeting(of: endpoint)?.advice(hasKey: !connection.key.isEmpty, endpoint: endpoint),
            Greeting(of: endpoint) != .mechanism("CURVE") || connection.key.isEmpty
        {
            return [Finding(subject: "daemon", verdict: .bad, text: advice)]
        }
        var findings: [Finding] = []
        do {
            let request = Request(.hello, id: UUID().uuidString, robot: nil)
            let hello: HelloAnswer = try DaemonClient(endpoint: endpoint, security: connection.security())
                .ask(request, timeout: connection.timeout).decoded()
            findings.append(
                Finding(
                    subject: "daemon", verdict: hello.build == Release.version ? .good : .notice,
                    text: "\(hello.build), model \(hello.model), robots \(hello.robots.joined(separator: ", "))"))
            let status: StatusAnswer = try DaemonClient(endpoint: endpoint, security: connection.security())
                .ask(Request(.status(command: nil), id: UUID().uuidString, robot: nil), timeout: connection.timeout)
                .decoded()
            let late = status.publisher.lateness.p99Us ?? 0
            // Half a period of the usual 50 Hz is as late as a controller may take for a fault.
            findings.append(
                Finding(
                    subject: "punctuality", verdict: late < 10_000 ? .good : .notice,
                    text: "99 of 100 ticks late by at most \(late) µs"))
            let events = try connection.subscribe(to: connection.endpointStream, topics: ["reference."])
            defer { events.close() }
            let isHeard = try events.waitUntilReadable(milliseconds: 1000)
            findings.append(
                Finding(
                    subject: "stream", verdict: isHeard ? .good : .bad,
                    text: (isHeard ? "heard at " : "nothing comes from ") + connection.endpointStream))
        } catch {
            findings.append(Finding(subject: "daemon", verdict: .bad, text: "\(error)"))
        }
        return findings
    }
}
