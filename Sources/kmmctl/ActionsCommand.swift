import ArgumentParser
import Foundation
import JSON
import KMM
import Service
import TextEncoding

/// What can be asked for.
struct ActionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actions", abstract: "List what can be asked for, or what is understood of a text.",
        discussion: """
            With a text it says what would be done, how sure that is, and what was left out, and ends with status 5 where \
            the text would be refused; with - it says so of every line of standard input.

            Examples:
              kmmctl actions
              kmmctl actions --family gestures
              kmmctl actions walk two metres, then wave
            """)

    @Argument(help: "A text to read; quotes are not needed.")
    var text: [String] = []
    @Option(help: "Only the actions of one family, such as gestures.")
    var family: String?
    @Flag(help: "Also what the model has not learnt, and what is refused.")
    var all = false
    @Flag(help: "The whole page of Documentation/actions.md.")
    var markdown = false
    @Option(help: "Folder of the lexicon.")
    var lexicon: String?
    @Option(help: "Folder of the trained weights.")
    var models: String?
    @Option(help: "Name of the model in it: free, or kmm.")
    var model: String?
    @OptionGroup var output: JSONOption

    func run() throws {
        let configuration = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment)
        let folder = lexicon ?? configuration.lexiconDirectory
        let paths = ModelPaths(
            directory: models ?? configuration.modelsDirectory, model: model ?? configuration.model)
        do {
            if markdown {
                let learnt = try LearntActions(path: paths.actions)
                let page = try Lexicon(directory: folder).markdown { learnt?.howWell($0) ?? "" }
                return print(page, terminator: "")
            }
            let reader = try TextReader(lexicon: folder, model: paths, encoder: SentenceEncoder(directory: paths.text))
            if text.isEmpty {
                try list(reader.commands)
            } else if text == ["-"] {
                while let line = readLine() { tellLine(line, reader) }
            } else {
                try tell(text.joined(separator: " "), reader)
            }
        } catch let error as ControlError {
            throw error
        } catch {
            throw ControlError.badInput("\(error)")
        }
    }

    private func list(_ reader: CommandReader) throws {
        let families = Set(reader.lexicon.actions.map(\.family)).sorted()
        if let family, !families.contains(family) {
            throw ControlError.badInput("--family: no family '\(family)' in \(families.joined(separator: ", "))")
        }
        let rows = reader.lexicon.actions.filter { action in
            (family == nil || action.family == family) && (all || reader.canDo(action))
        }.map { action in
            let state = action.refusal?.rawValue ?? (reader.canDo(action) ? "done" : "not learnt")
            return (name: action.name, family: action.family, state: state, text: action.caption)
        }
        guard !output.json else {
            let actions = rows.map { row -> JSONValue in
                [
                    "name": .string(row.name), "family": .string(row.family), "state": .string(row.state),
                    "text": .string(row.text),
                ]
            }
            return print(JSONValue.object([.init("actions", .array(actions))]).text)
        }
        for row in rows { print("\(row.name)\t\(row.family)\t\(row.state)\t\(row.text)") }
    }

    private func tellLine(_ text: String, _ reader: TextReader) {
        if let stop = SpokenStop(text), stop.rest.isEmpty { return print("\(stop.kind.rawValue)\t\(text)\t") }
        let understanding = reader.read(text)
        let parts = lines(of: understanding).map { $0.replacing("\t", with: ": ") }.joined(separator: " > ")
        print("\(understanding.refusal(.strict)?.reason.rawValue ?? "done")\t\(text)\t\(parts)")
    }

    private func tell(_ text: String, _ reader: TextReader) throws {
        if let stop = SpokenStop(text) {
            guard !output.json else {
                return print(JSONValue.object([.init("stop", .string(stop.kind.rawValue))]).text)
            }
            print("\(stop.kind.rawValue)\tat once, by the daemon itself")
            if !stop.rest.isEmpty { try tell(stop.rest, reader) }
            return
        }
        let understanding = reader.read(text)
        let refused = understanding.refusal(.strict)
        if output.json {
            print(ActionsCommand.json(understanding, refused).text)
        } else {
            for line in lines(of: understanding) { print(line) }
        }
        if let refused { throw ControlError.notUnderstood("\(refused)") }
    }

    /// What would be done, action by action.
    private func lines(of understanding: Understanding) -> [String] {
        understanding.segments.map { segment in
            let actions = segment.actions.map { action in
                ([action.name, String(format: "%.2f", action.likeness)]
                    + [action.side?.rawValue, action.manner?.rawValue].compactMap { $0 }).joined(separator: " ")
            }
            var line = actions.isEmpty ? "nothing" : actions.joined(separator: " + ")
            if segment.segment.repeats > 1 { line += ", \(segment.segment.repeats) times" }
            if !segment.excluded.isEmpty { line += ", without " + segment.excluded.joined(separator: ", ") }
            if !segment.leftOut.isEmpty { line += ", left out: " + segment.leftOut.joined(separator: " ") }
            return "\(line)\t\(segment.segment.text)"
        }
    }

    /// What was understood, in the words of the daemon's answer to `say`.
    private static func json(_ understanding: Understanding, _ refused: MisunderstoodText?) -> JSONValue {
        let segments = understanding.segments.map { segment -> JSONValue in
            let actions = segment.actions.map { action in
                JSONValue.object(
                    [.init("action", .string(action.name)), .init("likeness", .number(action.likeness))]
                        + [("side", action.side?.rawValue), ("manner", action.manner?.rawValue)].compactMap {
                            name, value in
                            value.map { .init(name, .string($0)) }
                        })
            }
            return [
                "text": .string(segment.segment.text), "said": .string(segment.said), "actions": .array(actions),
                "repeat": JSONValue(segment.segment.repeats),
                "excluded": .array(segment.excluded.map { .string($0) }),
                "left_out": .array(segment.leftOut.map { .string($0) }),
                "nearest": .array(segment.nearest.map { .string($0) }),
            ]
        }
        return [
            "language": .string(understanding.language), "segments": .array(segments),
            "refused": refused.map { .string("\($0)") } ?? .null,
        ]
    }
}
