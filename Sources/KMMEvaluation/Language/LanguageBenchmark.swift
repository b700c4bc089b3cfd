public import Foundation
public import HumanBody

/// Texts that judge how a model understands people, and what each of them asks for; `Benchmarks/Language` holds them.
public struct LanguageBenchmark: Sendable {
    /// One thing that a motion has to show.
    public struct Showing: Codable, Hashable, Sendable {
        /// Name of an `ActionPredicate`.
        public var action: String
        /// On which side; nil for either.
        public var side: Side?
        /// How often.
        public var times: Int?
        /// How far, metres.
        public var metres: Double?
        /// How far round, degrees.
        public var degrees: Double?
        /// Whether the motion must not show it.
        public var not: Bool?
    }

    /// What a text is there to test.
    public enum Class: String, Codable, Hashable, Sendable, CaseIterable {
        /// Plain sentences of common actions.
        case plain
        /// Many ways to ask for many actions.
        case actions
        /// Actions and styles that have a name.
        case named
        /// The same sentence for both sides.
        case pairs
        /// So many times.
        case counts
        /// Two things at once.
        case together
        /// Metres and degrees.
        case measures
        /// Side steps, which keep their heading.
        case sidesteps
        /// What is not to be done.
        case without
        /// Chinese, Korean, Japanese, German, French, Spanish.
        case languages
    }

    /// A text that can be done.
    public struct Request: Hashable, Sendable {
        /// The text.
        public var text: String
        /// What it tests.
        public var kind: Class
        /// Its group inside the class: the action, or the language.
        public var group: String
        /// What the motion has to show.
        public var shows: [Showing]
        /// Whether at once.
        public var together: Bool
    }

    /// A text that has to be refused.
    public struct Refusal: Codable, Hashable, Sendable {
        /// The text.
        public var text: String
        /// Why it cannot be done: nonsense, talk, impossible, place, household, dangerous, language.
        public var kind: String
    }

    /// A text that is a verb.
    public struct Stop: Codable, Hashable, Sendable {
        /// The text.
        public var text: String
        /// hold, stop or halt.
        public var verb: String
    }

    /// What can be done.
    public var requests: [Request] = []
    /// What has to be refused.
    public var refusals: [Refusal] = []
    /// Ways to say stop.
    public var stops: [Stop] = []
    /// Texts with such words that mean something else.
    public var notStops: [String] = []

    /// Why a benchmark cannot be used.
    public enum Failure: Error, CustomStringConvertible {
        /// A file is missing or not in its form.
        case unreadable(path: String, why: String)
        /// A text asks for an action without a predicate.
        case unknownAction(String, text: String)

        /// What was wrong.
        public var description: String {
            switch self {
            case .unreadable(let path, let why): "\(path): \(why)"
            case .unknownAction(let action, let text):
                "\"\(text)\" asks for '\(action)', for which there is no predicate"
            }
        }
    }

    /// Reads the folder.
    public init(directory: URL) throws {
        func read<Value: Decodable>(_ name: String, _: Value.Type = Value.self) throws -> Value {
            let file = directory.appendingPathComponent(name + ".json")
            do { return try JSONDecoder().decode(Value.self, from: Data(contentsOf: file)) } catch {
                throw Failure.unreadable(path: file.path, why: "\(error)")
            }
        }
        struct Action: Decodable {
            var name: String
            var shows: [Showing]
            var together: Bool?
            var wordings: [String]
        }
        struct Line: Decodable {
            var text: String
            var shows: [Showing]?
            var together: Bool?
            var language: String?
        }
        struct Pair: Decodable {
            var left: String
            var right: String
            var action: String
        }
        for action in try read("actions", [Action].self) {
            requests += action.wordings.map {
                Request(
                    text: $0, kind: .actions, group: action.name, shows: action.shows,
                    together: action.together ?? false)
            }
        }
        for pair in try read("pairs", [Pair].self) {
            requests += [(pair.left, Side.left), (pair.right, .right)].map { text, side in
                Request(
                    text: text, kind: .pairs, group: pair.action, shows: [Showing(action: pair.action, side: side)],
                    together: false)
            }
        }
        for kind in Class.allCases where kind != .actions && kind != .pairs {
            requests += try read(kind.rawValue, [Line].self).map { line in
                let shows = line.shows ?? []
                return Request(
                    text: line.text, kind: kind, group: line.language ?? shows.first?.action ?? "", shows: shows,
                    together: line.together ?? false)
            }
        }
        refusals = try read("refuse")
        stops = try read("stop")
        notStops = try read("not-stop", [Line].self).map(\.text)
        for request in requests {
            for showing in request.shows where ActionPredicate.named(showing.action) == nil {
                throw Failure.unknownAction(showing.action, text: request.text)
            }
        }
    }

    /// Every text, for comparing them with others.
    public var texts: [String] { requests.map(\.text) + refusals.map(\.text) + stops.map(\.text) + notStops }
}
