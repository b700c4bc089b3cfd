import ArgumentParser
import Foundation
import JSON
import Robots
import Wire

/// Publishes a recording again, or checks what would come of that.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Publish a recording again, through timeline and limiter.",
        discussion: """
            A name is a recording of the daemon; a path that ends in .mcap is a file here, which can only be \
            rehearsed: --dry-run runs the same publish path and sends to nobody.

            Examples:
              kmmctl replay walk
              kmmctl replay walk.mcap --dry-run
            """)

    @Argument(help: "The recording's name, or with --dry-run a file that ends in .mcap.")
    var recording: String
    @Flag(help: "Check the recording and publish nothing.")
    var dryRun = false
    @Option(help: "Name of the robot; without it the daemon's default one, or for a file unitree_g1.")
    var robot: String?
    @Option(help: "Folder of the robot profiles, for a file.")
    var profiles: String?
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if recording.hasSuffix(".mcap"), !dryRun {
            throw ValidationError("a file can only be rehearsed: add --dry-run, or name a recording of the daemon")
        }
    }

    func run() throws {
        let answer: ReplayAnswer
        if recording.hasSuffix(".mcap") {
            answer = try rehearse()
            if connection.json { print(JSONValue(encoding: answer).text) } else { show(answer) }
        } else {
            answer = try connection.ask(.replay(Replay(name: recording, isDryRun: dryRun)), robot: robot, show: show)
        }
        if !connection.json, !answer.complete {
            throw ControlError.badInput("\(recording): the end of the recording was not reached")
        }
    }

    private func show(_ answer: ReplayAnswer) {
        print(
            "\(recording): \(answer.recordedFrames) frames,",
            String(
                format: "%.1f s, joints differ by up to %.6f rad,", answer.duration, answer.greatestDifference),
            "\(answer.slowedFrames) frames slowed down, \(answer.gaps) gaps")
    }

    private func rehearse() throws -> ReplayAnswer {
        let profile = try findProfile(robot ?? "unitree_g1", in: profiles)
        do {
            let stream = try RecordedStream(MCAPReader(path: recording), of: profile)
            let rehearsal = try ReplayRehearsal(
                stream, profile: profile, streamRate: Int(profile.stream.rate.rounded()))
            return ReplayAnswer(rehearsal, of: stream)
        } catch let error as CocoaError {
            throw ControlError.badInput("\(recording): \(error.localizedDescription)")
        } catch {
            throw ControlError.badInput("\(recording): \(error)")
        }
    }
}
