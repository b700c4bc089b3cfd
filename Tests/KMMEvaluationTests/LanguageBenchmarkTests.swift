import Foundation
import Geometry
import HumanBody
import HumanMotion
import MotionFixtures
import Testing
import TextEncoding

@testable import KMMEvaluation

/// The texts by which language is judged.
@Suite("Language benchmark")
struct LanguageBenchmarkTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let lexicon = root.appendingPathComponent("Lexicon")
    private static func benchmark() throws -> LanguageBenchmark {
        try LanguageBenchmark(directory: root.appendingPathComponent("Benchmarks/Language"))
    }

    @Test("there are as many texts as a judgement needs, and every action has a predicate")
    func size() throws {
        let benchmark = try Self.benchmark()
        let count = { (kind: LanguageBenchmark.Class) in benchmark.requests.filter { $0.kind == kind }.count }
        let actions = Dictionary(grouping: benchmark.requests.filter { $0.kind == .actions }, by: \.group)
        #expect(actions.count >= 150)
        #expect(actions.values.allSatisfy { $0.count == 6 })
        #expect(count(.plain) >= 40 && count(.named) >= 50 && count(.pairs) >= 120 && count(.counts) >= 40)
        #expect(count(.together) >= 40 && count(.measures) >= 30 && count(.sidesteps) >= 20)
        let languages = Dictionary(grouping: benchmark.requests.filter { $0.kind == .languages }, by: \.group)
        #expect(Set(languages.keys) == ["zh", "ko", "ja", "de", "fr", "es"])
        #expect(languages.values.allSatisfy { $0.count == 20 })
        #expect(benchmark.refusals.count >= 200 && benchmark.stops.count >= 60 && benchmark.notStops.count >= 60)
        #expect(Set(benchmark.stops.map(\.verb)) == ["hold", "stop", "halt"])
    }

    @Test("numbers are only asked of what can be counted or measured")
    func numbers() throws {
        for request in try Self.benchmark().requests {
            for showing in request.shows {
                let action = try #require(ActionPredicate.named(showing.action))
                #expect(showing.times == nil || action.count != nil, "\(request.text)")
                #expect(showing.metres == nil && showing.degrees == nil || action.amount != nil, "\(request.text)")
            }
        }
    }

    @Test("no sentence stands twice")
    func once() throws {
        var seen: Set<String> = []
        for text in try Self.benchmark().texts {
            let normal = KnownWordings.normal(text)
            #expect(seen.insert(normal.isEmpty ? text : normal).inserted, "'\(text)' stands twice")
        }
    }

    @Test(
        "no sentence stands in the training captions",
        .enabled(if: SharedData.isThere, "no ../shared/data (KMMD_SHARED)"))
    func notInTraining() throws {
        var captions = KnownWordings()
        captions.insert(contentsOf: try #require(SharedData.folder))
        #expect(captions.count > 10_000)
        try expectNone(in: captions, where: "the training captions")
    }

    @Test(
        "no sentence stands in the lexicon",
        .enabled(if: FileManager.default.fileExists(atPath: lexicon.path), "no Lexicon/ beside the package"))
    func notInLexicon() throws {
        var lexicon = KnownWordings()
        lexicon.insert(contentsOf: Self.lexicon)
        try expectNone(in: lexicon, where: "the lexicon")
    }

    /// Who writes down apart what people say of the same actions meets others in the short sentences ("break into a run"): 14 % of
    /// these texts are among the tens of thousands that the lexicon's patterns make. More would say that one was read for the other.
    private static let mostMet = 0.15

    @Test("few sentences are made by the lexicon's patterns, and those are scored as known")
    func metByLexicon() throws {
        var made = KnownWordings()
        made.insert(try Lexicon(directory: Self.lexicon.path))
        let texts = try Self.benchmark().requests.map(\.text)
        let met = texts.filter(made.contains)
        #expect(Double(met.count) <= Self.mostMet * Double(texts.count), "\(met.count) of \(texts.count)")
    }

    /// Ways to say stop are few, and what is no text cannot be kept out of one: both may stand there.
    private func expectNone(in known: KnownWordings, where place: String) throws {
        let benchmark = try Self.benchmark()
        for text in benchmark.requests.map(\.text) + benchmark.notStops where known.contains(text) {
            Issue.record("'\(text)' stands in \(place): it proves nothing there")
        }
    }

    @Test("sentences are compared without case, accents, punctuation and spaces")
    func normal() {
        var known = KnownWordings()
        known.insert("  Lève les deux bras! ")
        #expect(known.contains("leve les deux bras"))
        #expect(!known.contains("leve le bras"))
        #expect(KnownWordings.normal("向右转九十度。") == "向右转九十度")
    }

    @Test("what is asked for is judged: side, number, distance, what must not be")
    func judging() throws {
        let request = { (shows: [LanguageBenchmark.Showing]) in
            LanguageBenchmark.Request(text: "", kind: .plain, group: "", shows: shows, together: false)
        }
        let up = Vector3(0, 1, 0)
        let turn = Puppet.clip { time, frame in
            frame.rotations[.pelvis] = Puppet.turned(90 * min(max(time - 0.5, 0), 1), about: up)
        }
        #expect(request([.init(action: "turn", side: .left)]).isShown(by: turn))
        #expect(!request([.init(action: "turn", side: .right)]).isShown(by: turn))
        #expect(request([.init(action: "turn", side: .right)]).isConfused(by: turn))
        #expect(request([.init(action: "turn", side: .left, degrees: 100)]).isShown(by: turn))
        #expect(!request([.init(action: "turn", side: .left, degrees: 120)]).isShown(by: turn))
        #expect(request([.init(action: "turn"), .init(action: "walk", not: true)]).isShown(by: turn))

        let walk = Puppet.clip { time, frame in frame.pelvis.z += time }
        #expect(request([.init(action: "walk", metres: 3)]).isShown(by: walk))
        #expect(!request([.init(action: "walk", metres: 2)]).isShown(by: walk))
        #expect(!request([.init(action: "walk", not: true)]).isShown(by: walk))

        let jumps = Puppet.clip { time, frame in frame.pelvis.y += 0.35 * max(0, sin(2 * .pi * time)) }
        #expect(request([.init(action: "jump", times: 3)]).isShown(by: jumps))
        #expect(!request([.init(action: "jump", times: 2)]).isShown(by: jumps))
    }

    @Test("two things at once are at once")
    func together() {
        let request = LanguageBenchmark.Request(
            text: "", kind: .together, group: "", shows: [.init(action: "walk"), .init(action: "raise-arms")],
            together: true)
        func clip(armsUpAt raised: ClosedRange<Double>) -> HumanClip {
            Puppet.clip(seconds: 8) { time, frame in
                frame.pelvis.z += min(time, 4)
                guard raised.contains(time) else { return }
                frame.rotations[.leftShoulder] = Puppet.arm(.left, raised: 60)
                frame.rotations[.rightShoulder] = Puppet.arm(.right, raised: 60)
            }
        }
        #expect(request.isShown(by: clip(armsUpAt: 1...3)))
        #expect(!request.isShown(by: clip(armsUpAt: 7...8)))
    }

    @Test("the interval of a share is Wilson's")
    func interval() {
        var share = TextShare()
        for index in 0..<10 { share.add(index < 8 ? 1 : 0) }
        // 8 of 10: 49.0 to 94.3 % (Brown, Cai and DasGupta, 2001).
        #expect(abs(share.interval.lowerBound - 0.490) < 0.001)
        #expect(abs(share.interval.upperBound - 0.943) < 0.001)
    }

    @Test("a body that hovers hangs; one that jumps, walks or stands does not")
    func hanging() throws {
        #expect(MotionFaults.hangs(Puppet.clip { _, frame in frame.pelvis.y += 0.15 }))
        #expect(MotionFaults.hangs(Puppet.clip { time, frame in frame.pelvis.y += (1...1.5).contains(time) ? 0.2 : 0 }))
        #expect(
            !MotionFaults.hangs(
                Puppet.clip { time, frame in frame.pelvis.y += max(0, 0.3 - 4.905 * (time - 1) * (time - 1)) }))
        for fixture in ["walk", "turn_left", "jump"] { #expect(try !MotionFaults.hangs(Fixture.clip(fixture))) }
    }
}
