/// All that is static about a robot: the answer of `robot`, and the message `profile.<robot>.`.
public struct StreamDescription: Codable, Hashable, Sendable {
    /// Its name.
    public var robot: String
    /// Its name for people.
    public var displayName: String
    /// Hash of its profile.
    public var profile: String
    /// Frames per second of its stream.
    public var rateHz: Int
    /// The topic of its references.
    public var topic: String
    /// Order of a quaternion's numbers.
    public var quat = "wxyz"
    /// The frame of the root's pose.
    public var frameId = "world"
    /// How x ahead, y left, z up lie in the root body's own frame: a root's orientation times this looks ahead.
    public var facing = [1.0, 0, 0, 0]
    /// Units by quantity.
    public var units = ["angle": "rad", "length": "m", "time": "s"]
    /// The clock of its times.
    public var clock = "utc"
    /// What generates its motion.
    public var generator: String
    /// Names of the joints in order.
    public var jointNames: [String]
    /// Least positions, rad or m.
    public var jointLower: [Double]
    /// Greatest positions.
    public var jointUpper: [Double]
    /// Greatest velocities.
    public var jointVelocity: [Double]
    /// Greatest accelerations.
    public var jointAcceleration: [Double]
    /// Greatest jerks.
    public var jointJerk: [Double]
    /// Names of the contact channels.
    public var contactNames: [String]
    /// The stand pose.
    public var stand: [Double]

    /// Creates a description; the joints' numbers are all empty.
    public init(
        robot: String, displayName: String, profile: String, rateHz: Int, generator: String, jointNames: [String],
        contactNames: [String]
    ) {
        (self.robot, self.displayName, self.profile, self.rateHz) = (robot, displayName, profile, rateHz)
        topic = "reference.\(robot)."
        (self.generator, self.jointNames, self.contactNames) = (generator, jointNames, contactNames)
        (jointLower, jointUpper, jointVelocity) = ([], [], [])
        (jointAcceleration, jointJerk, stand) = ([], [], [])
    }
}
