import Geometry
import HumanBody
import JSON

// The profile format, key by key. Every key is required unless its absence says something of its own.

extension RobotProfile {
    private static let blank = RobotProfile(
        schema: schemaVersion, name: "", displayName: "", maker: "", licence: "",
        source: Source(repository: "", commit: "", file: ""), bodies: [], joints: [], human: HumanMap(entries: []),
        collision: .none, poses: [:],
        limits: Limits(
            rootHeightLower: 0, rootHeightUpper: 0, tilt: 0, planarSpeed: 0, yawRate: 0, softMargin: 0, policy: .clip,
            rejectDistance: 0),
        targets: [:], stream: Stream(rate: 0, sinks: [:]))

    /// The whole document.
    static var form: Form<RobotProfile> {
        .object(
            blank,
            [
                .optional("$schema", \.schemaReference, .text, "Where editors find the JSON Schema: \"schema.json\"."),
                .required("schema", \.schema, .constant(schemaVersion), "Version of the profile format."),
                .required("name", \.name, .identifier, "Identity, as people type it: unitree_g1."),
                .required("display_name", \.displayName, .text, "Name for people."),
                .required("maker", \.maker, .text, "Who makes the robot."),
                .required("licence", \.licence, .text, "Licence of the description the numbers come from (SPDX)."),
                .required("source", \.source, Source.form, "Where the numbers come from."),
                .optional(
                    "facing", \.facing, .rotation, absent: .identity,
                    "Orientation, in the root body's frame, of x ahead, y left, z up, [w, x, y, z]; left out for the root's own."
                ),
                .required(
                    "bodies", \.bodies, .list(of: Body.form, count: 1...greatestBodyCount),
                    "The rigid bodies; every parent before its children, the root first."),
                .required(
                    "joints", \.joints, .list(of: Joint.form, count: 0...greatestBodyCount),
                    "The joints; the order of the driven ones is the robot's joint order."),
                .required("human", \.human, HumanMap.form, "How a human body maps onto the robot."),
                .optional(
                    "feet", \.feet, Sides.form(of: Foot.form, blank: .blank), "The feet; none without legs."),
                .optional(
                    "hands", \.hands, Sides.form(of: Hand.form, blank: .blank), "The hands; none without arms."),
                .optional(
                    "collision", \.collision, Collision.form, absent: .none,
                    "Shapes and pairs watched for self-collision; without them nothing is watched."),
                .required("poses", \.poses, .map(of: Pose.form), "Named poses; stand is required."),
                .required("limits", \.limits, Limits.form, "Limits of the root, and how limits are applied."),
                .optional(
                    "feasibility", \.feasibility, Feasibility.form,
                    "Bounds of whole-body motion; left out, those of a robot of its size."),
                .optional(
                    "supervision", \.supervision, Supervision.form, absent: Supervision(),
                    "When the robot counts as fallen, tipping or not following."),
                .optional(
                    "targets", \.targets, .map(of: Target.form), absent: [:],
                    "Joint orders of consumers by name: mujoco, isaaclab, sdk."),
                .required("stream", \.stream, Stream.form, "Settings of the published stream."),
                .optional(
                    "made", \.made, .map(of: .text), absent: [:],
                    "A digest of each part as the importer wrote it: a part that has another one was edited by hand."),
            ])
    }
}

extension RobotProfile.Source {
    static var form: Form<Self> {
        .object(
            Self(repository: "", commit: "", file: ""),
            [
                .required("repository", \.repository, .text, "Repository, owner/name, or another place."),
                .required("commit", \.commit, .text, "Commit, abbreviated or whole, or a version."),
                .required("file", \.file, .text, "Path of the file inside the repository."),
            ])
    }
}

extension RobotProfile.Body {
    static var form: Form<Self> {
        .object(
            Self(name: "", pose: .identity, mass: 0, centerOfMass: .zero, inertia: []),
            [
                .required("name", \.name, .text, "Name, unique among bodies."),
                .optional("parent", \.parent, .text, "Name of the parent; left out for the root."),
                .optional(
                    "offset", \.pose.translation, .position, absent: .zero,
                    "Origin in the parent at joint position zero, [x, y, z] in m."),
                .optional(
                    "rotation", \.pose.rotation, .rotation, absent: .identity,
                    "Orientation in the parent at joint position zero, [w, x, y, z]."),
                .required("mass", \.mass, .number(from: 0, to: 1000, "kg"), "Mass, kg."),
                .required(
                    "center_of_mass", \.centerOfMass, .position, "Centre of mass in the body's frame, [x, y, z] in m."),
                .required(
                    "inertia", \.inertia,
                    .list(of: .number(from: -1000, to: 1000, "kg m²"), count: 6...6, "xx, yy, zz, xy, xz, yz"),
                    "Inertia about the centre of mass in the body's axes: xx, yy, zz, xy, xz, yz, kg m²."),
            ], [.with("parent", ["offset", "rotation"])])
    }
}

extension RobotProfile.Joint {
    static var form: Form<Self> {
        let moving = Kind.allCases.filter(\.moves).map(\.rawValue)
        return .object(
            Self(
                name: "", body: "", kind: .fixed, axis: Vector3(0, 0, 1), origin: .zero, limits: .none, defaults: []),
            [
                .required("name", \.name, .text, "Name, unique among joints."),
                .required("body", \.body, .text, "Name of the body that the joint moves."),
                .required(
                    "kind", \.kind, .choice(), "How it moves; a ball joint is held, the root is floating or fixed."),
                .optional(
                    "axis", \.axis, .direction, absent: Vector3(0, 0, 1), "Unit axis in the body's frame, [x, y, z]."),
                .optional(
                    "origin", \.origin, .position, absent: .zero,
                    "A point of the axis in the body's frame, [x, y, z] in m."),
                .optional(
                    "range", \.range, .list(of: .number(from: -1000, to: 1000), count: 2...2, "[least, greatest]"),
                    absent: [-.infinity, .infinity], "Least and greatest position, rad or m; none when it is endless."),
                .optional(
                    "velocity", \.limits.velocity, .number(from: 0.001, to: 1000), absent: .infinity,
                    "Greatest speed, rad/s or m/s."),
                .optional(
                    "acceleration", \.limits.acceleration, .number(from: 0.01, to: 1e5), absent: .infinity,
                    "Greatest acceleration, rad/s² or m/s²."),
                .optional(
                    "jerk", \.limits.jerk, .number(from: 0.1, to: 1e7), absent: .infinity,
                    "Greatest jerk, rad/s³ or m/s³."),
                .optional(
                    "effort", \.effort, .number(from: 0.001, to: 1e5),
                    "Greatest torque, Nm, or force, N; left out when unknown."),
                .optional(
                    "mimic", \.mimic, Mimic.form, "The joint that this one follows; left out when it is free."),
                .optional(
                    "defaults", \.defaults, .list(of: .choice(), count: 0...4), absent: [],
                    "The limits that are not the maker's but defaults taken."),
            ],
            [
                .when("kind", isOneOf: moving, ["axis", "origin"]),
                .when("kind", isOneOf: [Kind.revolute.rawValue, Kind.prismatic.rawValue], ["range"]),
            ])
    }

    private var range: [Double] {
        get { [limits.lower, limits.upper] }
        set { (limits.lower, limits.upper) = (newValue[0], newValue[1]) }
    }
}

extension RobotProfile.Joint.Mimic {
    static var form: Form<Self> {
        .object(
            Self(joint: "", ratio: 1, offset: 0),
            [
                .required("joint", \.joint, .text, "Name of the joint that is followed."),
                .required("ratio", \.ratio, .number(from: -1000, to: 1000), "Factor on that joint's position."),
                .required("offset", \.offset, .number(from: -1000, to: 1000), "What is added, rad or m."),
            ])
    }
}

extension RobotProfile.Sides {
    static func form(of element: Form<Element>, blank: Element) -> Form<Self> {
        .object(
            Self(left: blank, right: blank),
            [
                .required("left", \.left, element, "The left one."),
                .required("right", \.right, element, "The right one."),
            ])
    }
}

extension RobotProfile.HumanMap {
    static var form: Form<Self> {
        .object(
            Self(entries: []),
            [
                .required(
                    "map", \.entries, .list(of: Entry.form, count: 1...HumanJoint.count),
                    "The bodies that follow, every SMPL parent before its children."),
                .optional("lengths", \.lengths, Lengths.form, "Lengths of the robot's limbs."),
            ])
    }
}

extension RobotProfile.HumanMap.Lengths {
    static var form: Form<Self> {
        .object(
            Self(),
            [
                .optional(
                    "leg", \.leg, .number(from: 0.01, to: 5, "m"), "Hip over knee to ankle, m; none without legs."),
                .optional(
                    "arm", \.arm, .number(from: 0.01, to: 5, "m"), "Shoulder over elbow to wrist, m; none without arms."
                ),
            ])
    }
}

extension RobotProfile.HumanMap.Entry {
    static var form: Form<Self> {
        .object(
            Self(
                joint: .pelvis, body: "", point: .zero, positionWeight: 0, orientationWeight: 0, rotation: nil, scale: 1
            ),
            [
                .required("joint", \.joint, .humanJoint, "The SMPL joint."),
                .required("body", \.body, .text, "The robot's body that turns with that joint."),
                .required(
                    "point", \.point, .position, "Centre of the human joint in the body's frame, [x, y, z] in m."),
                .required(
                    "position_weight", \.positionWeight, .number(from: 0, to: 1e4),
                    "Weight of the joint's position; 0 leaves it out."),
                .required(
                    "orientation_weight", \.orientationWeight, .number(from: 0, to: 1e4),
                    "Weight of the body's orientation; 0 leaves it out."),
                .optional(
                    "rotation", \.rotation, .rotation,
                    "Orientation of the body in SMPL's T pose, [w, x, y, z]; left out, it is found by calibration."),
                .required(
                    "scale", \.scale, .number(from: 0.1, to: 10), "Factor on the segment that ends in this joint."),
            ])
    }
}

extension RobotProfile.Foot {
    static let blank = Self(body: "", sole: [], heel: .zero, toe: .zero)

    static var form: Form<Self> {
        .object(
            blank,
            [
                .required("body", \.body, .text, "The body that stands on the floor."),
                .required(
                    "sole", \.sole, .list(of: .position, count: 4...64, "corners [x, y, z]"),
                    "Corners of the sole in the body's frame, m; four or more, in one plane."),
                .required("heel", \.heel, .position, "Point of the sole under the heel, m."),
                .required("toe", \.toe, .position, "Point of the sole under the toes, m."),
                .optional(
                    "rocker", \.rocker, .list(of: .position, count: 0...64, "points [x, y, z]"), absent: [],
                    "Points of the foot's underside beyond the sole, m, which stay over the floor when the foot rolls."),
            ])
    }
}

extension RobotProfile.Hand {
    static let blank = Self(body: "", frame: .identity)

    static var form: Form<Self> {
        .object(
            blank,
            [
                .required("body", \.body, .text, "The last body of the arm."),
                .required("offset", \.frame.translation, .position, "The palm in the body's frame, m."),
                .required(
                    "rotation", \.frame.rotation, .rotation,
                    "The palm's axes, [w, x, y, z]: x along the fingers, z out of the back of the hand."),
                .optional(
                    "poses", \.poses, .map(of: .map(of: .number(from: -1000, to: 1000))), absent: [:],
                    "Poses of the fingers by name, open, fist, point or pinch: positions of joints beyond the hand's body."
                ),
            ])
    }
}

extension RobotProfile.Collision {
    static var form: Form<Self> {
        .object(
            .none,
            [
                .required(
                    "capsules", \.capsules, .list(of: Capsule.form, count: 0...1000),
                    "Capsules on bodies; a sphere has both ends in one point."),
                .required(
                    "pairs", \.pairs,
                    .list(of: .list(of: .text, count: 2...2, "two names of bodies"), count: 0...10_000),
                    "Pairs of bodies whose capsules must keep apart."),
            ])
    }
}

extension RobotProfile.Collision.Capsule {
    static var form: Form<Self> {
        .object(
            Self(body: "", from: .zero, to: .zero, radius: 0),
            [
                .required("body", \.body, .text, "The body that carries it."),
                .required("from", \.from, .position, "One end of its axis in the body's frame, m."),
                .required("to", \.to, .position, "The other end, m."),
                .required("radius", \.radius, .number(from: 0.0001, to: 2, "m"), "Radius, m."),
            ])
    }
}

extension RobotProfile.Pose {
    static var form: Form<Self> {
        .object(
            Self(rootPosition: .zero, rootRotation: .identity, joints: [:]),
            [
                .required("root_position", \.rootPosition, .position, "Origin of the root body in the world, m."),
                .required("root_rotation", \.rootRotation, .rotation, "Its orientation in the world, [w, x, y, z]."),
                .required(
                    "joints", \.joints, .map(of: .number(from: -1000, to: 1000)),
                    "Positions of the driven joints by name; one left out is at zero."),
            ])
    }
}

extension RobotProfile.Limits {
    static var form: Form<Self> {
        .object(
            Self(
                rootHeightLower: 0, rootHeightUpper: 0, tilt: 0, planarSpeed: 0, yawRate: 0, softMargin: 0,
                policy: .clip, rejectDistance: 0),
            [
                .required(
                    "root_height", \.rootHeight, .list(of: .number(from: -10, to: 10, "m"), count: 2...2),
                    "Least and greatest height of the root's origin over the floor, m."),
                .required(
                    "tilt", \.tilt, .number(from: 0.01, to: 3.1416, "rad"),
                    "Greatest angle between the root's z axis and the vertical, rad."),
                .required(
                    "planar_speed", \.planarSpeed, .number(from: 0.01, to: 20, "m/s"),
                    "Greatest horizontal speed of the root, m/s."),
                .required(
                    "yaw_rate", \.yawRate, .number(from: 0.01, to: 100, "rad/s"),
                    "Greatest speed of the root's heading, rad/s."),
                .required(
                    "soft_margin", \.softMargin, .number(from: 0, to: 1),
                    "Distance kept from each end of a joint's range, rad or m."),
                .required("policy", \.policy, .choice(), "What happens to a reference that leaves the limits."),
                .required(
                    "reject_distance", \.rejectDistance, .number(from: 0.001, to: 10),
                    "Distance that a joint would be moved from which the policy reject holds, rad or m."),
            ])
    }

    private var rootHeight: [Double] {
        get { [rootHeightLower, rootHeightUpper] }
        set { (rootHeightLower, rootHeightUpper) = (newValue[0], newValue[1]) }
    }
}

extension RobotProfile.Target {
    static var form: Form<Self> {
        .object(
            Self(joints: [], names: nil, leftOut: []),
            [
                .required(
                    "joints", \.joints, .list(of: .text, count: 1...1000),
                    "This profile's joints in the consumer's order."),
                .optional(
                    "names", \.names, .list(of: .text, count: 1...1000),
                    "The consumer's own names in that order, when they differ."),
                .optional(
                    "left_out", \.leftOut, .list(of: .text, count: 0...1000), absent: [],
                    "Driven joints that the consumer does not know."),
            ])
    }
}

extension RobotProfile.Stream {
    static var form: Form<Self> {
        .object(
            Self(rate: 0, sinks: [:]),
            [
                .required("rate", \.rate, .number(from: 30, to: 500, "Hz"), "Frames per second, Hz."),
                .optional(
                    "sinks", \.sinks, .map(of: Sink.form), absent: [:], "Consumers' own streams; all off by default."),
            ])
    }
}

extension RobotProfile.Stream.Sink {
    static var form: Form<Self> {
        .object(
            Self(enabled: false, endpoint: nil, settings: [:]),
            [
                .required("enabled", \.enabled, .flag, "Whether it is published when the configuration does not say."),
                .optional("endpoint", \.endpoint, .text, "ZeroMQ endpoint; left out, the sink's usual one."),
                .optional("settings", \.settings, .map(of: Setting.form), absent: [:], "What else that sink knows."),
            ])
    }
}

extension RobotProfile.Stream.Sink.Setting {
    static var form: Form<Self> {
        Form(schema: ["type": ["boolean", "number", "string"]]) { value, reading in
            switch value {
            case .bool(let flag): return .flag(flag)
            case .integer, .number: return value.number.map(Self.number)
            case .string(let text): return .text(text)
            default:
                reading.refuse(value, expected: "true, false, a number or a string")
                return nil
            }
        } write: { setting in
            switch setting {
            case .flag(let flag): .bool(flag)
            case .number(let number): Form<Double>.written(number)
            case .text(let text): .string(text)
            }
        }
    }
}
