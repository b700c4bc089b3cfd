import Testing

@testable import Messaging

@Suite struct BacklogTests {
    /// Looks at peers that have sent so many bytes in all; returns who has to go.
    private func look(
        _ backlog: inout Backlog, _ taken: [Int64], _ bases: inout [Int64], isForgiving: Bool = false
    ) -> [Int] {
        backlog.beginLook(isForgiving: isForgiving)
        var peers: [(name: Int, bytes: Int64)] = []
        for index in taken.indices { peers.append((index, backlog.bytes(taken: taken[index], base: &bases[index]))) }
        return backlog.excess(of: peers)
    }

    @Test func `those who sent most have to go, as many as it takes`() {
        var backlog = Backlog(Backlog.Mark(), limit: 1000)
        var bases: [Int64] = [0, 0, 0, 0]
        #expect(look(&backlog, [100, 700, 10, 190], &bases) == [])
        #expect(look(&backlog, [100, 900, 10, 190], &bases) == [1])
        #expect(look(&backlog, [600, 900, 10, 700], &bases) == [1, 3])
        // Who has sent nearly nothing is let be, also when others left much behind.
        backlog.depart(5000)
        #expect(look(&backlog, [100, 0, 10, 0], &bases) == [0])
        // Newcomers are looked at sooner, until the owner has taken all.
        #expect(backlog.isOverrun)
        backlog.mark.set()
        #expect(look(&backlog, [100, 0, 10, 0], &bases) == [])
        #expect(!backlog.isOverrun)
    }

    @Test func `what the owner has taken does not count`() {
        let mark = Backlog.Mark()
        var backlog = Backlog(mark, limit: 1000)
        var bases: [Int64] = [0, 0]
        for round in 1...100 {
            #expect(look(&backlog, [Int64(round) * 900, 0], &bases) == [], "\(round)")
            mark.set()
            #expect(look(&backlog, [Int64(round) * 900, 0], &bases) == [])
        }
        backlog.depart(2000)
        mark.set()
        #expect(look(&backlog, [100_000, 0], &bases) == [])
    }

    @Test func `heartbeats of a client that asks for nothing all day drop nobody`() {
        var backlog = Backlog(Backlog.Mark(), limit: 1 << 16)
        var bases = [Int64](repeating: 0, count: 500)
        for second in 1...86_400 where second % 20 == 0 || second < 100 {
            let sent = Int64(second) * 9
            #expect(look(&backlog, [Int64](repeating: sent, count: 500), &bases, isForgiving: true) == [])
        }
    }
}
