public import Geometry

/// What a URDF or MJCF file says about a robot, in one form for both: a tree of bodies with one joint each.
///
/// SI units, radians; rotations (w, x, y, z). A body of MJCF with several joints is a chain of bodies here, of which the
/// last has the mass and the name.
public struct RobotDescription: Sendable {
    /// The format a description was read from.
    public enum Format: String, Hashable, Sendable {
        /// Unified Robot Description Format, of ROS.
        case urdf
        /// MuJoCo's XML.
        case mjcf
        /// Simulation Description Format, of Gazebo.
        case sdf
    }

    /// Something in the file that is odd, and what the reader made of it.
    public struct Warning: Hashable, Sendable, CustomStringConvertible {
        /// Line in the file.
        public var line: Int
        /// What it is.
        public var message: String

        /// One line for people.
        public var description: String { "line \(line): \(message)" }
    }

    /// Mass and how it lies.
    public struct Inertial: Hashable, Sendable {
        /// Mass, kg.
        public var mass: Double
        /// Centre of mass in the body, m.
        public var center: Vector3
        /// Moments about the centre in the body's axes: xx, yy, zz, xy, xz, yz, kg m².
        public var moments: [Double]

        /// No mass.
        public static let none = Inertial(mass: 0, center: .zero, moments: [0, 0, 0, 0, 0, 0])
    }

    /// What moves a body against its parent.
    public struct Joint: Hashable, Sendable {
        /// Name.
        public var name: String
        /// How it moves.
        public var kind: RobotProfile.Joint.Kind
        /// Unit axis in the body.
        public var axis: Vector3
        /// A point of the axis in the body, m.
        public var origin: Vector3
        /// Least and greatest position, rad or m; nil when there is no limit.
        public var range: ClosedRange<Double>?
        /// Greatest speed, rad/s or m/s; nil when the file gives none.
        public var velocity: Double?
        /// Greatest torque or force, Nm or N; nil when the file gives none.
        public var effort: Double?
        /// Coupling to another joint.
        public var mimic: RobotProfile.Joint.Mimic?
        /// Line in the file.
        public var line: Int
    }

    /// A geometric shape of a body.
    public struct Shape: Hashable, Sendable {
        /// Form and size; axes of round shapes are z.
        public enum Form: Hashable, Sendable {
            /// Half extents along the axes, m.
            case box(Vector3)
            /// Radius, m.
            case sphere(Double)
            /// Radius and half length between the centres of the ends, m.
            case capsule(radius: Double, half: Double)
            /// Radius and half length, m.
            case cylinder(radius: Double, half: Double)
            /// Half axes, m.
            case ellipsoid(Vector3)
            /// Triangles in a file, scaled along the axes.
            case mesh(file: String, scale: Vector3)
            /// Points whose convex hull it is, read from a mesh, m.
            case hull([Vector3])
        }
        /// Form and size.
        public var form: Form
        /// Pose in the body.
        public var pose: RigidTransform
        /// Whether it takes part in collisions.
        public var collides: Bool
    }

    /// A body, in the order of the tree: every parent before its children.
    public struct Body: Hashable, Sendable {
        /// Name.
        public var name: String
        /// Index of the parent; nil for the root.
        public var parent: Int?
        /// Pose in the parent (of the root: in the file's world) at joint position 0.
        public var pose: RigidTransform
        /// Mass and how it lies.
        public var inertial: Inertial
        /// What moves it; nil when it is fixed to the parent.
        public var joint: Joint?
        /// Its shapes.
        public var shapes: [Shape]
        /// Line in the file.
        public var line: Int
    }

    /// A named frame on a body.
    public struct Site: Hashable, Sendable {
        /// Name.
        public var name: String
        /// Index of the body.
        public var body: Int
        /// Pose in the body.
        public var pose: RigidTransform
    }

    /// The format it was read from.
    public var format: Format
    /// Name the file gives to the robot.
    public var name: String
    /// Path of the file.
    public var file: String
    /// The bodies; the first is the root.
    public var bodies: [Body]
    /// Named frames.
    public var sites: [Site]
    /// What was odd.
    public var warnings: [Warning]

    /// Whether the root moves freely.
    public var hasFloatingRoot: Bool { bodies.first?.joint?.kind == .floating }
    /// Mass of the whole robot, kg.
    public var mass: Double { bodies.reduce(0) { $0 + $1.inertial.mass } }

    /// Index of a body; nil when there is none of that name.
    public func index(ofBody name: String) -> Int? { bodies.firstIndex { $0.name == name } }
}

extension RobotDescription {
    /// Reads a URDF, MJCF or SDF file; which of them it is, its root element says.
    public init(file: String) throws(DescriptionError) {
        try FileKind.refuse(file)
        let (root, repaired) = try XMLDocument.read(file: file)
        try self.init(root, repaired: repaired)
    }

    /// Reads the text of a URDF or MJCF file; `file` names it in errors and is where included files are looked for.
    public init(text: String, file: String = "description.xml") throws(DescriptionError) {
        let (root, repaired) = try XMLDocument.read(Array(text.utf8), file: file)
        try self.init(root, repaired: repaired)
    }

    /// Refuses more bodies than a profile may have, before anything is computed of them.
    static func checkCount(_ bodies: Int, _ node: XMLNode) throws(DescriptionError) {
        guard bodies > RobotProfile.greatestBodyCount else { return }
        throw node.error(
            .tooLarge, "is of more than \(RobotProfile.greatestBodyCount) bodies",
            expected: "a description of one robot")
    }

    private init(_ root: XMLNode, repaired: Bool) throws(DescriptionError) {
        if root.name == "robot", let place = root.needsXacro { throw .xacro(root.file, line: place.line) }
        switch root.name {
        case "robot": self = try URDFReader(root).description()
        case "mujoco": self = try MJCFReader.read(root)
        case "sdf": self = try SDFReader.read(root)
        case "COLLADA":
            throw root.error(
                .unknownFormat, "is a COLLADA mesh: a shape, without joints", expected: FileKind.descriptions)
        default:
            throw root.error(.unknownFormat, "is the root element", expected: FileKind.descriptions)
        }
        if repaired {
            warnings.insert(
                Warning(
                    line: root.line,
                    message: "not well-formed: blanks between attributes, or the encoding, were mended"), at: 0)
        }
    }
}
