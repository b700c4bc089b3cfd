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
