import ArgumentParser
import JSON
import Wire

/// Begins and ends recordings of a daemon.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record what is asked, made and published, into an MCAP file of the daemon.",
        subcommands: [Start.self, Stop.self])

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "start", abstract: "Begin a recording.")
        @Argument(help: "Its name; without one the daemon chooses.")
        var name: String?
        @OptionGroup var connection: ConnectionOptions

        func run() throws {
            let body = name.map { [JSONValue.Member("name", .string($0))] } ?? []
            let reply = try connection.ask("record", body: [.init("action", "start")] + body)
            print(connection.json ? reply.text : "recording \(reply["recording"]?.string ?? "")")
        }
    }

    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "stop", abstract: "End the recording.")
        @OptionGroup var connection: ConnectionOptions

        func run() throws {
            let reply = try connection.ask("record", body: [.init("action", "stop")])
            if connection.json { return print(reply.text) }
            print(
                "recorded \(reply["recording"]?.string ?? ""): \(reply["messages"]?.integer ?? 0) messages,",
                "\(reply["bytes"]?.integer ?? 0) bytes, \(reply["lost"]?.integer ?? 0) lost")
        }
    }
}
