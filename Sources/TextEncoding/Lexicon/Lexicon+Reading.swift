import FoundationEssentials
import JSON

extension Lexicon {
    /// Reads and checks every family of a folder, in alphabetical order, with the shared words and the other languages.
    ///
    /// - Throws: The first mistake, with its file and place.
    public init(directory: String) throws(LexiconError) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            throw .unreadable(path: directory)
        }
        let words = try LexiconFile("\(directory)/\(Self.wordsFile)").words()
        var actions: [LexiconAction] = []
        var places: [String: String] = [:]
        for name in names.sorted()
        where name.hasSuffix(".json") && ![Self.wordsFile, Self.languagesFile].contains(name) {
            let file = try LexiconFile("\(directory)/\(name)")
            for action in try file.actions(words: words) {
                if let other = places.updateValue(name, forKey: action.name) {
                    throw file.invalid(action.name, "\(other) has an action of that name too", "a name of its own")
                }
                actions.append(action)
            }
        }
        for action in actions {
            for other in action.neighbours + [action.opposite].compactMap({ $0 }) where places[other] == nil {
                throw .invalid(
                    file: "\(directory)/\(places[action.name] ?? "")", place: action.name,
                    problem: "there is no action \"\(other)\"", remedy: "the name of another action")
            }
        }
        let file = try LexiconFile("\(directory)/\(Self.languagesFile)")
        self.init(actions: actions, languages: try file.languages(known: Set(places.keys)))
    }

    private static let wordsFile = "words.json"
    private static let languagesFile = "languages.json"
}

/// One file of the lexicon, with errors that tell the place.
private struct LexiconFile {
    let path: String
    let root: JSONValue

    init(_ path: String) throws(LexiconError) {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        do throws(JSONSyntaxError) {
            root = try JSONValue(parsing: data)
        } catch {
            throw .syntax(file: path, line: error.line(in: data), reason: error.reason)
        }
    }

    func invalid(_ place: String, _ problem: String, _ remedy: String) -> LexiconError {
        .invalid(file: path, place: place, problem: problem, remedy: remedy)
    }

    func words() throws(LexiconError) -> [String: String] {
        guard let members = root["words"]?.members else { throw invalid("words", "it is missing", "an object") }
        return Dictionary(members.compactMap { member in member.value.string.map { (member.key, $0) } }) { $1 }
    }

    func actions(words: [String: String]) throws(LexiconError) -> [LexiconAction] {
        let family = try text(root, "family", "")
        guard let list = root["actions"]?.array else { throw invalid("actions", "it is missing", "a list") }
        var actions: [LexiconAction] = []
        for (number, value) in list.enumerated() {
            actions.append(try action(value, number, family, words))
        }
        return actions
    }

    private func action(
        _ value: JSONValue, _ number: Int, _ family: String, _ words: [String: String]
    ) throws(LexiconError) -> LexiconAction {
        let name = try text(value, "name", "actions[\(number)]")
        for member in value.members ?? [] where !Self.members.contains(member.key) {
            throw invalid(
                "\(name).\(member.key)", "no such member", "one of \(Self.members.sorted().joined(separator: ", "))")
        }
        guard let seconds = value["seconds"]?.number, seconds > 0, seconds <= 60 else {
            throw invalid("\(name).seconds", "it is missing or out of bounds", "seconds from 0 to 60")
        }
        let action = LexiconAction(
            name: name, family: family, caption: try text(value, "caption", name),
            sidedCaption: value["sided"]?.string,
            imperatives: try wordings(value, "say", name, words), phrases: try wordings(value, "also", name, words),
            neighbours: try texts(value, "not", name), opposite: value["opposite"]?.string, seconds: seconds,
            uses: try choice(value["uses"] ?? root["uses"], "\(name).uses"),
            slots: Set(try slots(value["takes"] ?? root["takes"], "\(name).takes")),
            count: try choice(value["count"] ?? root["count"], "\(name).count"),
            predicate: try text(value, "predicate", name), status: try choice(value["status"], "\(name).status"),
            clips: try texts(value, "clips", name),
            refusal: value["refusal"] == nil ? nil : try choice(value["refusal"], "\(name).refusal"),
            handPose: value["hand"] == nil ? nil : try choice(value["hand"], "\(name).hand"))
        let count = Set(action.imperatives + action.phrases).count
        guard count >= Lexicon.fewestWordings else {
            throw invalid("\(name).say", "it has \(count) wordings", "\(Lexicon.fewestWordings) or more")
        }
        if let sided = action.sidedCaption, !sided.contains("{side}") {
            throw invalid("\(name).sided", "it has no {side}", "a sentence with {side} in it")
        }
        return action
    }

    private static let members: Set = [
        "name", "caption", "sided", "say", "also", "not", "opposite", "seconds", "uses", "takes", "count", "predicate",
        "status", "clips", "refusal", "hand",
    ]

    func languages(known: Set<String>) throws(LexiconError) -> [String: LexiconLanguage] {
        var languages: [String: LexiconLanguage] = [:]
        for member in root["languages"]?.members ?? [] {
            let value = member.value
            var actions: [String: [String]] = [:]
            for action in value["actions"]?.members ?? [] {
                guard known.contains(action.key) else {
                    throw invalid(
                        "\(member.key).actions", "there is no action \"\(action.key)\"", "the name of an action")
                }
                actions[action.key] = try texts(value["actions"] ?? .null, action.key, member.key)
            }
            languages[member.key] = LexiconLanguage(
                left: try texts(value, "left", member.key), right: try texts(value, "right", member.key),
                both: try texts(value, "both", member.key), forward: try texts(value, "forward", member.key),
                backward: try texts(value, "backward", member.key), up: try texts(value, "up", member.key),
                down: try texts(value, "down", member.key), ignored: try texts(value, "ignored", member.key),
                then: try texts(value, "then", member.key), manners: try lists(value, "manner", member.key),
                units: try lists(value, "units", member.key),
                numbers: Dictionary(
                    (value["numbers"]?.members ?? []).compactMap { number in
                        number.value.number.map { (number.key, $0) }
                    }
                ) { $1 }, actions: actions, parts: try lists(value, "parts", member.key))
        }
        return languages
    }

    // MARK: Members

    private func text(_ value: JSONValue, _ key: String, _ place: String) throws(LexiconError) -> String {
        guard let text = value[key]?.string, !text.isEmpty else {
            throw invalid("\(place).\(key)", "it is missing", "a text")
        }
        return text
    }

    private func texts(_ value: JSONValue, _ key: String, _ place: String) throws(LexiconError) -> [String] {
        guard let list = value[key]?.array else { throw invalid("\(place).\(key)", "it is missing", "a list of texts") }
        var texts: [String] = []
        for element in list {
            guard let text = element.string, !text.isEmpty else {
                throw invalid("\(place).\(key)", "it holds \(element.kind) or an empty text", "a list of texts")
            }
            texts.append(text)
        }
        return texts
    }

    private func lists(_ value: JSONValue, _ key: String, _ place: String) throws(LexiconError) -> [String: [String]] {
        var lists: [String: [String]] = [:]
        for member in value[key]?.members ?? [] {
            lists[member.key] = try texts(value[key] ?? .null, member.key, "\(place).\(key)")
        }
        return lists
    }

    private func wordings(
        _ value: JSONValue, _ key: String, _ place: String, _ words: [String: String]
    ) throws(LexiconError) -> [String] {
        var wordings: [String] = []
        var known: Set<String> = []
        for text in try texts(value, key, place) {
            guard let pattern = WordingPattern(text, words: words) else {
                throw invalid(
                    "\(place).\(key)", "\"\(text)\" does not close a bracket or names unknown words", "a pattern")
            }
            wordings += pattern.wordings(limit: Lexicon.wordingsPerPattern).filter { known.insert($0).inserted }
        }
        return wordings
    }

    private func choice<Value: RawRepresentable & CaseIterable>(
        _ value: JSONValue?, _ place: String
    ) throws(LexiconError) -> Value where Value.RawValue == String {
        guard let value = value?.string.flatMap(Value.init) else {
            let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw invalid(place, "it is missing or unknown", "one of \(names)")
        }
        return value
    }

    private func slots(_ value: JSONValue?, _ place: String) throws(LexiconError) -> [LexiconAction.Slot] {
        var slots: [LexiconAction.Slot] = []
        for element in value?.array ?? [] { slots.append(try choice(element, place)) }
        return slots
    }
}
