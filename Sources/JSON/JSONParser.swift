/// Why a text is no JSON.
public struct JSONSyntaxError: Error, Hashable, Sendable {
    /// Bytes before the offending place.
    public var offset: Int
    /// What is wrong there.
    public var reason: String

    /// Creates an error.
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONValue {
    /// Reads one JSON value (RFC 8259) that fills `bytes` but for white space.
    ///
    /// Stricter than the standard asks where leniency hides mistakes: a member named twice, a lone surrogate and a
    /// number that is not finite are errors. Nesting is bounded, so that no input exhausts the stack.
    public init(parsing bytes: some Collection<UInt8>, maximumDepth: Int = 32) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: Array(bytes), maximumDepth: maximumDepth)
        self = try parser.document()
    }

    /// As `init(parsing:)`, and says where in the text each member stands, for messages about a file.
    ///
    /// - Returns: The value, and the line, counted from 1, of the name of every member by its JSON pointer (RFC 6901).
    public static func parsingLines(
        _ bytes: some Collection<UInt8>
    ) throws(JSONSyntaxError) -> (value: JSONValue, lines: [String: Int]) {
        var parser = JSONParser(bytes: Array(bytes), maximumDepth: 32)
        parser.places = [:]
        let value = try parser.document()
        let breaks = parser.bytes.indices.filter { parser.bytes[$0] == UInt8(ascii: "\n") }
        return (value, (parser.places ?? [:]).mapValues { place in 1 + breaks.count { $0 < place } })
    }
}

extension JSONSyntaxError {
    /// The line of the offending place in the text that was read, counted from 1.
    public func line(in bytes: some Collection<UInt8>) -> Int {
        1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let maximumDepth: Int
    var index = 0
    var depth = 0
    /// Where each member's name begins, by pointer; nil when nobody asks.
    var places: [String: Int]?
    private var pointer = ""

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw error("more follows the end of the value") }
        return value
    }

    private func error(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(offset: index, reason: reason) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        guard let first = next else { throw error("the text ends where a value is expected") }
        switch first {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value is expected")
        }
    }

    private mutating func nested(
        _ read: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        depth += 1
        defer { depth -= 1 }
        guard depth <= maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
        index += 1
        return try read(&self)
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a member's name in quotes is expected") }
            let place = index
            let name = try string()
            guard names.insert(name).inserted else {
                throw JSONSyntaxError(offset: place, reason: "the member \"\(name)\" is there twice")
            }
            skipSpace()
            guard take(":") else { throw error("':' is expected after a member's name") }
            let outer = pointer
            note(name, at: place)
            members.append(JSONValue.Member(name, try value()))
            pointer = outer
            skipSpace()
        } while take(",")
        guard take("}") else { throw error("',' or '}' is expected") }
        return .object(members)
    }

    private mutating func note(_ name: String, at place: Int) {
        guard places != nil else { return }
        pointer += "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
        places?[pointer] = place
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        repeat {
            let outer = pointer
            skipSpace()
            note("\(elements.count)", at: index)
            elements.append(try value())
            pointer = outer
            skipSpace()
        } while take(",")
        guard take("]") else { throw error("',' or ']' is expected") }
        return .array(elements)
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        guard bytes[index...].starts(with: word.utf8) else { throw error("a value is expected") }
        index += word.utf8.count
        return value
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = index
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { index += 1 }
        guard index > start else { throw error("a digit is expected") }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = index
        var isWhole = true
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw JSONSyntaxError(offset: start, reason: "the number is out of range")
        }
        return .number(number)
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = index
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw JSONSyntaxError(offset: start, reason: "the string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw JSONSyntaxError(offset: index - 1, reason: "a control character in a string")
            default: text.append(byte)
            }
        }
        throw JSONSyntaxError(offset: start, reason: "the string has no end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = next else { throw error("the text ends in an escape") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let place = index - 2
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else {
                    throw JSONSyntaxError(offset: place, reason: "half of a surrogate pair")
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw JSONSyntaxError(offset: place, reason: "half of a surrogate pair")
            }
            text += UTF8.encode(scalar).map(Array.init) ?? []
        default: throw JSONSyntaxError(offset: index - 2, reason: "an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits are expected")
            }
            code = code << 4 | UInt32(digit)
            index += 1
        }
        return code
    }
}
