/// What was understood of one action of a text, or how long it is going to be.
public struct ActionDescription: Codable, Hashable, Sendable {
    /// The action.
    public var text: String
    /// Its length, seconds, where it is stated or known.
    public var duration: Double?
    /// Where it shall lead.
    public var goal: GoalDescription?
    /// How often it is done; nil for once.
    public var repeats: Int?
    /// The words of the text.
    public var said: String?
    /// The known actions that are done, several at once.
    public var actions: [KnownAction]?
    /// Names of actions that shall not be done meanwhile.
    public var without: [String]?
    /// Words of the text that none of the actions accounts for.
    public var leftOut: [String]?

    /// A known action, and how sure it is that it was meant.
    public struct KnownAction: Codable, Hashable, Sendable {
        /// Its name, such as `walk_forward`.
        public var action: String
        /// 0 to 1.
        public var likeness: Double
        /// `left` or `right`, where that is told.
        public var side: String?
        /// How it is done, such as `slow`, where that is told.
        public var manner: String?

        /// Creates a known action.
        public init(action: String, likeness: Double, side: String? = nil, manner: String? = nil) {
            (self.action, self.likeness, self.side, self.manner) = (action, likeness, side, manner)
        }
    }

    enum CodingKeys: String, CodingKey {
        case text
        case duration = "duration_s"
        case repeats = "repeat"
        case said, actions, without
        case leftOut = "left_out"
    }

    /// Creates a description.
    public init(text: String, duration: Double? = nil, goal: GoalDescription? = nil, repeats: Int? = nil) {
        (self.text, self.duration, self.goal, self.repeats) = (text, duration, goal, repeats)
    }

    /// Writes the members of the goal beside its own.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(text, forKey: .text)
        try container.encodeIfPresent(duration, forKey: .duration)
        try goal?.encode(to: encoder)
        try container.encodeIfPresent(repeats, forKey: .repeats)
        try container.encodeIfPresent(said, forKey: .said)
        try container.encodeIfPresent(actions, forKey: .actions)
        try container.encodeIfPresent(without, forKey: .without)
        try container.encodeIfPresent(leftOut, forKey: .leftOut)
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        text = try container.decode(String.self, forKey: .text)
        duration = try container.decodeIfPresent(Double.self, forKey: .duration)
        repeats = try container.decodeIfPresent(Int.self, forKey: .repeats)
        said = try container.decodeIfPresent(String.self, forKey: .said)
        actions = try container.decodeIfPresent([KnownAction].self, forKey: .actions)
        without = try container.decodeIfPresent([String].self, forKey: .without)
        leftOut = try container.decodeIfPresent([String].self, forKey: .leftOut)
        let goal = try GoalDescription(from: decoder)
        self.goal = goal == GoalDescription() ? nil : goal
    }
}
