/// Where an action shall lead, or has led: metres, degrees and steps.
public struct GoalDescription: Codable, Hashable, Sendable {
    /// How far.
    public var distance: Double?
    /// Where to: `forward`, `backward`, `left`, `right`, `any`, `path`.
    public var direction: String?
    /// How far around, positive to the left.
    public var turn: Double?
    /// Whether the side is left open.
    public var eitherSide: Bool?
    /// How many steps.
    public var steps: Int?

    enum CodingKeys: String, CodingKey {
        case distance = "distance_m"
        case direction
        case turn = "turn_deg"
        case eitherSide, steps
    }

    /// Says nothing.
    public init() {}
}
