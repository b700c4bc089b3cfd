import Geometry
public import Robots

/// What a retargeter remembers from one frame to the next: a value, so that it can be kept and taken up again.
public struct RetargetState: Sendable {
    /// The configuration of the last frame; nil before the first.
    public internal(set) var configuration: RobotConfiguration?
    /// Velocity of each joint over the last step, rad/s.
    var jointVelocities: [Double] = []
    /// Velocity (m/s) and angular velocity (rad/s) of the root over the last step, in world axes.
    var rootVelocity = Vector3.zero
    var rootTurnRate = Vector3.zero
    /// Joint positions of a better solution, to which the joints are drawn; nil when there is none.
    var escape: [Double]?
    /// Time since a better solution was last looked for, s, and how often it was.
    var sinceSearch = 0.0
    var searches = 0
    /// Left, right.
    var feet = [FootState(), FootState()]

    /// Before the first frame.
    public init() {}

    /// Where the root would be if it went on as before.
    func predictedRoot(after dt: Double) -> RigidTransform {
        guard let configuration else { return .identity }
        return RigidTransform(
            translation: configuration.rootPosition + rootVelocity * dt,
            rotation: Quaternion(rotationVector: rootTurnRate * dt) * configuration.rootRotation)
    }

    /// Takes the next configuration, and the velocities that lead there.
    mutating func advance(to next: RobotConfiguration, dt: Double) {
        if let configuration {
            for joint in jointVelocities.indices {
                jointVelocities[joint] = (next.jointPositions[joint] - configuration.jointPositions[joint]) / dt
            }
            rootVelocity = (next.rootPosition - configuration.rootPosition) / dt
            rootTurnRate = (next.rootRotation * configuration.rootRotation.conjugate).rotationVector / dt
        }
        configuration = next
    }
}

/// What is remembered of one foot.
struct FootState: Sendable {
    /// Whether heel and toes of the human stand.
    var heelStands = false
    var toeStands = false
    /// Where heel and toe joint of the human were, for their speed; nil before the first frame.
    var heelPosition: Vector3?
    var toePosition = Vector3.zero
    /// The goal for the ankle and the sole frame in the world.
    var target = RigidTransform.identity
    /// The goal less the free motion: displacement and rotation vector, and their rates.
    var offset = Vector3.zero
    var turn = Vector3.zero
    var offsetRate = Vector3.zero
    var turnRate = Vector3.zero
    /// The point of the sole that is held, in the sole frame, and the place where; nil in the air.
    var pivot: (local: Vector3, world: Vector3)?
    /// Heading of the free motion in the last frame.
    var freeHeading = 0.0
    /// How firmly the foot is held, 0 to 1.
    var grip = 0.0

    var stands: Bool { heelStands || toeStands }
}
