import ArgumentParser
import Foundation
import KMM
import Service
import TextEncoding

/// What can be asked for.
struct ActionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actions", abstract: "List what can be asked for, or what is understood of a text.",
        discussion: """
            With a text it says what would be done, how sure that is, and what was left out, and ends with status 5 where \
            the text would be refused.
            """)

    @Argument(help: "A text to read.")
    var text: String?
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
    @Option(help: "Name of the model in it: kmm, or free.")
    var model: String?

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
            if let text { try tell(text, reader) } else { list(reader.commands) }
        } catch let error as ControlError {
            throw error
        } catch {
            throw ControlError.badInput("\(error)")
        }
    }

    private func list(_ reader: CommandReader) {
        for action in reader.lexicon.actions where family == nil || action.family == family {
            guard all || reader.canDo(action) else { continue }
            let state = action.refusal?.rawValue ?? (reader.canDo(action) ? "done" : "not learnt")
            print("\(action.name)\t\(action.family)\t\(state)\t\(action.caption)")
        }
    }

    private func tell(_ text: String, _ reader: TextReader) throws {
        let understanding = reader.read(text)
        for segment in understanding.segments {
            let actions = segment.actions.map { action in
                ([action.name, String(format: "%.2f", action.likeness)]
                    + [action.side?.rawValue, action.manner?.rawValue].compactMap { $0 }).joined(separator: " ")
            }
            var line = actions.isEmpty ? "nothing" : actions.joined(separator: " + ")
            if segment.segment.repeats > 1 { line += ", \(segment.segment.repeats) times" }
            if !segment.excluded.isEmpty { line += ", without " + segment.excluded.joined(separator: ", ") }
            if !segment.leftOut.isEmpty { line += ", left out: " + segment.leftOut.joined(separator: " ") }
            print("\(line)\t\(segment.segment.text)")
        }
        if let refused = understanding.refusal(.strict) { throw ControlError.notUnderstood("\(refused)") }
    }
}
