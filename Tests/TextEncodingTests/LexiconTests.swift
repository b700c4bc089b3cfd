import Foundation
import Testing
import TextEncoding

/// The lexicon that ships.
enum ShippedLexicon {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let lexicon = Result { try Lexicon(directory: root + "/Lexicon") }
    /// Every action counts as learnt.
    static let reader = Result {
        let lexicon = try ShippedLexicon.lexicon.get()
        let pieces = try WordPiece(vocabularyPath: root + "/Models/minilm-l6/vocab.txt")
        return CommandReader(
            lexicon: lexicon, learnt: Set(lexicon.actions.map(\.name)), isEnglish: { pieces.isWord($0) })
    }
}

@Suite("Lexicon")
struct LexiconTests {
    @Test func holdsWhatPeopleAskFor() throws {
        let lexicon = try ShippedLexicon.lexicon.get()
        #expect(lexicon.actions.count >= 350)
        #expect(lexicon.actions.filter { $0.status == .known && $0.refusal == nil }.count >= 150)
        #expect(Set(lexicon.languages.keys) == ["zh", "ko", "ja", "de", "fr", "es"])
        for action in lexicon.actions {
            #expect(Set(action.imperatives + action.phrases).count >= Lexicon.fewestWordings, "\(action.name)")
            #expect(action.caption.hasPrefix("a person "), "\(action.name)")
            #expect(action.sidedCaption.map { $0.contains("{side}") } ?? true, "\(action.name)")
        }
    }

    @Test func wordingsComeInManyForms() throws {
        let action = try #require(try ShippedLexicon.lexicon.get()["wave"])
        let wordings = action.wordings(side: .left)
        #expect(wordings.count > 100)
        #expect(wordings.contains("wave with your left hand"))
        #expect(wordings.contains { $0.hasSuffix("waves with their left hand") })
        #expect(wordings.contains { $0.hasPrefix("could you") })
        #expect(wordings.allSatisfy { !$0.contains("{") && !$0.contains("(") && !$0.contains("right") })
        #expect(action.wordings().allSatisfy { !$0.contains("left") && !$0.contains("right") || $0 == action.caption })
    }

    @Test(arguments: [
        ("{\"family\": \"x\", \"actions\": [{}]}", "actions[0].name: it is missing; expected a text"),
        ("{\"family\": \"x\"}", "actions: it is missing; expected a list"),
        ("{\"family\": \"x\", \"actions\": [\n{\"name\" \"a\"}]}", ":2:"),
        (sample(say: "(walk|go"), "does not close a bracket"),
        (sample(say: "walk"), "it has 1 wordings; expected 30 or more"),
        (sample(say: "@numbers", more: "\"speed\": 3, "), "a.speed: no such member"),
        (sample(say: "@numbers", status: "great"), "one of known, planned, unknown"),
        (sample(say: "@numbers", neighbour: "b"), "there is no action \"b\""),
    ])
    func mistakesNameTheirPlace(file: String, problem: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lexicon-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let numbers = (1...40).map(String.init).joined(separator: "|")
        try Data("{\"words\": {\"numbers\": \"\(numbers)\"}}".utf8).write(
            to: folder.appendingPathComponent("words.json"))
        try Data("{\"languages\": {}}".utf8).write(to: folder.appendingPathComponent("languages.json"))
        try Data(file.utf8).write(to: folder.appendingPathComponent("x.json"))
        let error = #expect(throws: LexiconError.self) { try Lexicon(directory: folder.path) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }

    private static func sample(
        say: String, status: String = "known", neighbour: String = "a", more: String = ""
    ) -> String {
        """
        {"family": "x", "uses": "legs", "takes": ["side"], "count": "times", "actions": [{"name": "a", \(more)"caption": "c",
        "seconds": 1, "predicate": "p", "status": "\(status)", "clips": [], "not": ["\(neighbour)"], "say": ["\(say)"], "also": []}]}
        """
    }
}
