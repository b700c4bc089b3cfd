import FoundationEssentials

/// What a model has learnt of the lexicon, as measured: a model's `actions.json`.
public struct LearntActions: Codable, Hashable, Sendable {
    /// What is known of one action.
    public struct Action: Codable, Hashable, Sendable {
        /// Share of its motions that show it; nil where no predicate tells.
        public var shown: Double?
        /// Motions that were judged.
        public var motions: Int
        /// Recorded or authored motions that the model follows.
        public var exemplars: Int
        /// Clips of it in training; nil where that was not counted.
        public var clips: Int?

        /// An action of which so much is known.
        public init(shown: Double?, motions: Int, exemplars: Int, clips: Int? = nil) {
            (self.shown, self.motions, self.exemplars, self.clips) = (shown, motions, exemplars, clips)
        }

        /// Least share from which on an action is learnt.
        public static let leastShown = 0.6

        /// Whether the model can be asked for it: its motions show it, or where nothing was measured, it follows people's or
        /// has seen some.
        public var isLearnt: Bool { shown.map { $0 >= Self.leastShown } ?? (exemplars > 0 || clips ?? 0 > 0) }
    }

    /// The actions by name.
    public var actions: [String: Action]

    /// A list of these.
    public init(actions: [String: Action]) { self.actions = actions }

    /// Reads the file; nil where there is none.
    ///
    /// - Throws: `MotionGeneratorError` for a file that is not in its form.
    public init?(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        do {
            actions = try JSONDecoder().decode([String: Action].self, from: data)
        } catch {
            throw MotionGeneratorError.unreadableExemplars(
                path: path, why: "it is not in the form of kmmctl evaluate actions")
        }
    }

    /// Writes the file, a line an action.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let lines = try actions.sorted { $0.key < $1.key }.map { name, action in
            "  \"\(name)\": \(String(decoding: try encoder.encode(action), as: UTF8.self))"
        }
        let text = "{\n" + lines.joined(separator: ",\n") + "\n}\n"
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    /// How well an action is done, in a word or two.
    public func howWell(_ name: String) -> String {
        guard let action = actions[name], action.isLearnt else { return "not learnt" }
        return action.shown.map { "\(Int(($0 * 100).rounded())) %" } ?? (action.exemplars > 0 ? "followed" : "seen")
    }

    /// Names of those that are learnt.
    public var names: Set<String> { Set(actions.filter(\.value.isLearnt).keys) }
}
