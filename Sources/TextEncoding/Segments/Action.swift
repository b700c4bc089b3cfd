/// One thing to do: what a text asks for, a plan gives a length, and the generator carries out.
public struct Action: Hashable, Sendable {
    /// The sentence, such as "a person walks forward"; never blank.
    public var text: String
    /// The length, seconds, above zero; nil where none is stated or estimated so far.
    public var duration: Double?
    /// Whether the length is only what such an action usually takes; one that somebody stated has to be kept.
    public var isEstimate: Bool
    /// What the text says in numbers about where the action leads; nil where it says nothing.
    public var goal: MotionGoal?
    /// How often the action is done, one after the other: 1 or more. The length and the goal are those of each time.
    public var repeats: Int
    /// The poses that hands take as it begins.
    public var hands: [HandCommand] = []
    /// Those that they take when it has ended.
    public var handsAfter: [HandCommand] = []
    /// Whether the body does something too.
    public var movesBody = true

    /// What the lexicon makes of it; nil for an action that was not looked up.
    public var understood: Understood?

    /// What the lexicon makes of an action.
    public struct Understood: Hashable, Sendable {
        /// The words of the text.
        public var said: String
        /// The actions of the lexicon that are done, several at once.
        public var actions: [UnderstoodAction]
        /// Names of actions that shall not be done meanwhile.
        public var excluded: [String]
        /// Words of the text that none of the actions accounts for.
        public var leftOut: [String]
        /// Why it would be refused under the policy `strict`; nil when it would not.
        public var objection: String?

        /// Joins the five.
        public init(
            said: String, actions: [UnderstoodAction], excluded: [String], leftOut: [String], objection: String?
        ) {
            self.said = said
            self.actions = actions
            self.excluded = excluded
            self.leftOut = leftOut
            self.objection = objection
        }
    }

    /// The length of an action that goes on until it is stopped ("walk until I say stop"), seconds: the longest there is.
    public static let openEndDuration = 120.0

    /// Whether the length is stated.
    public var isTimed: Bool { duration != nil && !isEstimate }

    /// Creates an action.
    public init(
        text: String, duration: Double? = nil, isEstimate: Bool = false, goal: MotionGoal? = nil, repeats: Int = 1
    ) {
        self.text = text
        self.duration = duration
        self.isEstimate = isEstimate
        self.goal = goal
        self.repeats = repeats
    }
}
