import ArgumentParser
import Foundation
import Geometry
import KMM
import KMMTraining
import Service
import Tensors
import TextEncoding

struct TrainUnderstanding: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "understanding", abstract: "Train what tells the lexicon's actions apart by meaning.",
        discussion: """
            One linear layer on sentence embeddings, trained on the lexicon's wordings and on texts that are no actions: \
            example sentences of WordNet (Debian's wordnet-base), words drawn at random, letters drawn at random. It takes \
            a minute or two.

            Example:
              kmmctl train understanding --lexicon Lexicon
            """)

    @Option(help: "Folder of the lexicon.")
    var lexicon = "Lexicon"
    @Option(help: "Folder of the sentence encoder.")
    var textEncoder = "Models/minilm-l6"
    @Option(help: "Folder of WordNet's data files.")
    var wordnet = "/usr/share/wordnet"
    @Option(help: "Wordings of each action that are used.")
    var wordings = 32
    @Option(help: "Seed of the choice of texts.")
    var seed: UInt64 = 1
    @Option(help: "The file to write.")
    var out = "Models/understanding/weights.safetensors"

    /// Example sentences of WordNet, texts of random words and of random letters.
    private static let (examples, salads, letters) = (4000, 400, 200)

    func run() throws {
        let lexicon: Lexicon
        do {
            lexicon = try Lexicon(directory: self.lexicon)
        } catch {
            throw ControlError.badInput("\(error)")
        }
        var options = UnderstandingTrainer.Options()
        options.wordings = wordings
        options.seed = seed
        let outcome = try UnderstandingTrainer.train(
            lexicon: lexicon, nothing: try nothing(), encoder: try SentenceEncoder(directory: textEncoder),
            options: options
        ) { print($0) }
        let summary = String(
            format: "kept back: %.1f %% of wordings right, %.1f %% of other texts told as none", outcome.accuracy * 100,
            outcome.refused * 100)
        print(summary)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: out).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try outcome.classifier.write(
            to: out,
            metadata: ["wordings": "\(outcome.texts)", "seed": "\(seed)", "validation": summary])
    }

    /// Texts that are no actions.
    private func nothing() throws -> [String] {
        var random = SplitMix64(seed: seed &+ 7)
        var sentences: [String] = []
        for part in ["verb", "noun", "adj", "adv"] {
            guard let data = FileManager.default.contents(atPath: "\(wordnet)/data.\(part)") else {
                throw ControlError.badInput("cannot read \(wordnet)/data.\(part); apt-get install wordnet-base")
            }
            // A line is numbers and words, a bar, a gloss, and examples in quotes.
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where line.contains(" | ") {
                let quoted = line.split(separator: "\"", omittingEmptySubsequences: false)
                for index in stride(from: 1, to: quoted.count, by: 2) {
                    let count = quoted[index].split(separator: " ").count
                    if count > 2, count < 10 { sentences.append(quoted[index].lowercased()) }
                }
            }
        }
        sentences.shuffle(using: &random)
        var texts = Array(sentences.prefix(Self.examples))
        let words = sentences.dropFirst(Self.examples).flatMap { $0.split(separator: " ").map(String.init) }
        for _ in 0..<Self.salads where !words.isEmpty {
            texts.append(
                (0..<Int.random(in: 2...5, using: &random)).map { _ in
                    words[Int.random(in: words.indices, using: &random)]
                }.joined(separator: " "))
        }
        for _ in 0..<Self.letters {
            texts.append(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    String(
                        (0..<Int.random(in: 3...9, using: &random)).map { _ in
                            Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8.random(in: 0..<26, using: &random)))
                        })
                }.joined(separator: " "))
        }
        return texts
    }
}
