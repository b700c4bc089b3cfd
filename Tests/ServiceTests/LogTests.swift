import Glibc
import ServiceCore
import Testing

@testable import Service

@Suite struct LogTests {
    @Test func `a reader that stalls delays nobody, and hears how much it missed`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let writer = LogWriter(descriptor: ends[1])
        let start = Clock.monotonic()
        let line = String(repeating: "x", count: 200)
        for _ in 0..<10_000 { writer.add(line) }
        #expect(Clock.monotonic() - start < 1_000_000_000)
        // The reader goes on.
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var text = ""
        func read() {
            var item = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            while poll(&item, 1, 200) > 0 {
                let count = Glibc.read(ends[0], &bytes, bytes.count)
                text += String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            }
        }
        read()
        writer.add("the end")
        read()
        #expect(text.hasSuffix("the end\n"))
        let told = text.split(separator: "\n").compactMap { Int($0.dropFirst().prefix { $0.isNumber }) }
        #expect(told.reduce(0, +) + text.split(separator: "\n").filter { $0 == line }.count == 10_000)
    }

    @Test func `one place logs only so often, and tells what it withheld`() {
        var throttle = LogThrottle()
        let passed = (0..<200).filter { _ in throttle.pass("a", at: 5).passes }.count
        #expect(passed == LogThrottle.limit)
        #expect(throttle.pass("b", at: 5).passes)
        let next = throttle.pass("a", at: 1_000_000_005)
        #expect(next.passes && next.withheld == 200 - LogThrottle.limit)
    }

    @Test func `what clients send forges no line and moves no cursor`() {
        let text = LogOutput.escaped("a\n12:00:00 error: forged\u{1B}[2J\u{9B}2J\u{202E}é 停")
        #expect(text == #"a\u{a}12:00:00 error: forged\u{1b}[2J\u{9b}2J\u{202e}é 停"#)
    }
}
