/// What a text says in numbers about where an action shall lead: how far, how far around, in how many steps.
public struct MotionGoal: Hashable, Sendable {
    /// Where to, as seen by the one who moves when the action begins.
    public enum Direction: String, Hashable, Sendable {
        /// Ahead.
        case forward
        /// Behind.
        case backward
        /// To the left.
        case left
        /// To the right.
        case right
        /// Wherever the action leads; the straight line from its beginning to its end counts.
        case any
        /// Wherever the action leads; the length of the way counts, as in "back and forth".
        case path
    }

    /// Longest distance that is a goal, metres.
    public static let longestDistance = 100.0
    /// Largest turn that is a goal, radians: ten times around.
    public static let largestTurn = 20 * Double.pi
    /// Most steps that are a goal.
    public static let mostSteps = 100

    /// How far, metres, above zero.
    public var distance: Double?
    /// Where to; `any` unless the text says.
    public var direction = Direction.any
    /// How far around, radians; positive to the left (counterclockwise seen from above), negative to the right.
    public var turn: Double?
    /// Whether the text leaves open to which side the turn is; it is positive then.
    public var isEitherSide = false
    /// How many steps.
    public var steps: Int?
    /// How fast a human usually goes who does this, m/s.
    public var pace = 1.0

    /// No goal.
    public init() {}

    /// A distance.
    public init(distance: Double, _ direction: Direction = .any) {
        self.distance = distance
        self.direction = direction
    }

    /// A turn, radians; with `isEitherSide` its sign does not count.
    public init(turn: Double, isEitherSide: Bool = false) {
        self.turn = turn
        self.isEitherSide = isEitherSide
    }

    /// A number of steps.
    public init(steps: Int) { self.steps = steps }
}
