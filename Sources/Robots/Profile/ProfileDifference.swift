import JSON

/// One difference between two profiles.
public struct ProfileDifference: Hashable, Sendable, CustomStringConvertible {
    /// The place, a JSON pointer in which named things stand by name: `/joints/left_knee_joint/range`.
    public var path: String
    /// What the first profile has there, as JSON; nil when it has nothing.
    public var old: String?
    /// What the second one has, as JSON; nil when it has nothing.
    public var new: String?

    /// One line for people.
    public var description: String {
        switch (old, new) {
        case (let old?, let new?): "~ \(path): \(old) -> \(new)"
        case (let old?, nil): "- \(path): \(old)"
        case (nil, let new): "+ \(path): \(new ?? "")"
        }
    }

    /// All differences, in the order of the keys. Bodies and joints are told apart by name, mapped joints by the joint.
    public static func between(_ old: RobotProfile, _ new: RobotProfile) -> [ProfileDifference] {
        var differences: [ProfileDifference] = []
        compare(old.json, new.json, path: "", into: &differences)
        return differences
    }

    private static func compare(
        _ old: JSONValue?, _ new: JSONValue?, path: String, into differences: inout [ProfileDifference]
    ) {
        guard old != new else { return }
        guard let old, let new, let before = named(old), let after = named(new) else {
            differences.append(ProfileDifference(path: path, old: old.map(shown), new: new.map(shown)))
            return
        }
        let count = differences.count
        let kept = Dictionary(before.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        let found = Dictionary(after.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        for member in before {
            compare(member.value, found[member.key], path: path + "/" + member.key.pointerToken, into: &differences)
        }
        for member in after where kept[member.key] == nil {
            compare(nil, member.value, path: path + "/" + member.key.pointerToken, into: &differences)
        }
        if differences.count == count {
            // The same things in another order, which matters for joints.
            differences.append(
                ProfileDifference(
                    path: path, old: before.map(\.key).joined(separator: ", "),
                    new: after.map(\.key).joined(separator: ", ")))
        }
    }

    /// The parts of an object, or of a list of objects that have names.
    private static func named(_ value: JSONValue) -> [JSONValue.Member]? {
        if let members = value.members { return members }
        guard let elements = value.array, !elements.isEmpty else { return nil }
        let names = elements.compactMap { ($0["name"] ?? $0["joint"])?.string }
        guard names.count == elements.count, Set(names).count == names.count else { return nil }
        return zip(names, elements).map { JSONValue.Member($0, $1) }
    }

    private static func shown(_ value: JSONValue) -> String {
        let text = value.formatted(width: .max)
        return text.utf8.count <= 200 ? text : "\(String(text.prefix(200))) …"
    }
}
