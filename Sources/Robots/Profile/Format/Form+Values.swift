import Geometry
import HumanBody
import JSON

extension Form where Value == String {
    /// Text of one line, not empty.
    static var text: Form {
        Form(schema: ["type": "string", "minLength": 1, "maxLength": 500, "pattern": "^[^\\u0000-\\u001f]*$"]) {
            value, reading in
            guard case .string(let text) = value else {
                reading.refuse(value, expected: "a string")
                return nil
            }
            guard (1...500).contains(text.unicodeScalars.count), text.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
            else {
                reading.refuse(value, expected: "one line of 1 to 500 characters")
                return nil
            }
            return text
        } write: {
            .string($0)
        }
    }

    /// A name that may stand in file names and topics: small letters, digits and underscores, a letter first.
    static var identifier: Form {
        Form(schema: ["type": "string", "maxLength": 64, "pattern": "^[a-z][a-z0-9_]*$"]) { value, reading in
            if case .string(let text) = value, let first = text.utf8.first, text.utf8.count <= 64,
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
                text.utf8.allSatisfy({
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
                })
            {
                return text
            }
            reading.refuse(
                value, expected: "small letters, digits and underscores, a letter first, 64 at most: \"my_robot\"")
            return nil
        } write: {
            .string($0)
        }
    }
}

extension Form where Value == String {
    /// One of the names of a fixed list.
    static func name(among names: [String]) -> Form {
        Form(schema: ["enum": .array(names.map(JSONValue.string))]) { value, reading in
            if let text = value.string, names.contains(text) { return text }
            let nearest = value.string.flatMap { nearestName(to: $0, among: names) }
            reading.refuse(value, expected: nearest.map { "\"\($0)\"" } ?? "one of \(names.joined(separator: ", "))")
            return nil
        } write: {
            .string($0)
        }
    }
}

extension Form where Value == HumanJoint {
    /// The name of a joint of the human.
    static var humanJoint: Form {
        let name = Form<String>.name(among: HumanJoint.allCases.map(\.name))
        return Form(schema: name.schema) { value, reading in
            name.read(value, &reading).flatMap(HumanJoint.init(named:))
        } write: {
            .string($0.name)
        }
    }
}

extension Form where Value == Bool {
    /// `true` or `false`.
    static var flag: Form {
        Form(schema: ["type": "boolean"]) { value, reading in
            if value.bool == nil { reading.refuse(value, expected: "true or false") }
            return value.bool
        } write: {
            .bool($0)
        }
    }
}

extension Form where Value == Int {
    /// The one whole number that is accepted.
    static func constant(_ constant: Int) -> Form {
        Form(schema: ["const": .integer(Int64(constant))]) { value, reading in
            if value.integer == Int64(constant) { return constant }
            reading.refuse(value, expected: "\(constant)")
            return nil
        } write: {
            .integer(Int64($0))
        }
    }
}

extension Form where Value == Double {
    /// A number from `low` to `high`; `unit` stands in messages.
    static func number(from low: Double, to high: Double, _ unit: String = "") -> Form {
        let range = "\(written(low).text) to \(written(high).text)"
        let expected = "a number, \(range)" + (unit.isEmpty ? "" : " \(unit)")
        return Form(schema: ["type": "number", "minimum": written(low), "maximum": written(high)]) { value, reading in
            guard let number = value.number, low <= number, number <= high else {
                reading.refuse(value, expected: expected)
                return nil
            }
            return number
        } write: {
            written($0)
        }
    }

    /// The number as it is written: without a fraction when it is whole.
    static func written(_ value: Double) -> JSONValue {
        Int64(exactly: value).flatMap { abs($0) < 1 << 53 ? .integer($0) : nil } ?? .number(value)
    }
}

extension Form {
    /// A list of `count` values.
    static func list<Element>(of element: Form<Element>, count: ClosedRange<Int>, _ shown: String = "") -> Form
    where Value == [Element] {
        let size = count.lowerBound == count.upperBound ? "\(count.lowerBound)" : "\(count.lowerBound) or more"
        let expected = "a list of \(size)" + (shown.isEmpty ? "" : ": \(shown)")
        return Form(
            schema: [
                "type": "array", "items": element.schema, "minItems": JSONValue(count.lowerBound),
                "maxItems": JSONValue(count.upperBound),
            ]
        ) { value, reading in
            guard case .array(let elements) = value, count.contains(elements.count) else {
                reading.refuse(value, expected: expected)
                return nil
            }
            let values = elements.enumerated().compactMap { index, each in
                reading.at("\(index)") { element.read(each, &$0) }
            }
            return values.count == elements.count ? values : nil
        } write: {
            .array($0.map(element.write))
        }
    }

    /// An object whose keys are names of the user's choice.
    static func map<Element>(of element: Form<Element>) -> Form where Value == [String: Element] {
        Form(
            schema: [
                "type": "object", "additionalProperties": element.schema, "propertyNames": ["minLength": 1],
            ]
        ) { value, reading in
            guard case .object(let members) = value else {
                reading.refuse(value, expected: "an object")
                return nil
            }
            var values: [String: Element] = [:]
            for member in members {
                reading.at(member.key) { reading in
                    if member.key.isEmpty { reading.find("is the empty name", remedy: "expected a name") }
                    values[member.key] = element.read(member.value, &reading)
                }
            }
            return values.count == members.count ? values : nil
        } write: { values in
            .object(values.sorted { $0.key < $1.key }.map { .init($0.key, element.write($0.value)) })
        }
    }

    /// One of the cases of an enumeration.
    static func choice() -> Form where Value: RawRepresentable<String> & CaseIterable {
        let name = Form<String>.name(among: Value.allCases.map(\.rawValue))
        return Form(
            schema: name.schema,
            read: { value, reading in name.read(value, &reading).flatMap(Value.init(rawValue:)) },
            write: { .string($0.rawValue) })
    }

    /// The same JSON for another Swift type.
    func converted<Other>(to: @escaping (Value) -> Other, from: @escaping (Other) -> Value) -> Form<Other> {
        Form<Other>(
            schema: schema,
            read: { value, reading in read(value, &reading).map(to) },
            write: { write(from($0)) })
    }
}

extension Form where Value == Vector3 {
    /// [x, y, z] in metres, each within 10 m.
    static var position: Form { vector(.number(from: -10, to: 10, "m"), "[x, y, z] in m") }

    /// A unit vector [x, y, z].
    static var direction: Form {
        let numbers = vector(.number(from: -1.001, to: 1.001), "[x, y, z] of length 1")
        return Form(schema: numbers.schema) { value, reading in
            guard let vector = numbers.read(value, &reading) else { return nil }
            guard abs(vector.length - 1) < 1e-3 else {
                reading.find("has length \(vector.length)", remedy: "expected a unit vector, as [0, 0, 1]")
                return nil
            }
            return vector
        } write: {
            numbers.write($0)
        }
    }

    private static func vector(_ component: Form<Double>, _ shown: String) -> Form {
        Form<[Double]>.list(of: component, count: 3...3, shown).converted {
            Vector3($0[0], $0[1], $0[2])
        } from: {
            [$0.x, $0.y, $0.z]
        }
    }
}

extension Form where Value == Quaternion {
    /// A rotation as a unit quaternion [w, x, y, z]. Descriptions print few digits: nearly unit is made unit.
    static var rotation: Form {
        let numbers = Form<[Double]>.list(
            of: .number(from: -1.001, to: 1.001), count: 4...4, "the unit quaternion [w, x, y, z]")
        return Form(schema: numbers.schema) { value, reading in
            guard let v = numbers.read(value, &reading) else { return nil }
            let q = Quaternion(w: v[0], x: v[1], y: v[2], z: v[3])
            guard abs(q.length - 1) < 1e-3 else {
                reading.find(
                    "has length \(q.length)", remedy: "expected a unit quaternion [w, x, y, z], as [1, 0, 0, 0]")
                return nil
            }
            return abs(q.length - 1) < 1e-15 ? q : q.normalized
        } write: {
            .array([$0.w, $0.x, $0.y, $0.z].map(Form<Double>.written))
        }
    }
}

/// The name among `candidates` with the smallest edit distance to `name`, unless all are entirely different.
package func nearestName(to name: String, among candidates: [String]) -> String? {
    // Longer names come from broken files, where a suggestion is not worth its time.
    guard name.count <= 100 else { return nil }
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
