/// A pose that one hand, or both, shall take and keep.
public struct HandCommand: Hashable, Sendable {
    /// The pose.
    public var pose: HandPose
    /// The hand; nil for both.
    public var side: BodySide?

    /// The hand, or both, that are meant.
    public var sides: [BodySide] { side.map { [$0] } ?? BodySide.allCases }

    /// Joins the two.
    public init(pose: HandPose, side: BodySide?) {
        self.pose = pose
        self.side = side
    }

    /// Words that say more than one hand.
    private static let plurals: Set = ["hands", "fists", "grippers", "claws", "both", "two", "fingers"]

    /// What an action of the hands is in the words that ask for it: where they tell no side, it is both hands if they say several
    /// and else the right one; both hands open.
    init(_ pose: HandPose, side: BodySide?, said words: some Sequence<String>) {
        let several = pose == .open || words.contains(where: Self.plurals.contains)
        self.init(pose: pose, side: side ?? (several ? nil : .right))
    }
}

extension Action {
    /// What the body does of these actions, each with the poses that hands take as it begins or when the last has ended; and the
    /// poses of a text in which the body does nothing.
    public static func ofBody(_ actions: [Action]) -> (body: [Action], hands: [HandCommand]) {
        var body: [Action] = []
        var waiting: [Action] = []
        for var action in actions {
            guard action.movesBody else {
                waiting.append(action)
                continue
            }
            action.hands = waiting.flatMap(\.hands) + action.hands
            action.understood?.actions += waiting.flatMap { $0.understood?.actions ?? [] }
            waiting = []
            body.append(action)
        }
        let left = waiting.flatMap(\.hands)
        guard let last = body.indices.last else { return ([], left) }
        body[last].handsAfter = left
        body[last].understood?.actions += waiting.flatMap { $0.understood?.actions ?? [] }
        return (body, [])
    }
}
