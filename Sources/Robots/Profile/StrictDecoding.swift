/// A keyed container that refuses keys its type does not know, and reads vectors and rotations as JSON arrays.
struct StrictContainer<Key: CodingKey & CaseIterable> {
    let container: KeyedDecodingContainer<Key>

    /// Opens the JSON object of `decoder`; any key outside `Key` is an error that names the nearest known one.
    init(_ decoder: any Decoder) throws {
        let all = try decoder.container(keyedBy: AnyKey.self)
        let known = Key.allCases.map(\.stringValue)
        for key in all.allKeys.map(\.stringValue).sorted() where !known.contains(key) {
            throw ProfileError.unknownKey(
                path: decoder.codingPath.pointer, key: key, nearest: nearestName(to: key, among: known))
        }
        container = try decoder.container(keyedBy: Key.self)
    }

    func callAsFunction<Value: Decodable>(_ key: Key) throws -> Value { try container.decode(Value.self, forKey: key) }

    func callAsFunction<Value: Decodable>(_ key: Key, default value: Value) throws -> Value {
        try container.decodeIfPresent(Value.self, forKey: key) ?? value
    }

    func optional<Value: Decodable>(_ key: Key) throws -> Value? {
        try container.decodeIfPresent(Value.self, forKey: key)
    }

    /// Reads an array of exactly `count` numbers.
    func numbers(_ key: Key, count: Int, default fallback: [Double]? = nil) throws -> [Double] {
        if let fallback, !container.contains(key) { return fallback }
        let values = try container.decode([Double].self, forKey: key)
        guard values.count == count else {
            throw ProfileError.malformed(
                path: (container.codingPath + [key]).pointer, problem: "has \(values.count) numbers",
                expected: "an array of \(count) numbers")
        }
        return values
    }
}

/// Any string as a coding key.
struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?
    init(_ string: String) { (stringValue, intValue) = (string, nil) }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { (stringValue, self.intValue) = (String(intValue), intValue) }
}

extension [any CodingKey] {
    /// The path as a JSON pointer (RFC 6901); the whole document is the empty string.
    var pointer: String { map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined() }
}

/// The name among `candidates` with the smallest edit distance to `name`, unless all are entirely different.
func nearestName(to name: String, among candidates: [String]) -> String? {
    let ranked = candidates.map { (distance: editDistance(name, $0), name: $0) }.min { $0.distance < $1.distance }
    guard let ranked, ranked.distance < max(name.count, ranked.name.count) else { return nil }
    return ranked.name
}

private func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var row = Array(0...b.count)
    for i in 0..<a.count {
        var diagonal = row[0]
        row[0] = i + 1
        for j in 0..<b.count {
            let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = Swift.min(substitution, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
