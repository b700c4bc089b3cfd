/// Probabilities in [0, 1] that parts of the feet stand on the floor.
public struct FootContacts: Hashable, Sendable {
    /// Left ankle (heel).
    public var leftAnkle: Double
    /// Left toe.
    public var leftToe: Double
    /// Right ankle (heel).
    public var rightAnkle: Double
    /// Right toe.
    public var rightToe: Double

    /// No foot on the floor.
    public static let none = FootContacts(leftAnkle: 0, leftToe: 0, rightAnkle: 0, rightToe: 0)

    /// Creates the four probabilities.
    public init(leftAnkle: Double, leftToe: Double, rightAnkle: Double, rightToe: Double) {
        self.leftAnkle = leftAnkle
        self.leftToe = leftToe
        self.rightAnkle = rightAnkle
        self.rightToe = rightToe
    }

    /// All four in the order in which files and rows of features hold them.
    public var values: [Double] { [leftAnkle, leftToe, rightAnkle, rightToe] }

    /// Those of one foot.
    public subscript(side: Side) -> (ankle: Double, toe: Double) {
        side == .left ? (leftAnkle, leftToe) : (rightAnkle, rightToe)
    }
}
