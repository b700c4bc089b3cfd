import Geometry
import Testing
import Wire

private func decoded(_ text: String) throws -> Request { try RequestDecoder.decode(text.utf8).result.get() }

private func refused(_ text: String) -> RequestError? { refused(Array(text.utf8)) }

private func refused(_ bytes: [UInt8]) -> RequestError? {
    if case .failure(let error) = RequestDecoder.decode(bytes).result { error } else { nil }
}

@Suite struct RequestTests {
    @Test func `plain text means say on the default robot`() throws {
        let request = try decoded("  walk forward\n")
        #expect(request == Request(.say(Say(text: "walk forward"))))
        #expect(request.robots.isEmpty)
        #expect(request.id == nil)
    }

    @Test func `every field of say is read`() throws {
        let request = try decoded(
            """
            {"v":1,"id":"a-1","type":"say","robot":"unitree_g1","deadline_ms":2000,"sent_ns":1790000000000000000,
             "body":{"text":"wave","mode":"replace","at":"contact","duration_s":6,"seed":7,"guidance":2.5,
                     "temperature":0.5,"repeat":3}}
            """)
        var say = Say(text: "wave")
        say.mode = .replace
        say.moment = .contact
        say.duration = 6
        say.seed = 7
        say.guidance = 2.5
        say.temperature = 0.5
        say.repeats = 3
        #expect(request.verb == .say(say))
        #expect(request.id == "a-1")
        #expect(request.robots == ["unitree_g1"])
        #expect(request.warnings.isEmpty)
        #expect(request.expiry(receivedAt: 5) == 1_790_000_002_000_000_000)
    }

    @Test func `a deadline runs from receipt when the client states no time`() throws {
        let request = try decoded(#"{"type":"say","deadline_ms":10,"body":{"text":"x"}}"#)
        #expect(request.expiry(receivedAt: 1_000_000_000) == 1_010_000_000)
        #expect(try decoded("x").expiry(receivedAt: 1) == nil)
    }

    @Test(arguments: [
        ("hello", Verb.hello), ("hold", .hold), ("resume", .resume), ("stop", .stop), ("halt", .halt),
        ("reset", .reset), ("status", .status(command: nil)), ("robots", .robots), ("robot", .robot),
    ])
    func `verbs without arguments`(name: String, verb: Verb) throws {
        #expect(try decoded(#"{"type":"\#(name)"}"#).verb == verb)
        #expect(verb.name == name)
    }

    @Test func `unknown keys are ignored and listed`() throws {
        let outcome = RequestDecoder.decode(
            #"{"type":"say","colour":"red","body":{"text":"x","speed":2,"mode":null}}"#.utf8)
        #expect(outcome.warnings.count == 2)
        #expect(outcome.warnings[0].contains("`colour`"))
        #expect(outcome.warnings[1].contains("`body.speed`"))
        #expect(try outcome.result.get().verb == .say(Say(text: "x")))
    }

    @Test(arguments: [
        ("", "empty_text", nil), (" \n\t", "empty_text", nil),
        (#"{"type":"say","body":{"text":""}}"#, "empty_text", "body.text"),
        (String(repeating: "a", count: 2001), "text_too_long", nil), ("{", "invalid_json", nil),
        ("[1,2", "invalid_json", nil), ("[1,2]", "invalid_type", nil), ("{}", "missing_field", "type"),
        (#"{"type":7}"#, "invalid_type", "type"), (#"{"type":"dance"}"#, "unknown_verb", "type"),
        (#"{"type":"play"}"#, "missing_field", "body.file"), (#"{"type":"say"}"#, "missing_field", "body.text"),
        (#"{"type":"say","body":[]}"#, "invalid_type", "body"),
        (#"{"type":"say","body":{"text":5}}"#, "invalid_type", "body.text"),
        (#"{"type":"say","body":{"text":"x","duration_s":"6"}}"#, "invalid_type", "body.duration_s"),
        (#"{"type":"say","body":{"text":"x","duration_s":1e9}}"#, "out_of_range", "body.duration_s"),
        (#"{"type":"say","body":{"text":"x","duration_s":1e999}}"#, "invalid_json", nil),
        (#"{"type":"say","body":{"text":"x","seed":-1}}"#, "out_of_range", "body.seed"),
        (#"{"type":"say","body":{"text":"x","seed":1.5}}"#, "invalid_type", "body.seed"),
        (#"{"type":"say","body":{"text":"x","repeat":0}}"#, "out_of_range", "body.repeat"),
        (#"{"type":"say","body":{"text":"x","temperature":0}}"#, "out_of_range", "body.temperature"),
        (#"{"type":"say","body":{"text":"x","mode":"later"}}"#, "out_of_range", "body.mode"),
        (#"{"type":"say","body":{"text":"x","at":"contact"}}"#, "invalid_combination", "body.at"),
        (#"{"type":"cancel"}"#, "missing_field", "body.command"),
        (#"{"type":"stop","v":2}"#, "unsupported_version", "v"),
        (#"{"type":"stop","v":"1"}"#, "invalid_type", "v"), (#"{"type":"stop","id":5}"#, "invalid_type", "id"),
        (#"{"type":"stop","deadline_ms":-1}"#, "out_of_range", "deadline_ms"),
    ])
    func `what is wrong gets its own code and place`(body: String, code: String, field: String?) throws {
        let error = try #require(refused(body))
        #expect(error.code.rawValue == code)
        #expect(error.field == field)
        #expect(!error.message.isEmpty)
    }

    @Test func `bytes that are no text`() {
        #expect(refused([0x61, 0xFF, 0x62])?.code == .invalidUTF8)
        #expect(
            refused(Array(#"{"type":"say","body":{"text":""#.utf8) + [0xFF] + Array(#""}}"#.utf8))?.code == .invalidUTF8
        )
        #expect(refused([0x81, 0xA4])?.code == .invalidMessagePack)
        #expect(refused([0xDE, 0x00, 0x01])?.code == .invalidMessagePack)
        #expect(refused([UInt8](repeating: UInt8(ascii: "a"), count: 64 * 1024 + 1))?.code == .tooLarge)
        #expect(refused([UInt8](repeating: UInt8(ascii: "["), count: 64 * 1024))?.code == .invalidJSON)
    }

    @Test func `the id of a refused request is kept`() {
        #expect(RequestDecoder.decode(#"{"id":"a","type":"dance"}"#.utf8).id == "a")
    }

    @Test func `replies and errors as the wire shows them`() {
        let refusal = Reply(
            id: "a", result: .failure(RequestError(.unknownRobot, "no \"x\"", field: "robot")), warnings: ["w"])
        #expect(
            refusal.json.text
                == #"{"v":1,"id":"a","ok":false,"error":{"code":"unknown_robot","message":"no \"x\"","field":"robot","retryable":false},"warnings":["w"]}"#
        )
        let misunderstood = RequestError(.notUnderstood, "no", reason: "unlike", nearest: ["wave", "clap"])
        #expect(
            misunderstood.json.text
                == #"{"code":"not_understood","message":"no","field":null,"retryable":false,"reason":"unlike","nearest":["wave","clap"]}"#
        )
        let answer = Reply(id: nil, result: .success([.init("state", "queued"), .init("position", 1)]))
        #expect(answer.json.text == #"{"v":1,"id":null,"ok":true,"state":"queued","position":1}"#)
    }

    @Test func `random damage to a request never crashes`() {
        var random = SplitMix64(seed: 3)
        let whole = Array(#"{"v":1,"id":"a","type":"say","body":{"text":"wave","duration_s":6.0,"seed":7}}"#.utf8)
        for _ in 0..<5000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = RequestDecoder.decode(bytes)
        }
    }
}
