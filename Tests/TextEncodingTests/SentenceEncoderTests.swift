import Foundation
import Tensors
import Testing
import TextEncoding

@Suite("Sentence encoder")
struct SentenceEncoderTests {
    static let encoder = Result { try SentenceEncoder(directory: Reference.modelDirectory) }

    let encoder: SentenceEncoder
    let width = SentenceEncoder.width

    init() throws {
        encoder = try Self.encoder.get()
    }

    @Test("Twenty sentences are encoded as by the reference")
    func sentencesAreEncodedAsByTheReference() throws {
        let reference = try Reference.load()
        let goldens = try SafeTensors(path: Reference.fixture("minilm.safetensors").path())
        #expect(reference.sentences.count == 20)
        for (index, sentence) in reference.sentences.enumerated() {
            let encoding = try encoder.encode(sentence.text)
            let pooled = try goldens.floats("pooled.\(index)", shape: [width]).values
            #expect(cosine(encoding.pooled[...], pooled[...]) > 0.99999, "\(sentence.text)")
            #expect(abs(norm(encoding.pooled[...]) - 1) < 1e-5)

            let tokens = try goldens.floats("tokens.\(index)", shape: [sentence.ids.count, width]).values
            #expect(encoding.pieces == Array(sentence.pieces.dropFirst().dropLast()))
            #expect(encoding.words.count == encoding.wordCount * width)
            for row in 0..<encoding.wordCount {
                let word = encoding.words[row * width..<(row + 1) * width]
                let expected = tokens[(row + 1) * width..<(row + 2) * width]
                #expect(cosine(word, expected) > 0.9999, "\(sentence.text), piece \(row)")
                #expect(abs(norm(word) / norm(expected) - 1) < 1e-2, "\(sentence.text), piece \(row)")
            }
        }
    }

    @Test("Alike sentences lie closer than unlike ones")
    func alikeSentencesLieClose() throws {
        let walk = try encoder.encode("a person walks forward").pooled
        let stroll = try encoder.encode("someone is walking straight ahead").pooled
        let wave = try encoder.encode("he waves with his right hand").pooled
        #expect(cosine(walk[...], stroll[...]) > cosine(walk[...], wave[...]) + 0.2)
    }

    @Test("A text without words has an encoding")
    func textWithoutWords() throws {
        let encoding = try encoder.encode(" \n ")
        #expect(encoding.wordCount == 0)
        #expect(encoding.words.isEmpty)
        #expect(encoding == (try encoder.encode("")))
    }

    @Test("Several threads may encode at once")
    func concurrentUse() async throws {
        let texts = try Reference.load().sentences.map(\.text)
        let alone = try texts.map { try encoder.encode($0) }
        let together = try await withThrowingTaskGroup(of: (Int, SentenceEncoding).self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask { [encoder] in (index, try encoder.encode(text)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (index, encoding) in alone.enumerated() {
            #expect(together[index] == encoding, "\(texts[index])")
        }
    }

    @Test("Faulty files say what is wrong and where")
    func faultyFiles() throws {
        let model = URL(filePath: Reference.modelDirectory)
        let folder = FileManager.default.temporaryDirectory.appending(path: "minilm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let weights = folder.appending(path: "weights.safetensors")
        let vocabulary = folder.appending(path: "vocab.txt")
        func load() throws -> SentenceEncoder { try SentenceEncoder(directory: folder.path()) }
        func weightsError() -> TensorFileError? { #expect(throws: TensorFileError.self) { try load() } }

        try FileManager.default.copyItem(at: model.appending(path: "vocab.txt"), to: vocabulary)
        #expect(weightsError()?.kind == .unreadable)

        var bytes = try Data(contentsOf: model.appending(path: "weights.safetensors"))
        try bytes.prefix(1_000_000).write(to: weights)
        #expect(weightsError()?.kind == .malformed)

        // The first array behind the header, LayerNorm's bias, gets a number that is none.
        let header = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        bytes.replaceSubrange(8 + header..<10 + header, with: [0xFF, 0xFF])
        try bytes.write(to: weights)
        #expect(throws: TextEncodingError.encodingNotFinite(path: weights.path())) { try load().encode("walk") }

        try Data("[UNK]\n[CLS]\n[SEP]\nwalk\n".utf8).write(to: vocabulary)
        let mismatch = weightsError()
        #expect(mismatch?.kind == .mismatch)
        #expect(mismatch?.file == weights.path())
        #expect(mismatch?.entry == "embeddings.word_embeddings.weight")
        #expect(mismatch?.found.contains("[30522, 384]") == true)
        #expect(mismatch?.expected.contains("[4, 384]") == true)
    }
}

private func norm(_ a: ArraySlice<Float>) -> Float { a.reduce(0) { $0 + $1 * $1 }.squareRoot() }

private func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / (norm(a) * norm(b))
}
