import ArgumentParser
import Wire

/// Begins and ends recordings of a daemon.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record what is asked, made and published, into an MCAP file of the daemon.",
        subcommands: [Start.self, Caption.self, Stop.self])

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start", abstract: "Begin a recording.",
            discussion: """
                Example:
                  kmmctl record start walk && kmmctl say --wait walk forward && kmmctl record stop
                """)
        @Argument(help: "Its name; without one the daemon chooses.")
        var name: String?
        @OptionGroup var connection: ConnectionOptions

        func run() throws {
            try connection.ask(.record(Record(.start, name: name))) { (answer: RecordAnswer) in
                print("recording \(answer.recording)")
            }
        }
    }

    struct Caption: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "caption",
            abstract: "Say what live people do from now on, for `kmmctl train prepare`; nothing when it is of no use.",
            discussion: """
                Example:
                  kmmctl record caption "a person waves with the right hand"
                """)
        @Argument(help: "What they do, such as \"a person waves\".")
        var text: String = ""
        @Option(help: "Which person does; without it all.")
        var person: String?
        @OptionGroup var connection: ConnectionOptions

        func run() throws {
            try connection.ask(.record(Record(.caption, text: text, person: person))) { (answer: RecordAnswer) in
                print(text.isEmpty ? "nothing of use from now on" : "\(text), in \(answer.recording)")
            }
        }
    }

    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop", abstract: "End the recording.",
            discussion: """
                Example:
                  kmmctl record start walk && kmmctl say --wait walk forward && kmmctl record stop
                """)
        @OptionGroup var connection: ConnectionOptions

        func run() throws {
            try connection.ask(.record(Record(.stop))) { (answer: RecordAnswer) in
                print(
                    "recorded \(answer.recording): \(answer.messages ?? 0) messages, \(answer.bytes ?? 0) bytes,",
                    "\(answer.lost ?? 0) lost")
            }
        }
    }
}
