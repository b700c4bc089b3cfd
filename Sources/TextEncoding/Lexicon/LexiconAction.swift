/// One action that people ask for, as the lexicon describes it.
public struct LexiconAction: Hashable, Sendable {
    /// Which part of the body the action needs; actions that need different parts go together.
    public enum Uses: String, Hashable, Sendable, CaseIterable {
        /// Arms and hands.
        case arms
        /// The head.
        case head
        /// Legs, and with them where the body goes.
        case legs
        /// All of it.
        case whole
        /// Fingers and grippers.
        case hands
    }

    /// What a number before or behind the action means.
    public enum Count: String, Hashable, Sendable, CaseIterable {
        /// It is done so many times.
        case times
        /// So many steps are taken.
        case steps
        /// Nothing that is counted.
        case none
    }

    /// What a text may say more closely about an action.
    public enum Slot: String, Hashable, Sendable, CaseIterable {
        /// Left or right.
        case side
        /// Forward, backward, to a side.
        case direction
        /// How far.
        case distance
        /// How far around.
        case angle
        /// In how many steps.
        case steps
        /// How long.
        case duration
        /// How fast and in which manner.
        case manner
        /// How often.
        case count
    }

    /// Whether there is motion that shows it, to train on.
    public enum Status: String, Hashable, Sendable, CaseIterable {
        /// Recorded clips show it.
        case known
        /// Clips of it are to be authored.
        case planned
        /// Nothing shows it.
        case unknown
    }

    /// Why an action that is understood is not done.
    public enum Refusal: String, Hashable, Sendable, CaseIterable {
        /// It breaks a robot or hurts somebody.
        case dangerous
        /// It needs a place, a thing or a person that cannot be known.
        case place
        /// Moving joints does not do it.
        case impossible
    }

    /// Its name, unique in the lexicon, such as `walk_forward`.
    public var name: String
    /// The family it belongs to, such as `locomotion`.
    public var family: String
    /// The canonical sentence, such as "a person walks forward".
    public var caption: String
    /// The canonical sentence with `{side}`, for actions that have sides.
    public var sidedCaption: String?
    /// Imperative wordings, with `{side}` where a side is said.
    public var imperatives: [String]
    /// Wordings that are no imperatives, such as "jumping jacks".
    public var phrases: [String]
    /// Names of neighbours that it is not.
    public var neighbours: [String]
    /// Name of its opposite.
    public var opposite: String?
    /// Typical length of one, seconds.
    public var seconds: Double
    /// What of the body it needs.
    public var uses: Uses
    /// What a text may say about it.
    public var slots: Set<Slot>
    /// What a number means.
    public var count: Count
    /// What about a motion shows it.
    public var predicate: String
    /// Whether there is motion that shows it.
    public var status: Status
    /// The data sets that hold such motion.
    public var clips: [String]
    /// Why it is not done; nil for what may be done.
    public var refusal: Refusal?

    /// The pose that it has hands take; nil for what the body does.
    public var handPose: HandPose?

    /// Whether it is motion of the body that somebody may do: what a model can learn.
    public var isMotion: Bool { refusal == nil && handPose == nil }

    /// The canonical sentence, with the side where one is stated and makes a difference.
    public func caption(side: BodySide?) -> String {
        guard let side, let sidedCaption else { return caption }
        return sidedCaption.replacing("{side}", with: side.rawValue)
    }

    /// The first way to ask for it, as "wave with your right hand"; of the right side where none is stated.
    public func imperative(side: BodySide?) -> String? {
        imperatives.first?.replacing("{side}", with: (side ?? .right).rawValue)
    }
}

/// Left or right, as seen by the one who moves.
public enum BodySide: String, Hashable, Sendable, CaseIterable {
    /// Left.
    case left
    /// Right.
    case right
}
