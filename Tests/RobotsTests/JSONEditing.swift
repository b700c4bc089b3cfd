import JSON

extension JSONValue {
    /// Every place inside the value, as a path of keys and indices, outer ones first.
    var places: [[String]] {
        let parts: [(String, JSONValue)] =
            switch self {
            case .object(let members): members.map { ($0.key, $0.value) }
            case .array(let elements): elements.enumerated().map { ("\($0.offset)", $0.element) }
            default: []
            }
        return parts.flatMap { key, value in [[key]] + value.places.map { [key] + $0 } }
    }

    /// The value at a path; nil when nothing is there.
    subscript(path: ArraySlice<String>) -> JSONValue? {
        guard let key = path.first else { return self }
        switch self {
        case .object: return self[key]?[path.dropFirst()]
        case .array(let elements):
            guard let index = Int(key), elements.indices.contains(index) else { return nil }
            return elements[index][path.dropFirst()]
        default: return nil
        }
    }

    /// A copy with what is at `path` replaced, added under a new key, or taken out for nil.
    func setting(_ path: ArraySlice<String>, to value: JSONValue?) -> JSONValue {
        guard let key = path.first else { return value ?? .null }
        let isLast = path.count == 1
        switch self {
        case .object(var members):
            if let index = members.firstIndex(where: { $0.key == key }) {
                if isLast, value == nil {
                    members.remove(at: index)
                } else {
                    members[index].value = members[index].value.setting(path.dropFirst(), to: value)
                }
            } else if let value, isLast {
                members.append(Member(key, value))
            }
            return .object(members)
        case .array(var elements):
            guard let index = Int(key), elements.indices.contains(index) else { return self }
            if isLast, value == nil {
                elements.remove(at: index)
            } else {
                elements[index] = elements[index].setting(path.dropFirst(), to: value)
            }
            return .array(elements)
        default: return self
        }
    }

    /// `setting(_:to:)` with the path as a JSON pointer whose keys need no escape.
    func setting(_ pointer: String, to value: JSONValue?) -> JSONValue {
        setting(pointer.split(separator: "/").map(String.init)[...], to: value)
    }
}
