import ArgumentParser
import Foundation
import Robots
import Service

/// What a person may have meant by a word that is unknown.
enum Suggestion {
    /// "did you mean …?", for the names that are nearest; nil when none is near.
    static func text(for word: String, among names: [String]) -> String? {
        let near = names.filter { $0.hasPrefix(word) || $0.contains(word) }.sorted { $0.count < $1.count }
        let typed = nearestName(to: word, among: names).map { [$0] } ?? []
        var seen = Set<String>()
        let likely = (near.prefix(3) + typed.filter { isNear($0, word) }).filter { seen.insert($0).inserted }
        guard !likely.isEmpty else { return nil }
        return "did you mean " + likely.joined(separator: " or ") + "?"
    }

    /// Whether about half of the letters are the same, so that it may be a slip.
    private static func isNear(_ name: String, _ word: String) -> Bool {
        Set(name).intersection(word).count * 2 >= max(Set(name).count, Set(word).count)
    }

    /// What is wrong with a command line whose command does not exist; nil when it does.
    static func forUnknownCommand(in arguments: [String], of root: any ParsableCommand.Type) -> String? {
        var (command, path) = (root, [root.calledName])
        for word in arguments {
            // Before a command only --help and --version may stand.
            guard !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty else { return nil }
            let names = command.configuration.subcommands.map { $0.calledName }
            guard let next = command.configuration.subcommands.first(where: { $0.calledName == word }) else {
                if word == "help" { return nil }
                let hint =
                    text(for: word, among: names) ?? "`\(path.joined(separator: " ")) --help` lists what there is."
                return "there is no command \"\(word)\"; \(hint)"
            }
            command = next
            path.append(word)
        }
        return nil
    }
}

extension ParsableCommand {
    /// What it is called on the command line.
    fileprivate static var calledName: String { configuration.commandName ?? String(describing: self).lowercased() }
}

/// Words that the shell completes.
enum Completion {
    /// Names of robots.
    static let robots = CompletionKind.custom { _, _, _ in
        let folder = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment).profilesDirectory
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".json") && $0 != "schema.json" }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Sentences, from the list of actions.
    static let actions = CompletionKind.custom { _, _, _ in
        let folder = ServiceConfiguration.configured(environment: ProcessInfo.processInfo.environment).lexiconDirectory
        return KnownSentences(folder: folder).all
    }

    /// Motion of people and robots.
    static let motion = CompletionKind.file(extensions: ["npz", "bvh", "mcap", "csv"])
}
