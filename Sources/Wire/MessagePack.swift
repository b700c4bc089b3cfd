public import JSON

/// Why bytes are no msgpack value that JSON could say.
public struct MessagePackError: Error, Hashable, Sendable {
    /// Bytes before the offending place.
    public var offset: Int
    /// What is wrong there.
    public var reason: String
}

extension JSONValue {
    /// Reads one msgpack value that fills `bytes`, as far as JSON has a value for it (github.com/msgpack, spec.md).
    ///
    /// As strict as the JSON reader: names of members are text and named once, numbers are finite, nesting is bounded.
    /// Binary data and extensions are refused, and so are unsigned numbers above 2⁶³ − 1.
    public init(messagePack bytes: [UInt8], maximumDepth: Int = 32) throws(MessagePackError) {
        var reader = MessagePackReader(bytes: bytes, depthLeft: maximumDepth)
        self = try reader.value()
        guard reader.index == bytes.count else { throw reader.error("more follows the end of the value") }
    }

    /// Whether a body that starts with this byte is a msgpack map.
    static func opensMessagePackMap(_ byte: UInt8) -> Bool {
        (0x80...0x8F).contains(byte) || byte == 0xDE || byte == 0xDF
    }
}

private struct MessagePackReader {
    let bytes: [UInt8]
    var index = 0
    var depthLeft: Int

    init(bytes: [UInt8], depthLeft: Int) {
        self.bytes = bytes
        self.depthLeft = depthLeft
    }

    func error(_ reason: String) -> MessagePackError { MessagePackError(offset: index, reason: reason) }

    mutating func value() throws(MessagePackError) -> JSONValue {
        let first = UInt8(try number(bytes: 1))
        switch first {
        case 0x00...0x7F: return .integer(Int64(first))
        case 0x80...0x8F: return try map(count: Int(first & 0x0F))
        case 0x90...0x9F: return try list(count: Int(first & 0x0F))
        case 0xA0...0xBF: return .string(try text(count: Int(first & 0x1F)))
        case 0xC0: return .null
        case 0xC2, 0xC3: return .bool(first == 0xC3)
        case 0xCA: return try finite(Double(Float(bitPattern: UInt32(try number(bytes: 4)))))
        case 0xCB: return try finite(Double(bitPattern: try number(bytes: 8)))
        case 0xCC...0xCF:
            guard let integer = Int64(exactly: try number(bytes: 1 << Int(first - 0xCC))) else {
                throw error("the number is out of range")
            }
            return .integer(integer)
        case 0xD0: return .integer(Int64(Int8(bitPattern: UInt8(try number(bytes: 1)))))
        case 0xD1: return .integer(Int64(Int16(bitPattern: UInt16(try number(bytes: 2)))))
        case 0xD2: return .integer(Int64(Int32(bitPattern: UInt32(try number(bytes: 4)))))
        case 0xD3: return .integer(Int64(bitPattern: try number(bytes: 8)))
        case 0xD9...0xDB: return .string(try text(count: try length(bytes: 1 << Int(first - 0xD9))))
        case 0xDC, 0xDD: return try list(count: try length(bytes: first == 0xDC ? 2 : 4))
        case 0xDE, 0xDF: return try map(count: try length(bytes: first == 0xDE ? 2 : 4))
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: first)))
        default: throw error("binary data and extensions are not read")
        }
    }

    /// A big-endian number.
    private mutating func number(bytes count: Int) throws(MessagePackError) -> UInt64 {
        guard bytes.count - index >= count else { throw error("the message ends where more is expected") }
        defer { index += count }
        return bytes[index..<index + count].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func length(bytes count: Int) throws(MessagePackError) -> Int { Int(try number(bytes: count)) }

    private func finite(_ number: Double) throws(MessagePackError) -> JSONValue {
        guard number.isFinite else { throw error("the number is not finite") }
        return .number(number)
    }

    private mutating func text(count: Int) throws(MessagePackError) -> String {
        guard bytes.count - index >= count else { throw error("the message ends inside a text") }
        guard let text = String(validating: bytes[index..<index + count], as: UTF8.self) else {
            throw error("the text is not valid UTF-8")
        }
        index += count
        return text
    }

    private mutating func list(count: Int) throws(MessagePackError) -> JSONValue {
        try descend()
        var elements: [JSONValue] = []
        for _ in 0..<count { elements.append(try value()) }
        depthLeft += 1
        return .array(elements)
    }

    private mutating func map(count: Int) throws(MessagePackError) -> JSONValue {
        try descend()
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        for _ in 0..<count {
            guard case .string(let name) = try value() else { throw error("a member's name is no text") }
            guard names.insert(name).inserted else { throw error("the member \"\(name)\" is there twice") }
            members.append(JSONValue.Member(name, try value()))
        }
        depthLeft += 1
        return .object(members)
    }

    private mutating func descend() throws(MessagePackError) {
        depthLeft -= 1
        guard depthLeft >= 0 else { throw error("nested too deep") }
    }
}
