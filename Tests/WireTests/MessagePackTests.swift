import Geometry
import JSON
import Testing

@testable import Wire

@Suite struct MessagePackTests {
    /// Bytes by the specification's own table of formats, and as `msgpack.packb` of Python writes them.
    @Test(
        arguments: [
            ([0xC0], JSONValue.null), ([0xC2], false), ([0xC3], true), ([0x07], 7), ([0x7F], 127), ([0xE0], -32),
            ([0xFF], -1),
            ([0xCC, 0xFF], 255), ([0xCD, 0x01, 0x00], 256), ([0xCE, 0x80, 0, 0, 0], 2_147_483_648),
            ([0xCF, 0, 0, 0, 1, 0, 0, 0, 0], 4_294_967_296), ([0xD0, 0x80], -128), ([0xD1, 0xFF, 0x00], -256),
            ([0xD2, 0x80, 0, 0, 0], -2_147_483_648), ([0xD3, 0xFF, 0xFF, 0xFF, 0xFE, 0, 0, 0, 0], -8_589_934_592),
            ([0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], 1.5), ([0xCA, 0x3F, 0xC0, 0, 0], 1.5), ([0xA2, 0x68, 0x69], "hi"),
            ([0xD9, 0x02, 0xC3, 0xA9], "é"), ([0x92, 0x01, 0xA1, 0x61], [1, "a"]), ([0xDC, 0, 1, 0xC0], [.null]),
            ([0x81, 0xA1, 0x61, 0x90], ["a": []]), ([0xDE, 0, 1, 0xA1, 0x61, 0x01], ["a": 1]),
        ] as [([UInt8], JSONValue)])
    func `every format is read`(bytes: [UInt8], value: JSONValue) throws {
        #expect(try JSONValue(messagePack: bytes) == value)
    }

    @Test(
        arguments: [
            [], [0xC1], [0xC4, 0x01, 0x00], [0xD4, 0, 0], [0xA3, 0x61], [0xA1, 0xFF], [0x81, 0x01, 0x01],
            [0x81, 0xA1, 0x61],
            [0x82, 0xA1, 0x61, 0x01, 0xA1, 0x61, 0x02], [0xCF, 0xFF, 0, 0, 0, 0, 0, 0, 0], [0xCA, 0x7F, 0x80, 0, 0],
            [0x01, 0x01],
            [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDB, 0xFF, 0xFF, 0xFF, 0xFF], Array(repeating: 0x91, count: 100),
        ] as [[UInt8]])
    func `what JSON cannot say, or is cut short, is an error`(bytes: [UInt8]) {
        #expect(throws: MessagePackError.self) { try JSONValue(messagePack: bytes) }
    }

    @Test func `no bytes crash the reader`() {
        var generator = SplitMix64(seed: 5)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &generator)
            _ = try? JSONValue(messagePack: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    @Test func `a request may be a msgpack map`() throws {
        // {"type": "say", "robot": ["a", "b"], "body": {"text": "wave"}}
        let bytes: [UInt8] =
            [0x83, 0xA4] + Array("type".utf8) + [0xA3] + Array("say".utf8) + [0xA5] + Array("robot".utf8)
            + [0x92, 0xA1, 0x61, 0xA1, 0x62, 0xA4] + Array("body".utf8) + [0x81, 0xA4] + Array("text".utf8) + [0xA4]
            + Array("wave".utf8)
        let outcome = RequestDecoder.decode(bytes)
        let request = try outcome.result.get()
        #expect(request.verb == .say(Say(text: "wave")))
        #expect(request.robots == ["a", "b"])
        #expect(try RequestDecoder.decode(outcome.value).result.get() == request)
    }
}
