/// One action of a longer text.
public struct TextSegment: Hashable, Sendable {
    /// The action, such as "a person walks forward"; never blank.
    public var text: String
    /// The stated length, seconds, above zero; nil where the text states none.
    public var duration: Double?
    /// What the text says in numbers about where the action leads; nil where it says nothing.
    public var goal: MotionGoal?
    /// How often the action is done, one after the other: 1 or more. The length and the goal are those of each time.
    public var repeats: Int
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

        /// Joins the four.
        public init(said: String, actions: [UnderstoodAction], excluded: [String], leftOut: [String]) {
            self.said = said
            self.actions = actions
            self.excluded = excluded
            self.leftOut = leftOut
        }
    }

    /// The length of an action that goes on until it is stopped ("walk until I say stop"), seconds: the longest there is.
    public static let openEndDuration = 120.0

    /// Creates a segment.
    public init(text: String, duration: Double? = nil, goal: MotionGoal? = nil, repeats: Int = 1) {
        self.text = text
        self.duration = duration
        self.goal = goal
        self.repeats = repeats
    }
}
