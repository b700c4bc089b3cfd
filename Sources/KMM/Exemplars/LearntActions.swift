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

        /// An action of which so much is known.
        public init(shown: Double?, motions: Int, exemplars: Int) {
            (self.shown, self.motions, self.exemplars) = (shown, motions, exemplars)
        }

        /// Least share from which on an action is learnt.
        public static let leastShown = 0.6

        /// Whether the model can be asked for it: its motions show it, or where no predicate tells, it follows people's.
        public var isLearnt: Bool { shown.map { $0 >= Self.leastShown } ?? (exemplars > 0) }
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

    /// Writes the file.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try encoder.encode(actions).write(to: URL(filePath: path), options: .atomic)
    }

    /// How well an action is done, in a word or two.
    public func howWell(_ name: String) -> String {
        guard let action = actions[name], action.isLearnt else { return "not learnt" }
        return action.shown.map { "\(Int(($0 * 100).rounded())) %" } ?? "followed"
    }

    /// Names of those that are learnt.
    public var names: Set<String> { Set(actions.filter(\.value.isLearnt).keys) }
}
