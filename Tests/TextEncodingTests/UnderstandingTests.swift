import Foundation
import Testing
import TextEncoding

@Suite("Understanding")
struct UnderstandingTests {
    /// Only words count.
    private let reader: CommandReader

    init() throws { reader = try ShippedLexicon.reader.get() }

    private func read(_ text: String) -> Understanding { reader.read(text) { _ in [] } }

    private func isRight(_ sentence: HeldOutSentence) -> Bool {
        let understanding = read(sentence.text)
        if sentence.note == "!negated" { return understanding.refusal(.strict)?.reason == .negated }
        let segments = understanding.segments
        guard segments.map({ Set($0.actions.map(\.name)) }) == sentence.actions.map(Set.init) else { return false }
        let told = segments.flatMap(\.actions)
        return sentence.slots.allSatisfy { slot, value in
            switch slot {
            case "side": return told.contains { $0.side?.rawValue == value }
            case "manner": return told.contains { $0.manner?.rawValue == value }
            case "count":
                return segments.contains { $0.segment.repeats == Int(value) || $0.segment.goal?.steps == Int(value) }
            case "distance": return segments.contains { $0.segment.goal?.distance == Double(value) }
            case "angle":
                let degrees = segments.first?.segment.goal?.turn.map { abs($0) * 180 / .pi }
                return degrees.map { abs($0 - (Double(value) ?? 0)) < 0.01 } ?? false
            case "duration": return segments.contains { $0.segment.duration == Double(value) }
            default: return true
            }
        }
    }

    @Test func sentencesKeptFromTheRulesAreUnderstoodByTheirWords() throws {
        let sentences = try HeldOutSentence.read("heldout-english")
        let right = sentences.filter(isRight)
        #expect(sentences.count > 300)
        #expect(Double(right.count) / Double(sentences.count) > 0.9, "\(right.count) of \(sentences.count)")
    }

    /// Reads by words and meaning, with every action learnt.
    private static func meaningReader() throws -> (String) throws -> Understanding {
        let models = ShippedLexicon.root + "/Models"
        let encoder = try SentenceEncoder(directory: models + "/minilm-l6")
        let classifier = try ActionClassifier(path: models + "/understanding/weights.safetensors")
        let lexicon = try ShippedLexicon.lexicon.get()
        #expect(
            classifier.names == lexicon.actions.filter { $0.handPose == nil }.map(\.name) + [ActionClassifier.nothing])
        let reader = CommandReader(
            lexicon: lexicon, classifier: classifier, learnt: Set(lexicon.actions.map(\.name)),
            isEnglish: { encoder.tokenizer.isWord($0) })
        return { text in try reader.read(text) { try encoder.encode($0).pooled } }
    }

    @Test func whatPeopleSayIsReadAndTheRestRefused() throws {
        let shares = try Self.refusedShares(of: HeldOutSentence.read("people", hasNote: true))
        #expect(shares["good"] ?? 1 < 0.05, "\(shares)")
        #expect(shares["languages"] ?? 1 < 0.05, "\(shares)")
        #expect(shares["bad"] ?? 0 > 0.94, "\(shares)")
    }

    @Test func sentencesThatWereOnlyCountedAreReadToo() throws {
        let sentences = try HeldOutSentence.read("rounds", hasNote: true).filter { sentence in
            ["c2", "d", "e"].contains(sentence.actions.first?.last)
        }
        let shares = try Self.refusedShares(of: sentences)
        #expect(shares["good"] ?? 1 < 0.1, "\(shares)")
        #expect(shares["languages"] ?? 1 < 0.15, "\(shares)")
        #expect(shares["bad"] ?? 0 > 0.87, "\(shares)")
    }

    /// The share that is refused of sentences to be refused, to be done, and to be done in other languages.
    private static func refusedShares(of sentences: [HeldOutSentence]) throws -> [String: Double] {
        let read = try meaningReader()
        let groups = Dictionary(grouping: sentences) { sentence in
            sentence.note == "bad" ? "bad" : sentence.actions.first?.first == "en" ? "good" : "languages"
        }
        return try groups.mapValues { group in
            let refused = try group.filter { try read($0.text).refusal(.strict) != nil }
            return Double(refused.count) / Double(group.count)
        }
    }

    @Test func meaningHelpsWhereWordsLeaveDoubt() throws {
        let read = try Self.meaningReader()
        let sentences = try HeldOutSentence.read("heldout-english").filter { !$0.note.hasPrefix("!") }
        let right = try sentences.filter { sentence in
            let understanding = try read(sentence.text)
            return understanding.refusal(.strict) == nil
                && understanding.segments.map { Set($0.actions.map(\.name)) } == sentence.actions.map(Set.init)
        }
        #expect(Double(right.count) / Double(sentences.count) > 0.9, "\(right.count) of \(sentences.count)")
        let others = try HeldOutSentence.read("heldout-refused", hasNote: true)
        let refused = try others.filter { try read($0.text).refusal(.strict) != nil }
        #expect(Double(refused.count) / Double(others.count) > 0.95, "\(refused.count) of \(others.count)")
    }

    @Test func whatCannotBeDoneIsRefused() throws {
        let sentences = try HeldOutSentence.read("heldout-refused", hasNote: true)
        let refused = sentences.filter { read($0.text).refusal(.strict) != nil }
        #expect(Double(refused.count) / Double(sentences.count) > 0.93, "\(refused.count) of \(sentences.count)")
    }

    @Test func otherLanguagesAreUnderstoodOrRefused() throws {
        for sentence in try HeldOutSentence.read("heldout-languages", hasNote: true) {
            let understanding = read(sentence.text)
            if sentence.actions == [["?"]] {
                #expect(understanding.refusal(.strict) != nil, "\(sentence.text)")
            } else {
                #expect(isRight(sentence), "\(sentence.text): \(understanding.segments.first?.actions ?? [])")
                #expect(understanding.language == sentence.note)
            }
        }
    }

    @Test func numbersBeforeNounsAreRepeats() {
        let segment = read("do two squats").segments.first
        #expect(segment?.segment.repeats == 2)
        #expect(segment?.segment.text == "a person does one squat")
        #expect(segment?.segment.duration == 2)
        #expect(read("wave with both hands").segments.first?.segment.repeats == 1)
        #expect(read("take five steps forward").segments.first?.segment.goal?.steps == 5)
    }

    @Test func atOnceIsOneSegment() {
        let segments = read("walk forward while waving your left hand").segments
        #expect(segments.map { $0.actions.map(\.name) } == [["walk_forward", "wave"]])
        #expect(segments.first?.segment.text == "a person walks forward while waving the left hand")
    }

    @Test func whatIsLeftOutIsTold() {
        let segment = read("wave at the purple crowd").segments.first
        #expect(segment?.actions.first?.name == "wave")
        #expect(segment?.leftOut.contains("purple") == true)
    }

    @Test func tooMuchIsRefused() {
        #expect(read("walk 200 metres forward").refusal(.strict)?.reason == .tooMuch)
        #expect(read("do 5000 squats").refusal(.strict)?.reason == .tooMuch)
        #expect(read("walk 20 metres forward").refusal(.strict) == nil)
    }

    @Test func policiesDifferInWhatTheyRefuse() {
        let understanding = read("do a backflip")
        #expect(understanding.refusal(.strict)?.reason == .dangerous)
        #expect(understanding.refusal(.warn) == nil)
        #expect(understanding.refusal(.any) == nil)
        #expect(read("blorp the fnargle").refusal(.strict)?.reason == .unlike)
    }

    @Test func politenessAndCrowdsSayNothingAboutTheAction() {
        for frame in [
            "would you be so kind as to {}", "i was wondering if you could {}", "{} for the camera, will you",
            "hey buddy, {} for my daughter", "if it's not too much trouble, could you please {}", "{} one more time",
        ] {
            let text = frame.replacingOccurrences(of: "{}", with: "wave your left hand")
            let action = read(text).segments.first?.actions.first
            #expect(action?.name == "wave" && action?.side == .left && action?.likeness ?? 0 > 0.9, "\(text)")
        }
        #expect(read("right now, raise your left arm").segments.first?.actions.first?.side == .left)
    }

    @Test func placesThatNobodyToldAreRefused() {
        for text in ["walk to the chimney", "run towards the big statue", "walk through the orchard"] {
            let reason = read(text).refusal(.strict)?.reason
            #expect(reason == .place || reason == .unlike, "\(text)")
        }
        #expect(read("walk across the room").refusal(.strict) == nil)
    }

    @Test func numbersOfOtherLanguagesAreComposed() {
        let goals: [(String, Double)] = [
            ("向左转一百八十度", 180), ("左に四十五度回って", 45), ("왼쪽으로 구십 도 돌아", 90),
            ("向右转九十度", -90), ("左に九十度回って", 90),
        ]
        for (text, degrees) in goals {
            let turn = read(text).segments.first?.segment.goal?.turn ?? 0
            #expect(abs(turn * 180 / .pi - degrees) < 0.01, "\(text)")
        }
    }

    @Test func misspelledWordsAreRead() {
        for text in ["wlak forward", "walk forwrad", "wallk fourward", "do a sqaut", "clpa your hands"] {
            #expect(read(text).refusal(.strict) == nil, "\(text)")
        }
    }

    @Test func actionsThatTheWeightsHaveNotLearntAreRefused() throws {
        let lexicon = try ShippedLexicon.lexicon.get()
        let reader = CommandReader(lexicon: lexicon, learnt: ["walk_forward"])
        let refusal = reader.read("salute") { _ in [] }.refusal(.strict)
        #expect(refusal?.reason == .unlearnt)
        #expect(reader.read("walk forward") { _ in [] }.refusal(.strict) == nil)
    }
}
