import Messaging
import Testing

@testable import Publishing

@Suite struct MessageRingTests {
    private func add(_ ring: MessageRing, _ bytes: [UInt8], at time: Int64 = 0) -> Bool {
        bytes.withUnsafeBytes { ring.add($0, at: time, isEssential: false) }
    }

    @Test func `messages of all sizes come out whole and in order, over many turns of the ring`() {
        let ring = MessageRing(capacity: 256)
        for round in 0..<1000 {
            let sent = (0..<(round % 4 + 1)).map { index in
                [UInt8](repeating: UInt8(truncatingIfNeeded: round + index), count: (round * 7 + index * 5) % 40)
            }
            let isTaken = sent.map { add(ring, $0) }
            #expect(isTaken.allSatisfy { $0 }, "round \(round)")
            var received: [[UInt8]] = []
            while ring.take({ _, bytes, isNewest in
                received.append([UInt8](bytes))
                #expect(isNewest == (received.count == sent.count))
            }) {}
            #expect(received == sent)
        }
    }

    @Test func `what finds no room is refused, and what is there stays`() {
        let ring = MessageRing(capacity: 256)
        #expect(!add(ring, [UInt8](repeating: 1, count: 200)))
        var kept = 0
        while add(ring, [UInt8](repeating: UInt8(kept), count: 30)) { kept += 1 }
        #expect(kept == 256 / 48)
        var taken = 0
        while ring.take({ _, bytes, _ in #expect(bytes.allSatisfy { $0 == UInt8(taken) }) }) { taken += 1 }
        #expect(taken == kept)
    }

    @Test func `one thread adds while another takes`() throws {
        let ring = MessageRing(capacity: 1024)
        let count = 200_000
        let thread = try NamedThread(name: "adds") {
            for number in 0..<count {
                let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 100)
                while !bytes.withUnsafeBytes({ ring.add($0, at: Int64(number), isEssential: true) }) {}
            }
        }
        var next = 0
        var isSound = true
        while next < count {
            _ = ring.take { header, bytes, _ in
                isSound =
                    isSound && header.time == Int64(next) && bytes.count == next % 100
                    && bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: next) }
                next += 1
            }
        }
        thread.join()
        #expect(isSound)
    }

    @Test func `a sender sends what it was given before it closes, to those who listen`() throws {
        let context = try Context()
        let socket = try Socket(.publish, in: context)
        let endpoint = try socket.bind("tcp://127.0.0.1:*")
        let sender = try SocketSender(socket, name: "test", capacity: 4096)
        let subscriber = try Socket(.subscribe, in: context)
        try subscriber.connect(endpoint)
        try subscriber.subscribe("")
        var heard: [UInt8]?
        for number in 0..<200 where heard == nil {
            [UInt8(number)].withUnsafeBytes { sender.send($0) }
            if try subscriber.waitUntilReadable(milliseconds: 20) { heard = try subscriber.receive()?.parts.first }
        }
        #expect(heard != nil)
        [UInt8(255)].withUnsafeBytes { sender.send($0, isEssential: true) }
        sender.close()
        var last = heard
        while try subscriber.waitUntilReadable(milliseconds: 500), let next = try subscriber.receive() {
            last = next.parts.first
        }
        #expect(last == [255])
    }
}
