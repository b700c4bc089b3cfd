public import Geometry
public import HumanBody

/// All that is needed to drive one robot: its kinematic tree, its limits, how a human body maps onto it and how its
/// controllers want their numbers. One JSON file; SI units, radians, x forward, y left, z up, quaternions (w, x, y, z).
public struct RobotProfile: Hashable, Sendable {
    /// Version of the profile format that this program reads.
    public static let schemaVersion = 1

    /// Where an editor finds the JSON Schema of this format; written as `$schema`, not read by this program.
    public var schemaReference: String?
    /// Version of the profile format.
    public var schema: Int
    /// Identity, as people type it: `unitree_g1`.
    public var name: String
    /// Name for people.
    public var displayName: String
    /// Who makes the robot.
    public var maker: String
    /// Licence of the description that the numbers come from (SPDX).
    public var licence: String
    /// Where the numbers come from.
    public var source: Source
    /// Orientation, in the root body's own frame, of the frame in which x points ahead, y left and z up.
    public var facing = Quaternion.identity
    /// The rigid bodies; every parent stands before its children, the root first.
    public var bodies: [Body]
    /// The joints; the order of the driven ones is the robot's joint order everywhere in the program.
    public var joints: [Joint]
    /// How a human body maps onto the robot.
    public var human: HumanMap
    /// The two feet; nil for a robot without legs.
    public var feet: Sides<Foot>?
    /// The two hands; nil for a robot without arms.
    public var hands: Sides<Hand>?
    /// Shapes and pairs watched for self-collision.
    public var collision: Collision
    /// Named poses; `stand` is required.
    public var poses: [String: Pose]
    /// Limits of the root, and how limits are applied.
    public var limits: Limits
    /// Bounds of whole-body motion; nil for those of a robot of its size (``feasibilityBounds``).
    public var feasibility: Feasibility?
    /// When the robot counts as fallen, tipping or not following.
    public var supervision = Supervision()
    /// Joint orders of the consumers by name (`mujoco`, `isaaclab`, …).
    public var targets: [String: Target]
    /// Settings of the published stream.
    public var stream: Stream
    /// A digest of each part of the profile as the importer wrote it, by place.
    public var made: [String: String] = [:]
    /// SHA-256 of the file's bytes, 64 hexadecimal digits; empty for a profile that was not read from bytes.
    public internal(set) var contentHash = ""
}

extension RobotProfile {
    /// The joints that the program commands: every moving one that does not mimic another. Ball joints are held.
    public var drivenJoints: [Joint] { joints.filter(\.isDriven) }
    /// Names of the driven joints in order.
    public var jointNames: [String] { drivenJoints.map(\.name) }
    /// Limits of the driven joints in order.
    public var jointLimits: [JointLimits] { drivenJoints.map(\.limits) }
    /// Indices of the driven joints that move a body, from the body towards the root.
    public func drivenJoints(above body: String) -> [Int] {
        let driven = drivenJoints
        var (joints, current): ([Int], String?) = ([], body)
        while let name = current {
            if let joint = driven.firstIndex(where: { $0.body == name }) { joints.append(joint) }
            current = bodies.first { $0.name == name }?.parent
        }
        return joints
    }
    /// Whether a body is another one, or hangs on it.
    func isBody(_ name: String, beyond other: String) -> Bool {
        var current: String? = name
        // No longer than there are bodies, be they a tree or not.
        for _ in bodies.indices {
            guard let body = current else { return false }
            if body == other { return true }
            current = bodies.first { $0.name == body }?.parent
        }
        return false
    }
    /// Whether the root body moves freely; a fixed root stays at the world's origin.
    public var hasFloatingRoot: Bool { joints.contains { $0.kind == .floating } }

    /// The configuration of a named pose; nil when there is none of that name.
    public func configuration(ofPose name: String) -> RobotConfiguration? {
        poses[name].map { pose in
            RobotConfiguration(
                rootPosition: pose.rootPosition, rootRotation: pose.rootRotation,
                jointPositions: jointNames.map { pose.joints[$0] ?? 0 })
        }
    }

    /// The pose in which the robot waits: statically stable, both feet flat on the floor.
    public var standPose: RobotConfiguration {
        configuration(ofPose: "stand")
            ?? RobotConfiguration(
                rootPosition: .zero, rootRotation: restingRoot,
                jointPositions: jointLimits.map { min(max(0, $0.lower), $0.upper) })
    }
}

/// Limits of one driven joint; radians for revolute joints, metres for prismatic ones.
public struct JointLimits: Hashable, Sendable {
    /// Least position, rad; -infinity for a continuous joint.
    public var lower: Double
    /// Greatest position, rad; infinity for a continuous joint.
    public var upper: Double
    /// Greatest speed, rad/s.
    public var velocity: Double
    /// Greatest acceleration, rad/s².
    public var acceleration: Double
    /// Greatest jerk, rad/s³.
    public var jerk: Double

    /// No limits at all.
    public static let none = JointLimits(
        lower: -.infinity, upper: .infinity, velocity: .infinity, acceleration: .infinity, jerk: .infinity)
    /// What is taken where nothing better is known; a maker's lower velocity comes before it.
    public static let defaultRates = (velocity: 12.0, acceleration: 200.0, jerk: 8000.0)

    /// Creates limits.
    public init(lower: Double, upper: Double, velocity: Double, acceleration: Double, jerk: Double) {
        self.lower = lower
        self.upper = upper
        self.velocity = velocity
        self.acceleration = acceleration
        self.jerk = jerk
    }
}

extension RobotProfile {
    /// Where a description was published.
    public struct Source: Hashable, Sendable {
        /// Repository, `owner/name`.
        public var repository: String
        /// Commit, abbreviated or whole.
        public var commit: String
        /// Path of the file inside the repository.
        public var file: String
    }

    /// A rigid body and where it hangs on its parent when its joint is at zero.
    public struct Body: Hashable, Sendable {
        /// Name, unique among bodies.
        public var name: String
        /// Name of the parent; nil for the root.
        public var parent: String?
        /// Pose in the parent at joint position zero.
        public var pose: RigidTransform
        /// Mass, kg.
        public var mass: Double
        /// Centre of mass in the body's frame, m.
        public var centerOfMass: Vector3
        /// Inertia about the centre of mass in the body's axes: xx, yy, zz, xy, xz, yz, kg m².
        public var inertia: [Double]
    }

    /// A joint and the body that it moves.
    public struct Joint: Hashable, Sendable {
        /// How a joint moves.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// Turns about an axis within a range.
            case revolute
            /// Turns about an axis without end.
            case continuous
            /// Slides along an axis.
            case prismatic
            /// Does not move.
            case fixed
            /// Turns about three axes; held at its rest value.
            case ball
            /// The free root.
            case floating

            /// Whether a joint of this kind has one position.
            public var moves: Bool { self == .revolute || self == .continuous || self == .prismatic }
        }
        /// A limit of a joint.
        public enum Limit: String, Hashable, Sendable, CaseIterable {
            /// Speed.
            case velocity
            /// Acceleration.
            case acceleration
            /// Jerk.
            case jerk
            /// Torque or force.
            case effort
        }
        /// Coupling to another joint: position = ratio × position of that joint + offset.
        public struct Mimic: Hashable, Sendable {
            /// Name of the joint that is followed.
            public var joint: String
            /// Factor.
            public var ratio: Double
            /// Constant part, rad or m.
            public var offset: Double
        }

        /// Name, unique among joints.
        public var name: String
        /// Name of the body that the joint moves.
        public var body: String
        /// How it moves.
        public var kind: Kind
        /// Unit axis in the body's frame.
        public var axis: Vector3
        /// A point of the axis in the body's frame, m.
        public var origin: Vector3
        /// Limits of position, velocity, acceleration and jerk; infinite where a joint that is not driven states none.
        public var limits: JointLimits
        /// Greatest torque (Nm) or force (N), when known.
        public var effort: Double?
        /// Coupling to another joint.
        public var mimic: Mimic?
        /// The limits that are defaults of this program and not the maker's.
        public var defaults: [Limit]

        /// Whether the program commands the joint.
        public var isDriven: Bool {
            mimic == nil && kind.moves
        }
    }

    /// A left and a right one.
    public struct Sides<Element: Hashable & Sendable>: Hashable, Sendable {
        /// The left one.
        public var left: Element
        /// The right one.
        public var right: Element

        /// Creates a pair.
        public init(left: Element, right: Element) {
            self.left = left
            self.right = right
        }

        /// Left, then right.
        public var both: [Element] { [left, right] }
    }

    /// How a human body maps onto the robot.
    public struct HumanMap: Hashable, Sendable {
        /// A body of the robot that follows a joint of the human.
        public struct Entry: Hashable, Sendable {
            /// The human's joint.
            public var joint: HumanJoint
            /// Name of the robot's body that turns with that joint.
            public var body: String
            /// Centre of the human joint in the body's frame, m.
            public var point: Vector3
            /// Weight of the joint's position; 0 leaves it out.
            public var positionWeight: Double
            /// Weight of the body's orientation; 0 leaves it out.
            public var orientationWeight: Double
            /// Orientation of the body when the human stands in SMPL's T pose; nil lets the calibration find it.
            public var rotation: Quaternion?
            /// Factor on the length of the segment that ends in this joint.
            public var scale: Double
        }

        /// Lengths of the robot's limbs, for people who compare it with the human; nothing is computed from them.
        public struct Lengths: Hashable, Sendable {
            /// Hip over knee to ankle, m; nil for a robot without legs.
            public var leg: Double?
            /// Shoulder over elbow to wrist, m; nil for a robot without arms.
            public var arm: Double?
        }

        /// The bodies that follow, every SMPL parent before its children.
        public var entries: [Entry]
        /// Lengths of the robot's limbs; nil when they are not stated.
        public var lengths: Lengths?
    }

    /// A foot and its sole.
    public struct Foot: Hashable, Sendable {
        /// Name of the body.
        public var body: String
        /// Corners of the sole in the body's frame, m; four at least, in one plane.
        public var sole: [Vector3]
        /// Point of the sole under the heel, m.
        public var heel: Vector3
        /// Point of the sole under the toes, m.
        public var toe: Vector3
        /// Points of the foot's underside beyond the sole, m: what would meet the floor first when the foot rolls.
        public var rocker: [Vector3] = []
    }

    /// A hand.
    public struct Hand: Hashable, Sendable {
        /// Name of the body.
        public var body: String
        /// Pose of the palm in the body's frame: x along the fingers, z out of the back of the hand.
        public var frame: RigidTransform
        /// Poses of the fingers by name, one of ``poseNames``: positions of driven joints beyond the hand's body, rad or m. A joint
        /// that a pose leaves out stays as it is.
        public var poses: [String: [String: Double]] = [:]

        /// The poses that texts ask for.
        public static let poseNames = ["open", "fist", "point", "pinch"]
    }

    /// Shapes and pairs watched for self-collision.
    public struct Collision: Hashable, Sendable {
        /// A capsule on a body; a sphere when both ends are one point.
        public struct Capsule: Hashable, Sendable {
            /// Name of the body.
            public var body: String
            /// One end of the axis in the body's frame, m.
            public var from: Vector3
            /// The other end, m.
            public var to: Vector3
            /// Radius, m.
            public var radius: Double
        }
        /// The capsules.
        public var capsules: [Capsule]
        /// Pairs of bodies whose capsules must keep apart.
        public var pairs: [[String]]

        /// Nothing watched.
        public static let none = Collision(capsules: [], pairs: [])
    }

    /// A named pose.
    public struct Pose: Hashable, Sendable {
        /// Origin of the root body in the world, m.
        public var rootPosition: Vector3
        /// Orientation of the root body in the world.
        public var rootRotation: Quaternion
        /// Joint positions by name; a joint left out is at zero.
        public var joints: [String: Double]
    }

    /// Limits of the root, and how limits are applied.
    public struct Limits: Hashable, Sendable {
        /// What happens to a reference that leaves the limits.
        public enum Policy: String, Hashable, Sendable, CaseIterable {
            /// It is moved to the nearest value inside.
            case clip
            /// The robot holds when clipping would move a joint by more than `rejectDistance`.
            case reject
        }
        /// Least height of the root's origin over the floor, m.
        public var rootHeightLower: Double
        /// Greatest height of the root's origin over the floor, m.
        public var rootHeightUpper: Double
        /// Greatest angle between the root's z axis and the vertical, rad.
        public var tilt: Double
        /// Greatest horizontal speed of the root, m/s.
        public var planarSpeed: Double
        /// Greatest speed of the root's heading, rad/s.
        public var yawRate: Double
        /// Distance kept from each end of a joint's range, rad or m.
        public var softMargin: Double
        /// What happens to a reference that leaves the limits.
        public var policy: Policy
        /// Distance from which `reject` rejects, rad or m.
        public var rejectDistance: Double
    }

    /// The joint order of a consumer.
    public struct Target: Hashable, Sendable {
        /// Names of this program's joints in the consumer's order.
        public var joints: [String]
        /// The consumer's own names, in the same order, when they differ.
        public var names: [String]?
        /// Driven joints that the consumer does not know.
        public var leftOut: [String]
    }

    /// Settings of the published stream.
    public struct Stream: Hashable, Sendable {
        /// A consumer's own stream beside the native one.
        public struct Sink: Hashable, Sendable {
            /// A setting's value.
            public enum Setting: Hashable, Sendable {
                /// `true` or `false`.
                case flag(Bool)
                /// A number.
                case number(Double)
                /// A text.
                case text(String)
            }
            /// Whether it is published when the configuration does not say.
            public var enabled: Bool
            /// ZeroMQ endpoint; nil for the sink's usual one.
            public var endpoint: String?
            /// What else that sink knows, by name.
            public var settings: [String: Setting]
        }

        /// Frames per second.
        public var rate: Double
        /// Sinks by name (`sonic`, `holomotion`, …); one that is not listed is off.
        public var sinks: [String: Sink]
    }
}
