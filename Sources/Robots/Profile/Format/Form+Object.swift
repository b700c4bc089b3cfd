import JSON

/// One key of a JSON object and the property that it stands for.
struct Field<Object> {
    let key: String
    /// What the key means, for the schema.
    let meaning: String
    let isRequired: Bool
    let schema: JSONValue
    let read: (JSONValue, inout Object, inout ProfileReading) -> Void
    /// What is written under the key, which may be left out unless it is needed; nil leaves it out.
    let write: (Object, _ isNeeded: Bool) -> JSONValue?

    /// A key that has to be there.
    static func required<Value>(
        _ key: String, _ property: WritableKeyPath<Object, Value>, _ form: Form<Value>, _ meaning: String
    ) -> Field {
        Field(key: key, meaning: meaning, isRequired: true, schema: form.schema) { value, object, reading in
            if let value = form.read(value, &reading) { object[keyPath: property] = value }
        } write: { object, _ in
            form.write(object[keyPath: property])
        }
    }

    /// A key that stands for nil when it is left out.
    static func optional<Value>(
        _ key: String, _ property: WritableKeyPath<Object, Value?>, _ form: Form<Value>, _ meaning: String
    ) -> Field {
        Field(key: key, meaning: meaning, isRequired: false, schema: form.schema) { value, object, reading in
            if let value = form.read(value, &reading) { object[keyPath: property] = value }
        } write: { object, _ in
            object[keyPath: property].map(form.write)
        }
    }

    /// A key that stands for the value of a blank object, `absent`, when it is left out.
    static func optional<Value: Equatable>(
        _ key: String, _ property: WritableKeyPath<Object, Value>, _ form: Form<Value>, absent: Value,
        _ meaning: String
    ) -> Field {
        Field(key: key, meaning: meaning, isRequired: false, schema: form.schema) { value, object, reading in
            if let value = form.read(value, &reading) { object[keyPath: property] = value }
        } write: { object, isNeeded in
            let value = object[keyPath: property]
            return value == absent && !isNeeded ? nil : form.write(value)
        }
    }
}

/// The key under which every object may hold a remark.
private let comment = "$comment"

/// Keys that an object needs under a condition.
enum Requirement {
    /// When `key` is there, so are the `others`.
    case with(_ key: String, _ others: [String])
    /// When `key` has one of the `values`, the `others` are there.
    case when(_ key: String, isOneOf: [String], _ others: [String])

    fileprivate var schema: JSONValue {
        switch self {
        case .with(let key, let others):
            ["if": ["required": [.string(key)]], "then": ["required": .array(others.map(JSONValue.string))]]
        case .when(let key, let values, let others):
            [
                "if": [
                    "properties": .object([.init(key, ["enum": .array(values.map(JSONValue.string))])]),
                    "required": [.string(key)],
                ],
                "then": ["required": .array(others.map(JSONValue.string))],
            ]
        }
    }

    fileprivate func keys(neededBy object: JSONValue) -> [String] {
        switch self {
        case .with(let key, let others): object[key] == nil ? [] : others
        case .when(let key, let values, let others): values.contains(object[key]?.string ?? "") ? others : []
        }
    }
}

extension Form {
    /// An object with these keys and no others. `blank` holds what optional keys stand for when they are left out.
    static func object(_ blank: Value, _ fields: [Field<Value>], _ requirements: [Requirement] = []) -> Form {
        Form(schema: schema(of: fields, requirements)) { value, reading in
            guard case .object(let members) = value else {
                reading.refuse(value, expected: "an object")
                return nil
            }
            let known = fields.map(\.key) + [comment]
            // A file that is something else altogether does not need one finding for each of its keys.
            for member in members.filter({ !known.contains($0.key) }).prefix(20) {
                let nearest = nearestName(to: member.key, among: known)
                reading.at(member.key) {
                    $0.find(
                        "is an unknown key",
                        remedy: nearest.map { "did you mean \"\($0)\"?" }
                            ?? "known are \(known.joined(separator: ", "))")
                }
            }
            var object = blank
            let needed = requirements.flatMap { $0.keys(neededBy: value) }
            for field in fields {
                reading.at(field.key) { reading in
                    if let member = value[field.key] {
                        field.read(member, &object, &reading)
                    } else if field.isRequired || needed.contains(field.key) {
                        reading.find("is missing", remedy: "expected: \(field.meaning)")
                    }
                }
            }
            return object
        } write: { object in
            func written(_ needed: [String]) -> JSONValue {
                .object(
                    fields.compactMap { field in
                        field.write(object, needed.contains(field.key)).map { .init(field.key, $0) }
                    })
            }
            let shortest = written([])
            let needed = requirements.flatMap { $0.keys(neededBy: shortest) }
            return needed.isEmpty ? shortest : written(needed)
        }
    }

    private static func schema(of fields: [Field<Value>], _ requirements: [Requirement]) -> JSONValue {
        let remark = JSONValue.Member(
            comment, ["description": "For people; not read.", "type": ["string", "array", "object"]])
        let properties =
            [remark]
            + fields.map { field -> JSONValue.Member in
                .init(field.key, .object([.init("description", .string(field.meaning))] + (field.schema.members ?? [])))
            }
        var members: [JSONValue.Member] = [
            .init("type", "object"), .init("properties", .object(properties)),
            .init("required", .array(fields.filter(\.isRequired).map { .string($0.key) })),
            .init("additionalProperties", false),
        ]
        if !requirements.isEmpty { members.append(.init("allOf", .array(requirements.map(\.schema)))) }
        return .object(members)
    }
}
