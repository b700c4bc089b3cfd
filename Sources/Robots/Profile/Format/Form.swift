import JSON

/// How one kind of value stands in the JSON of a profile: how it is read and written, and its JSON Schema.
///
/// The forms of the profile's types are its format; nothing else knows a key.
struct Form<Value> {
    /// The JSON Schema (2020-12) of what is accepted.
    let schema: JSONValue
    /// Reads a value; what cannot be read leaves findings and gives nil.
    let read: (JSONValue, inout ProfileReading) -> Value?
    /// Writes a value that `read` gives back.
    let write: (Value) -> JSONValue
}

/// The place in a JSON document that is being read, and what was found wrong so far.
struct ProfileReading {
    private(set) var findings: [ProfileFinding] = []
    private var place = ""

    /// Reads what stands under `token`, the name of a member or the index of an element.
    mutating func at<Result>(_ token: String, _ read: (inout ProfileReading) -> Result) -> Result {
        let outer = place
        place += "/" + token.pointerToken
        defer { place = outer }
        return read(&self)
    }

    mutating func find(_ problem: String, remedy: String) {
        findings.append(ProfileFinding(path: place, problem: problem, remedy: remedy))
    }

    /// Notes that `value` is not what is `expected` here.
    mutating func refuse(_ value: JSONValue, expected: String) {
        let shown =
            switch value {
            case .null: "null"
            case .bool, .integer, .number: value.text
            case .string(let text): "the string " + JSONValue.string(String(text.prefix(60))).text
            case .array(let elements): "a list of \(elements.count)"
            case .object: "an object"
            }
        find("is \(shown)", remedy: "expected \(expected)")
    }
}

extension String {
    /// The text as one token of a JSON pointer (RFC 6901).
    var pointerToken: String {
        reduce(into: "") { token, character in
            switch character {
            case "~": token += "~0"
            case "/": token += "~1"
            default: token.append(character)
            }
        }
    }
}
