public import JSON

/// A freshly imported profile joined with an earlier one of the same robot: what people changed by hand stays.
///
/// The importer notes, under `made`, a digest of each part as it wrote it. A part of the earlier profile that has another digest
/// was edited by hand and is kept; one that has the same is replaced by the new one. Of a profile without such notes every
/// difference is taken for an edit, so that none is lost.
public struct ProfileMerge: Sendable {
    /// What became of a part that differs.
    public enum Outcome: String, Hashable, Sendable {
        /// The hand edit stays.
        case kept
        /// The new description's value is taken.
        case changed
        /// The hand edit is lost: what it belonged to is gone.
        case lost
        /// The hand edit was given up, as was asked.
        case taken
    }

    /// One part that differs.
    public struct Row: Hashable, Sendable, CustomStringConvertible {
        /// Place in the profile, named things by name: `/joints/left_knee`.
        public var place: String
        /// What became of it.
        public var outcome: Outcome
        /// What differs in it, for people.
        public var details: [String]

        /// One line for people.
        public var description: String {
            let padding = String(repeating: " ", count: max(1, 8 - outcome.rawValue.count))
            return outcome.rawValue + padding + place + (details.isEmpty ? "" : ": " + details.joined(separator: ", "))
        }
    }

    /// The joined profile as a JSON document, comments of the earlier one included.
    public private(set) var json: JSONValue
    /// What differed.
    public private(set) var rows: [Row] = []

    /// Parts that are lists of named things, and the key that names them.
    private static let lists = [("bodies", "name"), ("joints", "name")]
    /// Parts whose members stand for themselves.
    private static let groups = ["poses", "targets", "feet", "hands"]
    /// Who made the profile of what: a new import says so itself.
    private static let ownParts: Set = ["$schema", "schema", "name", "source", "made"]

    /// Joins two profiles.
    ///
    /// - Parameters:
    ///   - old: The earlier profile's document.
    ///   - new: The document of the profile that was imported now.
    ///   - given: Parts, like `/joints/left_knee` or `/collision`, whose hand edits are given up for the new description.
    public init(_ old: JSONValue, into new: JSONValue, givingUp given: Set<String> = []) {
        json = new
        let made = old["made"]
        let (before, after) = (Self.parts(old), Self.parts(new))
        let found = Dictionary(after.map { ($0.place, $0.value) }, uniquingKeysWith: { first, _ in first })
        let known = Set(before.map(\.place))
        for (place, value) in before {
            let isEdited = made?[place]?.string != Self.digest(value)
            guard let fresh = found[place] else {
                if isEdited {
                    // What people add under a name of their own stays; what hung on a body or joint that is gone cannot.
                    if Self.standsAlone(place), !given.contains(place) {
                        json = json.placing(value, at: place)
                        rows.append(Row(place: place, outcome: .kept, details: ["the description has none"]))
                    } else {
                        rows.append(Row(place: place, outcome: .lost, details: ["the description has none any more"]))
                    }
                }
                continue
            }
            guard fresh.withoutRemarks != value.withoutRemarks else {
                json = json.placing(value, at: place)
                continue
            }
            let details = Self.differences(value.withoutRemarks, fresh)
            if isEdited, !given.contains(place) {
                json = json.placing(value, at: place)
                rows.append(Row(place: place, outcome: .kept, details: details))
            } else {
                if let remark = value["$comment"] { json = json.placing(fresh.setting("$comment", remark), at: place) }
                rows.append(Row(place: place, outcome: isEdited ? .taken : .changed, details: details))
            }
        }
        for (place, _) in after where !known.contains(place) {
            rows.append(Row(place: place, outcome: .changed, details: ["is new"]))
        }
    }

    /// The document with a digest of each of its parts under `made`; it is read from text, as numbers of others are written
    /// differently.
    public static func sealed(_ document: JSONValue) -> JSONValue {
        let digests = parts(document).map { JSONValue.Member($0.place, .string(digest($0.value))) }
        return document.setting("made", .object(digests))
    }

    /// The parts that are kept or replaced as a whole.
    private static func parts(_ document: JSONValue) -> [(place: String, value: JSONValue)] {
        var parts: [(String, JSONValue)] = []
        for member in document.members ?? [] where !ownParts.contains(member.key) {
            if let key = lists.first(where: { $0.0 == member.key })?.1 {
                for element in member.value.array ?? [] {
                    if let name = element[key]?.string { parts.append(("/\(member.key)/\(name)", element)) }
                }
            } else if member.key == "human" {
                for element in member.value["map"]?.array ?? [] {
                    if let name = element["joint"]?.string { parts.append(("/human/map/\(name)", element)) }
                }
            } else if groups.contains(member.key), let members = member.value.members {
                for inner in members { parts.append(("/\(member.key)/\(inner.key)", inner.value)) }
            } else {
                parts.append(("/" + member.key, member.value))
            }
        }
        return parts
    }

    private static func standsAlone(_ place: String) -> Bool {
        ["/poses/", "/targets/", "/human/map/"].contains { place.hasPrefix($0) }
            || place.dropFirst().firstIndex(of: "/") == nil
    }

    /// Eight hexadecimal digits that tell one value from another.
    private static func digest(_ value: JSONValue) -> String {
        String(SHA256.hexDigest(value.withoutRemarks.encoded).prefix(8))
    }

    private static func differences(_ old: JSONValue, _ new: JSONValue) -> [String] {
        func shown(_ value: JSONValue?) -> String {
            guard let text = value?.formatted(width: .max) else { return "nothing" }
            return text.utf8.count <= 60 ? text : "\(text.prefix(57))…"
        }
        guard let members = old.members, new.members != nil else {
            return ["here \(shown(old)), described \(shown(new))"]
        }
        let keys = members.map(\.key) + (new.members ?? []).map(\.key).filter { old[$0] == nil }
        return keys.filter { old[$0] != new[$0] }.map {
            "\($0) here \(shown(old[$0])), described \(shown(new[$0]))"
        }
    }
}

extension JSONValue {
    /// The value without `$comment` anywhere in it.
    fileprivate var withoutRemarks: JSONValue {
        if let members {
            return .object(members.filter { $0.key != "$comment" }.map { Member($0.key, $0.value.withoutRemarks) })
        }
        return array.map { .array($0.map(\.withoutRemarks)) } ?? self
    }

    /// The object with one member set, at its end when it is new.
    fileprivate func setting(_ key: String, _ value: JSONValue) -> JSONValue {
        guard var members else { return self }
        if let index = members.firstIndex(where: { $0.key == key }) {
            members[index].value = value
        } else {
            members.append(Member(key, value))
        }
        return .object(members)
    }

    /// The document with a part put where it belongs.
    fileprivate func placing(_ value: JSONValue, at place: String) -> JSONValue {
        let steps = place.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard steps.count == 2 else { return setting(steps[0], value) }
        if steps[0] == "human" {
            let map = (self["human"]?["map"] ?? .array([])).placing(value, named: "joint")
            return setting("human", (self["human"] ?? .object([])).setting("map", map))
        }
        let group = self[steps[0]]
        if group?.array != nil { return setting(steps[0], (group ?? .array([])).placing(value, named: "name")) }
        return setting(steps[0], (group ?? .object([])).setting(steps[1], value))
    }

    private func placing(_ value: JSONValue, named key: String) -> JSONValue {
        guard var elements = array else { return self }
        if let index = elements.firstIndex(where: { $0[key] == value[key] }) {
            elements[index] = value
        } else {
            elements.append(value)
        }
        return .array(elements)
    }
}
