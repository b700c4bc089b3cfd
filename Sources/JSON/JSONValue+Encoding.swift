/// A value that is `null` in JSON when it is nil; other optional members are left out then.
@propertyWrapper
public struct Nullable<Value> {
    /// The value.
    public var wrappedValue: Value?

    /// Wraps a value.
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
}

extension Nullable: Equatable where Value: Equatable {}
extension Nullable: Hashable where Value: Hashable {}
extension Nullable: Sendable where Value: Sendable {}

extension Nullable: Encodable where Value: Encodable {
    /// Writes the value, or `null`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

extension Nullable: Decodable where Value: Decodable {
    /// Reads a value or `null`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self.init(wrappedValue: container.decodeNil() ? nil : try container.decode(Value.self))
    }
}

extension KeyedDecodingContainer {
    /// A member that is not there is nil too.
    public func decode<Value: Decodable>(
        _ type: Nullable<Value>.Type, forKey key: Key
    ) throws -> Nullable<Value> {
        Nullable(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
    }
}

extension JSONValue {
    /// The members of a value of Swift: `firstFrame` becomes `first_frame`, keys of dictionaries stay as they are.
    ///
    /// A value that refuses to be written is `null`; none of the synthesised ones does.
    public init(encoding value: some Encodable) {
        let encoder = ValueEncoder()
        self = (try? encoder.encode(value)) ?? .null
    }

    /// A key of Swift as JSON writes it: words in small letters, joined by underscores (`firstFrame`: `first_frame`).
    public static func memberName(_ key: String) -> String {
        guard key.contains(where: \.isUppercase) else { return key }
        return key.reduce(into: "") { name, letter in
            name += letter.isUppercase ? (name.isEmpty ? "" : "_") + letter.lowercased() : String(letter)
        }
    }
}

/// A dictionary by names, whose keys are data.
private protocol NamedValues {
    func members(_ encoder: ValueEncoder) throws -> [JSONValue.Member]
}

extension Dictionary: NamedValues where Key == String, Value: Encodable {
    fileprivate func members(_ encoder: ValueEncoder) throws -> [JSONValue.Member] {
        try sorted { $0.key < $1.key }.map { .init($0.key, try encoder.encode($0.value)) }
    }
}

/// Where one value goes, as it is being written.
private final class Target {
    var scalar: JSONValue?
    var members: [(name: String, target: Target)]?
    var elements: [Target]?

    var value: JSONValue {
        if let members { return .object(members.map { .init($0.name, $0.target.value) }) }
        if let elements { return .array(elements.map(\.value)) }
        return scalar ?? .object([])
    }
}

private struct ValueEncoder: Encoder {
    var codingPath: [any CodingKey] = []
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    var target = Target()

    func encode(_ value: some Encodable) throws -> JSONValue {
        switch value {
        case let value as JSONValue: return value
        case let value as any NamedValues: return .object(try value.members(self))
        case let value as Double: return .number(value)
        case let value as Float: return .number(Double(value))
        default:
            let encoder = ValueEncoder()
            try value.encode(to: encoder)
            return encoder.target.value
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        target.members = target.members ?? []
        return KeyedEncodingContainer(Keyed(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        target.elements = target.elements ?? []
        return Unkeyed(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: ValueEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        private func add(_ key: Key, _ value: JSONValue? = nil) -> ValueEncoder {
            let nested = ValueEncoder()
            nested.target.scalar = value
            encoder.target.members?.append((JSONValue.memberName(key.stringValue), nested.target))
            return nested
        }

        func encodeNil(forKey key: Key) throws { _ = add(key, .null) }
        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            _ = add(key, try encoder.encode(value))
        }
        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            add(key).container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { add(key).unkeyedContainer() }
        func superEncoder() -> any Encoder { encoder }
        func superEncoder(forKey key: Key) -> any Encoder { add(key) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let encoder: ValueEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }
        var count: Int { encoder.target.elements?.count ?? 0 }

        private func add(_ value: JSONValue? = nil) -> ValueEncoder {
            let nested = ValueEncoder()
            nested.target.scalar = value
            encoder.target.elements?.append(nested.target)
            return nested
        }

        func encodeNil() throws { _ = add(.null) }
        func encode<Value: Encodable>(_ value: Value) throws { _ = add(try encoder.encode(value)) }
        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            add().container(keyedBy: type)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { add().unkeyedContainer() }
        func superEncoder() -> any Encoder { add() }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: ValueEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        func encodeNil() throws { encoder.target.scalar = .null }
        func encode(_ value: Bool) throws { encoder.target.scalar = .bool(value) }
        func encode(_ value: String) throws { encoder.target.scalar = .string(value) }
        func encode(_ value: Double) throws { encoder.target.scalar = .number(value) }
        func encode(_ value: Float) throws { encoder.target.scalar = .number(Double(value)) }
        func encode<Value: Encodable>(_ value: Value) throws {
            if let integer = value as? any BinaryInteger, let number = Int64(exactly: integer) {
                encoder.target.scalar = .integer(number)
            } else {
                encoder.target.scalar = try encoder.encode(value)
            }
        }
        func encode(_ value: Int) throws { encoder.target.scalar = .integer(Int64(value)) }
        func encode(_ value: Int8) throws { encoder.target.scalar = .integer(Int64(value)) }
        func encode(_ value: Int16) throws { encoder.target.scalar = .integer(Int64(value)) }
        func encode(_ value: Int32) throws { encoder.target.scalar = .integer(Int64(value)) }
        func encode(_ value: Int64) throws { encoder.target.scalar = .integer(value) }
        func encode(_ value: UInt) throws { encoder.target.scalar = .integer(Int64(clamping: value)) }
        func encode(_ value: UInt8) throws { encoder.target.scalar = .integer(Int64(value)) }
        func encode(_ value: UInt16) throws { encoder.target.scalar = .integer(Int64(value)) }
        func encode(_ value: UInt32) throws { encoder.target.scalar = .integer(Int64(value)) }
        func encode(_ value: UInt64) throws { encoder.target.scalar = .integer(Int64(clamping: value)) }
    }
}

extension JSONValue: Codable {
    /// Only ever called by coders of others: that of this room takes the value as it is.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(
            .init(codingPath: decoder.codingPath, debugDescription: "JSONValue is read by its own decoder only"))
    }

    /// Only ever called by coders of others: that of this room takes the value as it is.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(codingPath: encoder.codingPath, debugDescription: "JSONValue is written by its own encoder only"))
    }
}
