import Foundation
import Geometry
import JSON
import Testing

@Suite struct JSONTests {
    @Test(
        arguments: [
            ("null", JSONValue.null), (" true ", true), ("-0", 0), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e3", 1000.0), ("-0.5E-2", -0.005),
            (#""a\u00e9\ud83d\ude00\n\/""#, "aé😀\n/"), ("[]", []), ("[1, [2]]", [1, [2]]),
            (#"{"b":1,"a":{"c":null}}"#, ["b": 1, "a": ["c": .null]]),
        ] as [(String, JSONValue)])
    func `values are read`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text.utf8) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "1.", ".5", "+1", "1e", "1e999", "-", "nul",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "1 2", "[1}",
        "NaN",
        "Infinity", "{\"a\":1,\"a\":2}", "'a'", "/**/1",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func `the place of the mistake is told`() {
        #expect(throws: JSONSyntaxError(offset: 9, reason: "a value is expected")) {
            try JSONValue(parsing: "{\"text\": x}".utf8)
        }
    }

    @Test func `depth is bounded`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
        }
        _ = try JSONValue(parsing: nested(32))
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(33)) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(60_000)) }
    }

    @Test func `what is written is read again, by Foundation too`() throws {
        var random = SplitMix64(seed: 5)
        for _ in 0..<500 {
            let value = JSONValue.random(depth: 4, using: &random)
            #expect(try JSONValue(parsing: value.encoded) == value)
            _ = try JSONSerialization.jsonObject(with: Data(value.encoded), options: .fragmentsAllowed)
        }
    }

    @Test func `random bytes never crash the parser`() {
        var random = SplitMix64(seed: 6)
        let alphabet = Array(#"{}[]",:\u0d8eE+-.0123456789truefalsn "#.utf8) + [0xFF, 0xC3, 0xA9, 0]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            _ = try? JSONValue(parsing: bytes)
        }
    }
}

extension JSONValue {
    fileprivate static func random(depth: Int, using random: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 3: return .number(Double.random(in: -1e6...1e6, using: &random) + 0.5e-7)
        case 4:
            return .string(
                String((0..<5).map { _ in Character(Unicode.Scalar(UInt8.random(in: 0...255, using: &random))) }))
        case 5:
            return .array(
                (0..<Int.random(in: 0...3, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            return .object(
                (0..<Int.random(in: 0...3, using: &random)).map {
                    Member("k\($0)", .random(depth: depth - 1, using: &random))
                })
        }
    }
}
