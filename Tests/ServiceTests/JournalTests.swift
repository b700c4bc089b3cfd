import Foundation
import JSON
import Service
import ServiceCore
import Testing
import Wire

@Suite struct JournalTests {
    /// A folder of its own for every test.
    private static func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/kmmd-journal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private static let request: JSONValue = ["type": "say", "id": "mine", "body": ["text": "walk"]]

    @Test func `what was not over when the process ended was interrupted, also at the next start`() throws {
        let folder = try Self.folder()
        do {
            let journal = Journal(folder: folder)
            #expect(journal.open().nextNumber == 1)
            journal.accept(1, robots: ["a"], request: Self.request)
            journal.end(1, .done)
            journal.accept(2, robots: ["a", "b"], request: ["type": "play", "body": ["file": "x.bvh"]])
        }
        for _ in 0..<2 {
            let recovery = Journal(folder: folder).open()
            #expect(recovery.records.map(\.state) == [.done, .interrupted])
            #expect(recovery.records.map(\.robots) == [["a"], ["a", "b"]])
            #expect(recovery.nextNumber == 3)
            #expect(recovery.brokenLines == 0)
            #expect(recovery.problem == nil)
        }
    }

    @Test func `a ledger answers for what an earlier process accepted`() throws {
        let folder = try Self.folder()
        do {
            let journal = Journal(folder: folder)
            _ = journal.open()
            journal.accept(7, robots: ["a"], request: Self.request, of: .key("k"))
            journal.accept(8, robots: ["a"], request: Self.request, of: .connection(socket: "command", [0, 1]))
            journal.end(8, .done)
        }
        var ledger = CommandLedger()
        let answers = AnswerMemory()
        ledger.restore(Journal(folder: folder).open(), answers: answers)
        #expect(ledger.find("mine", for: .key("k"))?.state == .interrupted)
        #expect(ledger.find("mine", for: .key("other"))?.state == .done)
        let again = try RequestDecoder.decode(Self.request).result.get()
        let answer = try #require(try answers.earlierAnswer(to: again, of: .key("k")))
        #expect(answer.json["command"] == "c-000007")
        #expect(answer.json["state"] == "interrupted")
        var other = again
        other.verb = .say(Say(text: "run"))
        #expect(throws: RequestError.self) { try answers.earlierAnswer(to: other, of: .key("k")) }
        #expect(try answers.earlierAnswer(to: other, of: .connection(socket: "command", [0, 1])) == nil)
        let next = try ledger.accept(
            Say(text: "run"), id: nil, robots: [("a", 0)], segments: [], expiry: nil, received: 0)
        #expect(next.entry.number == 9)
        #expect(next.position == 1)
    }

    @Test func `half a line at the end is what a death leaves; broken lines elsewhere are counted and put aside`()
        throws
    {
        let folder = try Self.folder()
        let path = folder + "/commands.jsonl"
        let good = #"{"accepted":3,"robots":["a"],"t_wall_ns":1,"request":{"type":"say","body":{"text":"walk"}}}"#
        try (good + "\n" + #"{"ended":3,"sta"#).write(toFile: path, atomically: true, encoding: .utf8)
        var recovery = Journal(folder: folder).open()
        #expect(recovery.records.map(\.state) == [.interrupted])
        #expect(recovery.brokenLines == 0)
        try ("\u{1}\u{2}\n{}\n" + good + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        recovery = Journal(folder: folder).open()
        #expect(recovery.records.map(\.number) == [3])
        #expect(recovery.brokenLines == 2)
        #expect(recovery.putAside.map { FileManager.default.fileExists(atPath: $0) } == true)
    }

    @Test(
        arguments: [
            #"{"accepted":9223372036854775807,"robots":["x"],"request":{"type":"say","body":{"text":"w"}}}"#,
            #"{"next":9223372036854775807}"#, #"{"ended":9223372036854775807,"state":"done"}"#,
        ])
    func `a number that no command can have is a broken line`(line: String) throws {
        let folder = try Self.folder()
        try (line + "\n").write(toFile: folder + "/commands.jsonl", atomically: true, encoding: .utf8)
        let recovery = Journal(folder: folder).open()
        #expect(recovery.brokenLines == 1)
        #expect(recovery.nextNumber == 1)
    }

    @Test func `a journal stays small however much is written, and knows what is not over`() throws {
        let folder = try Self.folder()
        let long: JSONValue = [
            "type": "say", "body": ["text": "walk"], "x": .string(String(repeating: "x", count: 9000)),
        ]
        do {
            let journal = Journal(folder: folder)
            _ = journal.open()
            journal.accept(1, robots: ["a"], request: Self.request)
            for number in 2...700 {
                journal.accept(Int64(number), robots: ["a"], request: long)
                journal.end(Int64(number), .done)
            }
        }
        let sizes = try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
            try FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.size] as? Int ?? 0
        }
        #expect(sizes.reduce(0, +) < 2 * Journal.rotationSize + 100_000)
        for _ in 0..<2 {
            let recovery = Journal(folder: folder).open()
            #expect(recovery.records.first?.number == 1)
            #expect(recovery.records.first?.state == .interrupted)
            #expect(recovery.records.last?.number == 700)
            #expect(recovery.nextNumber == 701)
            #expect(recovery.brokenLines == 0)
        }
    }

    @Test func `of a journal that is far too long the end is read`() throws {
        let folder = try Self.folder()
        let line = #"{"ended":5,"state":"done","x":"\#(String(repeating: "x", count: 999))"}"# + "\n"
        let good = #"{"accepted":7,"robots":["a"],"request":{"type":"say","body":{"text":"walk"}}}"# + "\n"
        let text = String(repeating: line, count: 20_000) + good
        try text.write(toFile: folder + "/commands.jsonl", atomically: true, encoding: .utf8)
        let start = Clock.monotonic()
        let recovery = Journal(folder: folder).open()
        #expect(Clock.monotonic() - start < 10_000_000_000)
        #expect(recovery.records.map(\.number) == [7])
        #expect(recovery.brokenLines == 0)
        let size = try FileManager.default.attributesOfItem(atPath: folder + "/commands.jsonl")[.size] as? Int
        #expect(size.map { $0 < 10_000 } == true)
    }

    @Test func `two processes do not share a journal`() throws {
        let folder = try Self.folder()
        let first = Journal(folder: folder)
        #expect(first.open().problem == nil)
        #expect(Journal(folder: folder).open().problem?.contains("another kmmd") == true)
        withExtendedLifetime(first) {}
    }

    @Test func `where nothing can be written, that is told, and nothing else happens`() throws {
        let folder = try Self.folder()
        try FileManager.default.createDirectory(atPath: folder + "/commands.jsonl", withIntermediateDirectories: true)
        let journal = Journal(folder: folder)
        #expect(journal.open().problem?.contains("cannot be opened") == true)
        journal.accept(1, robots: ["a"], request: Self.request)
    }
}
