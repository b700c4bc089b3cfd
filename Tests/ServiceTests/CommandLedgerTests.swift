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
        say, id: id, robots: [(robot, 0)], segments: [Action(text: "walk")], expiry: nil, received: 0)
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

    @Test func `a client's own name comes before that of another`() throws {
        var ledger = CommandLedger()
        func accept(_ client: ClientName) throws -> Int64 {
            try ledger.accept(
                Say(text: "walk"), id: "1", of: client, robots: [("a", 0)], segments: [], expiry: nil, received: 0
            ).entry.number
        }
        let (first, second) = (try accept(.key("a")), try accept(.key("b")))
        #expect(ledger.find("1", for: .key("a"))?.number == first)
        #expect(ledger.find("1", for: .key("b"))?.number == second)
        #expect(ledger.find("1", for: .web)?.number == second)
    }

    @Test func `the same request again gets the same answer, another one under its id an error`() throws {
        let answers = AnswerMemory()
        var request = Request(.say(Say(text: "walk")), id: "x")
        #expect(try answers.earlierAnswer(to: request, of: .key("a")) == nil)
        let reply = Reply(id: "x", result: .success([.init("command", "c-000001")]))
        answers.remember(reply, to: request, of: .key("a"))
        request.sentNanoseconds = 77
        #expect(try answers.earlierAnswer(to: request, of: .key("a")) == reply)
        request.verb = .say(Say(text: "run"))
        let error = #expect(throws: RequestError.self) { try answers.earlierAnswer(to: request, of: .key("a")) }
        #expect(error?.code == .duplicateID)
        // To another client it is an id like any other.
        #expect(try answers.earlierAnswer(to: request, of: .key("b")) == nil)
        #expect(try answers.earlierAnswer(to: request, of: .connection(socket: "command", [0, 1])) == nil)
    }

    @Test(arguments: [ClientName.key("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"), .routingID([7, 0, 255]), .web])
    func `clients that last are known to the next process`(client: ClientName) throws {
        #expect(try ClientName(lasting: #require(client.lasting)) == client)
        #expect(ClientName.connection(socket: "command", [0, 1, 2]).lasting == nil)
    }

    @Test(arguments: ["", "id:", "id:0", "id:zz", "other"])
    func `what names no client is none`(text: String) { #expect(ClientName(lasting: text) == nil) }

    @Test func `memory is bounded`() throws {
        var ledger = CommandLedger()
        let answers = AnswerMemory()
        for index in 0..<AnswerMemory.limit + 10 {
            answers.remember(Reply(id: "\(index)", result: .success([])), to: Request(.reset, id: "\(index)"), of: .web)
        }
        #expect(try answers.earlierAnswer(to: Request(.reset, id: "9"), of: .web) == nil)
        #expect(try answers.earlierAnswer(to: Request(.reset, id: "10"), of: .web) != nil)
        // Long texts take more room than many.
        let long = Say(text: String(repeating: "w", count: 2000))
        for index in 0..<2000 {
            let request = Request(.say(long), id: "long \(index)")
            answers.remember(Reply(id: request.id, result: .success([])), to: request, of: .web)
        }
        #expect(try answers.earlierAnswer(to: Request(.say(long), id: "long 1000"), of: .web) == nil)
        #expect(try answers.earlierAnswer(to: Request(.say(long), id: "long 1999"), of: .web) != nil)
        for _ in 0..<CommandLedger.historyLimit + 5 {
            let number = try accepted(&ledger).entry.number
            _ = ledger.move(number, to: .done)
        }
        #expect(ledger[5] == nil)
        #expect(ledger[6]?.state == .done)
    }
}
