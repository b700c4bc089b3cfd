import Foundation
import Testing

/// What the reference implementation made of fixed texts: `Fixtures/minilm.json`, by `Scripts/make_minilm_goldens.py`.
struct Reference: Decodable {
    struct Sentence: Decodable {
        var text: String
        var ids: [Int]
        var pieces: [String]
    }

    struct Text: Decodable {
        var text: String
        var ids: [Int]
    }

    struct Folding: Decodable {
        var text: String
        var folded: String
    }

    var sentences: [Sentence]
    var texts: [Text]
    var folding: Folding

    static func load() throws -> Reference {
        try JSONDecoder().decode(Reference.self, from: Data(contentsOf: fixture("minilm.json")))
    }

    static func fixture(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
    }

    /// The directory of the encoder's weights and vocabulary.
    static let modelDirectory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Models/minilm-l6").path()
}
