import JSON
import Testing

@Suite struct JSONCodingTests {
    private struct Outer: Codable, Hashable {
        enum Kind: String, Codable { case one }
        struct Inner: Codable, Hashable {
            var text: String
            var duration: Double?
            enum CodingKeys: String, CodingKey {
                case text
                case duration = "duration_s"
            }
        }
        var firstFrame: Int64
        @Nullable var changedFrame: Int?
        var note: String?
        var byRobot: [String: [String: Int]]
        var inner: [Inner]
        var matrix: [[Double]]
        var small: UInt8
        var kind: Kind
        var free: JSONValue
        var isOn: Bool
    }

    private let outer = Outer(
        firstFrame: .max, changedFrame: nil, note: nil, byRobot: ["unitreeG1": ["leftKnee": 3]],
        inner: [.init(text: "a", duration: 2), .init(text: "b", duration: nil)], matrix: [[1, 0.5], []], small: 255,
        kind: .one, free: ["q": [1, .null]], isOn: true)

    @Test func `members are named as the wire names them, and data keeps its names`() throws {
        let text = JSONValue(encoding: outer).text
        #expect(
            text
                == #"{"first_frame":9223372036854775807,"changed_frame":null,"by_robot":{"unitreeG1":{"leftKnee":3}},"#
                + #""inner":[{"text":"a","duration_s":2.0},{"text":"b"}],"matrix":[[1.0,0.5],[]],"small":255,"#
                + #""kind":"one","free":{"q":[1,null]},"is_on":true}"#)
    }

    @Test func `what was written is read again, also after a way over the wire`() throws {
        let value = JSONValue(encoding: outer)
        #expect(try value.decoded(as: Outer.self) == outer)
        #expect(try JSONValue(parsing: Array(value.text.utf8)).decoded(as: Outer.self) == outer)
    }

    @Test(arguments: [
        #"{}"#, #"[]"#, #"{"first_frame":1.5}"#, #"{"first_frame":"1"}"#,
        #"{"first_frame":1,"by_robot":[]}"#, #"{"first_frame":1,"by_robot":{},"inner":[],"matrix":[],"small":256}"#,
    ])
    func `what does not fit is an error`(text: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: DecodingError.self) { try value.decoded(as: Outer.self) }
    }
}
