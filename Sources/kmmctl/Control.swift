import ArgumentParser
import Foundation
import Wire

@main
struct Control: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kmmctl", abstract: "Command-line companion of kmmd.",
        discussion: """
            Examples:
              kmmctl say walk forward, then wave     have the robot do it
              kmmctl stop                            clear the queue and stand
              kmmctl top                             see how robots and stream fare
              kmmctl doctor                          find out why something does not work
              kmmctl retarget dance.bvh -o dance.npz && kmmctl view dance.npz

            Exit status: 0 done, 1 refused by the daemon, 2 wrong usage or bad input, 3 no answer, 4 some of many files failed, \
            5 the text is not understood.
            """,
        version: Release.version,
        subcommands: VerbCommands.all + [
            WatchCommand.self, TopCommand.self, DoctorCommand.self, ViewCommand.self, RenderCommand.self,
            KeysCommand.self, ConfigCommand.self, ProfileCommand.self, ActionsCommand.self,
            GenerateCommand.self, Retarget.self, Convert.self, Export.self, Train.self, Evaluate.self,
        ])

    static func main() async {
        if let problem = Suggestion.forUnknownCommand(in: Array(CommandLine.arguments.dropFirst()), of: self) {
            fail("kmmctl: \(problem)", status: 2)
        }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as ControlError {
            fail("kmmctl: \(error)", status: error.exitStatus)
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch {
            // Help and version come as errors too; what they say belongs to the standard output.
            if exitCode(for: error) == .success { exit(withError: error) }
            fail(fullMessage(for: error), status: 2)
        }
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        Foundation.exit(status)
    }
}
