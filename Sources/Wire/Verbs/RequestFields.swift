/// The members of an object, taken one by one; what is left over was not understood.
struct RequestFields {
    private var members: [JSONValue.Member]
    private let path: String

    init(_ members: [JSONValue.Member], path: String) {
        self.members = members
        self.path = path
    }

    /// Notes on the members that nobody took.
    var ignored: [String] { members.map { "`\(path)\($0.key.prefix(64))` is not known and was ignored" } }

    /// The member's value; nil when absent or `null`.
    private mutating func take(_ key: String) -> JSONValue? {
        guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
        let value = members.remove(at: index).value
        return value == .null ? nil : value
    }

    /// The refusal of a request that lacks a member.
    func missing(_ key: String, _ message: String) -> RequestError {
        RequestError(.missingField, message, field: path + key)
    }

    private func mistyped(_ key: String, _ value: JSONValue, expected: String) -> RequestError {
        RequestError(.invalidType, "`\(path)\(key)` is \(value.kind), expected \(expected)", field: path + key)
    }

    mutating func string(_ key: String, maximumLength: Int = .max) throws(RequestError) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.string else { throw mistyped(key, value, expected: "a string") }
        guard text.unicodeScalars.count <= maximumLength else {
            throw RequestError(
                .outOfRange, "`\(path)\(key)` is longer than \(maximumLength) characters", field: path + key)
        }
        return text
    }

    /// One text, or a list of different ones; empty when absent.
    mutating func strings(_ key: String, count: ClosedRange<Int>) throws(RequestError) -> [String] {
        guard let value = take(key) else { return [] }
        if let text = value.string { return [text] }
        guard let list = value.array?.map(\.string) else {
            throw mistyped(key, value, expected: "a string or a list of strings")
        }
        let texts = list.compactMap(\.self)
        guard texts.count == list.count, count.contains(texts.count), Set(texts).count == texts.count else {
            throw RequestError(
                .outOfRange, "`\(path)\(key)` has to list \(count.lowerBound) to \(count.upperBound) different strings",
                field: path + key)
        }
        return texts
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int64>) throws(RequestError) -> Int64? {
        guard let value = take(key) else { return nil }
        guard let integer = value.integer else { throw mistyped(key, value, expected: "a whole number") }
        guard range.contains(integer) else { throw outOfRange(key, "\(integer)", "\(range)") }
        return integer
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(RequestError) -> Double? {
        guard let value = take(key) else { return nil }
        guard let number = value.number else { throw mistyped(key, value, expected: "a number") }
        guard range.contains(number) else {
            let shown = range.lowerBound == .leastNormalMagnitude ? "above 0, to \(range.upperBound)" : "\(range)"
            throw outOfRange(key, "\(number)", shown)
        }
        return number
    }

    mutating func boolean(_ key: String) throws(RequestError) -> Bool? {
        guard let value = take(key) else { return nil }
        guard let boolean = value.bool else { throw mistyped(key, value, expected: "true or false") }
        return boolean
    }

    mutating func object(_ key: String) throws(RequestError) -> [JSONValue.Member]? {
        guard let value = take(key) else { return nil }
        guard let members = value.members else { throw mistyped(key, value, expected: "an object") }
        return members
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, of type: Choice.Type
    ) throws(RequestError) -> Choice? {
        guard let text = try string(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw outOfRange(key, "\"\(text.prefix(64))\"", Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    private func outOfRange(_ key: String, _ value: String, _ range: String) -> RequestError {
        RequestError(.outOfRange, "`\(path)\(key)` is \(value); allowed: \(range)", field: path + key)
    }
}

/// The same by the names that a type declares.
extension RequestFields {
    func missing(_ key: some CodingKey, _ message: String) -> RequestError { missing(key.stringValue, message) }

    mutating func string(_ key: some CodingKey, maximumLength: Int = .max) throws(RequestError) -> String? {
        try string(key.stringValue, maximumLength: maximumLength)
    }

    mutating func integer(_ key: some CodingKey, in range: ClosedRange<Int64>) throws(RequestError) -> Int64? {
        try integer(key.stringValue, in: range)
    }

    mutating func number(_ key: some CodingKey, in range: ClosedRange<Double>) throws(RequestError) -> Double? {
        try number(key.stringValue, in: range)
    }

    mutating func boolean(_ key: some CodingKey) throws(RequestError) -> Bool? { try boolean(key.stringValue) }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: some CodingKey, of type: Choice.Type
    ) throws(RequestError) -> Choice? { try choice(key.stringValue, of: type) }
}
