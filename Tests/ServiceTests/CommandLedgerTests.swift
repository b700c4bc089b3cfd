import Service
import ServiceCore
import Testing
import TextEncoding
import Wire

private func accepted(
    _ ledger: inout CommandLedger, id: String? = nil, robot: String = "a", mode: Say.Mode = .append
) throws -> (entry: CommandLedger.Entry, position: Int) {
    var say = Say(text: "walk")
    say.mode = mode
    return try ledger.accept(
        say, id: id, robots: [(robot, 0)], segments: [TextSegment(text: "walk")], expiry: nil, received: 0)
}

@Suite struct CommandLedgerTests {
    @Test func `commands are numbered, and positions count the unfinished ones of the robot`() throws {
        var ledger = CommandLedger()
        let first = try accepted(&ledger)
        #expect(first.position == 1)
        let second = try accepted(&ledger, robot: "b")
        #expect(second.position == 1)
        let third = try accepted(&ledger)
        #expect(third.position == 2)
        #expect(third.entry.number == 3)
        #expect(ledger.unfinished(of: "a").map(\.number) == [1, 3])
    }

    @Test func `what is over stays over`() throws {
        var ledger = CommandLedger()
        let number = try accepted(&ledger).entry.number
        let moves = [.generating, .generating, .cancelled, .playing].map { ledger.move(number, to: $0) }
        #expect(moves == [true, false, true, false])
        #expect(ledger[number]?.state == .cancelled)
        #expect(ledger.unfinished(of: "a").isEmpty)
    }

    @Test func `a full queue refuses to append, and lets a replacement through`() throws {
        var ledger = CommandLedger()
        for _ in 0..<CommandLedger.queueLimit { _ = try accepted(&ledger) }
        let before = ledger
        let error = #expect(throws: RequestError.self) {
            var full = before
            _ = try accepted(&full)
        }
        #expect(error?.code == .queueFull)
        #expect(error?.isRetryable == true)
        _ = try accepted(&ledger, robot: "b")
        _ = try accepted(&ledger, mode: .replace)
    }

    @Test func `commands are found by the daemon's name and by the client's`() throws {
        var ledger = CommandLedger()
        _ = try accepted(&ledger, id: "mine")
        let second = try accepted(&ledger, id: "mine").entry
        #expect(ledger.find("c-000001")?.number == 1)
        #expect(ledger.find("mine")?.number == second.number)
        #expect(ledger.find("c-000003") == nil)
        #expect(ledger.find("") == nil)
    }

    @Test func `the same request again gets the same answer, another one under its id an error`() throws {
        let answers = AnswerMemory()
        var request = Request(.say(Say(text: "walk")), id: "x")
        #expect(try answers.earlierAnswer(to: request) == nil)
        let reply = Reply(id: "x", result: .success([.init("command", "c-000001")]))
        answers.remember(reply, to: request)
        request.sentNanoseconds = 77
        #expect(try answers.earlierAnswer(to: request) == reply)
        request.verb = .say(Say(text: "run"))
        let error = #expect(throws: RequestError.self) { try answers.earlierAnswer(to: request) }
        #expect(error?.code == .duplicateID)
    }

    @Test func `memory is bounded`() throws {
        var ledger = CommandLedger()
        let answers = AnswerMemory()
        for index in 0..<AnswerMemory.limit + 10 {
            answers.remember(Reply(id: "\(index)", result: .success([])), to: Request(.stop, id: "\(index)"))
        }
        #expect(try answers.earlierAnswer(to: Request(.stop, id: "9")) == nil)
        #expect(try answers.earlierAnswer(to: Request(.stop, id: "10")) != nil)
        for _ in 0..<CommandLedger.historyLimit + 5 {
            let number = try accepted(&ledger).entry.number
            _ = ledger.move(number, to: .done)
        }
        #expect(ledger[5] == nil)
        #expect(ledger[6]?.state == .done)
    }
}
