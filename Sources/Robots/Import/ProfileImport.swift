import Geometry
import HumanBody

/// Makes a robot profile from a description, with nothing else known of the robot.
public struct ProfileImport: Sendable {
    /// What the description does not say.
    public struct Identity: Hashable, Sendable {
        /// The profile's name.
        public var name: String
        /// Name for people.
        public var displayName: String
        /// Who makes the robot.
        public var maker: String
        /// Licence of the description.
        public var licence: String
        /// Where the description comes from.
        public var source: RobotProfile.Source
        /// Where editors find the JSON Schema.
        public var schemaReference = "schema.json"

        /// Creates an identity.
        public init(
            name: String, displayName: String? = nil, maker: String = "unknown", licence: String = "unknown",
            repository: String = "unknown", commit: String = "unknown", file: String
        ) {
            self.name = name
            self.displayName = displayName ?? name
            self.maker = maker
            self.licence = licence
            source = RobotProfile.Source(repository: repository, commit: commit, file: file)
        }
    }

    /// Why a profile cannot be made.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The description names no such body.
        case unknownBody(role: BodyRole, name: String, nearest: String?)
        /// Nothing in it moves.
        case nothingMoves
        /// A robot that the program cannot serve.
        case unserved(RobotKind)
        /// Lengths that no robot has: its extent, m.
        case notInMetres(extent: Double)
        /// What is said to be ahead is up, or down.
        case noFront
        /// The finished profile contradicts itself: the description is none of a robot, or its parts were mistaken.
        case invalid([ProfileFinding], parts: [Part])
        /// The tree cannot be built.
        case kinematics(KinematicsError)

        /// What was wrong, and what would be right.
        public var description: String {
            switch self {
            case .unknownBody(let role, let name, let nearest):
                "--map \(role.rawValue)=\(name): there is no body \"\(name)\""
                    + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
            case .nothingMoves: "the description has no joint that moves, expected a robot"
            case .unserved(let kind):
                "this is \(kind == .arm || kind == .upperBody ? "an" : "a") \(kind.rawValue), which kmmd cannot serve: "
                    + kind.objection
                    + "; if it was taken for the wrong kind, name feet or hands with --map, or its axes with --up and --front"
            case .notInMetres(let extent):
                "the robot would be \(Int(exactly: extent.rounded()).map(String.init) ?? "\(extent)") m long: lengths seem to be in "
                    + "\(Self.unit(extent).name), expected metres; --scale \(Self.unit(extent).scale) reads them so"
            case .noFront: "--front points up or down, expected a direction that is level when --up is up"
            case .invalid(let findings, let parts):
                "parts that were found; a wrong one is put right with --map PART=BODY:" + Self.lines(parts)
                    + "\nnot usable, the profile would be invalid:" + Self.lines(findings)
                    + (findings.contains { $0.path.hasPrefix("/poses/stand") }
                        ? "\n  a robot that lies or leans in its description is told what is up and ahead with --up and --front"
                        : "")
            case .kinematics(let error): "\(error)"
            }
        }

        /// The unit in which a robot of that extent would be as long as robots are.
        private static func unit(_ extent: Double) -> (name: String, scale: String) {
            let isInCentimetres = extent / 1000 < Standard.leastExtent
            return isInCentimetres ? ("centimetres", "0.01") : ("millimetres", "0.001")
        }

        private static func lines(_ items: [some CustomStringConvertible]) -> String {
            items.map { "\n  \($0)" }.joined()
        }
    }

    /// What stands for a part of the body.
    public struct Part: Hashable, Sendable, CustomStringConvertible {
        /// The part.
        public var role: BodyRole
        /// Name of the robot's body.
        public var body: String
        /// 0 to 1.
        public var confidence: Double

        /// One line for people.
        public var description: String {
            let padding = String(repeating: " ", count: max(1, 17 - role.rawValue.count))
            return "\(role.rawValue)\(padding)\(body) (\(Int((confidence * 100).rounded())) % sure)"
        }
    }

    /// What a profile says that no description does.
    enum Standard {
        /// Of a body that walks: a trunk leant more than 1.2 rad falls; 3 m/s is a run and 6 rad/s the fastest turn of a dancer,
        /// beyond which motion is taken for broken.
        static let tilt = 1.2
        static let planarSpeed = 3.0
        static let yawRate = 6.0
        /// Half a metre between one frame and the next is no motion but another take.
        static let rejectDistance = 0.5
        /// Frames a second of most learned controllers.
        static let rate = 50.0
        /// m, from end to end: no robot of people's shape is longer, and one in millimetres is.
        static let greatestExtent = 15.0
        /// m: shorter robots are toys.
        static let leastExtent = 0.25
        /// Surer than this a part has to be, or it is asked for.
        static let sure = 0.5
        /// kg/m³ of the cube of the robot's extent: humanoids have 5 to 35; ten times more is grams or a forgotten decimal point.
        static let greatestMass = 120.0
        /// Heights of the root, as shares of that in the stand pose: from lying low to a jump; and around it, m, where the
        /// root's frame lies at the soles.
        static let height = 0.25...1.6
        static let heightBand = 0.5
        /// Of a root that does not move, m.
        static let fixedHeight = 0.1
        /// Rad kept from a joint's ends, at most an eighth of the narrowest range: the solver keeps twice that from each end.
        static let softMargin = 0.01
        static let marginShare = 8.0
        /// Range of a sliding joint of which none is said, m either way.
        static let slide = 0.1
        /// m/s, of a sliding joint of which no speed is said: lifts and grippers are slow.
        static let slideSpeed = 1.0
        /// rad/s: half a turn from one frame to the next; a faster joint's way cannot be told from its frames.
        static let fastest = (Double.pi * rate).rounded(.down)
        /// Rad, two turns: a range that is wider is none of a joint that ends somewhere, and of several joints it is one in degrees.
        static let widestRange = 4 * Double.pi + 1e-3
        /// Rad or m: makers write 1e9 for what has no limit. The same of efforts, N m.
        static let endless = 1000.0
        static let endlessEffort = 1e5
        /// A centre of mass farther from the middle of the feet, m, is told: ankles then work all the time.
        static let imbalance = 0.02
    }

    /// The profile.
    public internal(set) var profile: RobotProfile
    /// Which body is which.
    public private(set) var parts: [Part] = []
    /// What kind of robot it is.
    public let kind: RobotKind
    /// What may be wrong with the profile: reasons to look before the robot moves.
    public internal(set) var doubts: [String] = []
    /// What was guessed or estimated, for people.
    public internal(set) var notes: [String] = []

    /// Makes the profile.
    ///
    /// - Parameters:
    ///   - description: What was read from the URDF or MJCF file.
    ///   - identity: Name, maker, licence and source, which no description says.
    ///   - rates: Another description of the robot, whose velocity and effort limits fill in what the first does not
    ///     say; joints are found by name, with or without `joint`.
    ///   - map: Bodies that are known to be certain parts.
    ///   - orientation: What is up and what is ahead in the description, where that is known.
    ///   - bodyMeshes: Folder with a mesh of each body, `NAME.stl`, metres, in the body's frame; for descriptions whose own
    ///     meshes are not at hand.
    /// - Throws: ``Failure`` when `map` names a body that is not there, or the description is none of a robot.
    public init(
        _ description: RobotDescription, identity: Identity, rates: RobotDescription? = nil,
        map: [BodyRole: String] = [:], orientation: RobotOrientation = RobotOrientation(),
        bodyMeshes: String? = nil
    ) throws(Failure) {
        let reduced = ReducedRobot(description, bodyMeshes: bodyMeshes)
        guard reduced.links.indices.contains(where: reduced.moves) else { throw .nothingMoves }
        guard reduced.size < Standard.greatestExtent else { throw .notInMetres(extent: reduced.size) }
        var overrides: [BodyRole: Int] = [:]
        for (role, name) in map {
            guard let link = reduced.index(of: name) else {
                throw .unknownBody(
                    role: role, name: name, nearest: nearestName(to: name, among: reduced.links.map(\.name)))
            }
            overrides[role] = link
        }
        guard let finder = BodyFinder.find(reduced, overrides: overrides, orientation) else { throw .noFront }
        let robot = finder.robot
        kind = RobotKind(finder)
        let isNamed = overrides.keys.contains { BodyRole.ends.contains($0) }
        guard kind.isServed || isNamed else { throw .unserved(kind) }
        parts = BodyRole.allCases.compactMap { role in
            finder.link(role).map {
                Part(role: role, body: robot.links[$0].name, confidence: finder.confidence[role] ?? 0.5)
            }
        }
        notes = description.warnings.map(\.description) + robot.notes + finder.notes
        let floating = !finder.legs.isEmpty
        profile = RobotProfile(
            schemaReference: identity.schemaReference, schema: RobotProfile.schemaVersion, name: identity.name,
            displayName: identity.displayName, maker: identity.maker, licence: identity.licence,
            source: identity.source, bodies: [], joints: [], human: RobotProfile.HumanMap(entries: []), feet: nil,
            hands: nil, collision: .none, poses: [:],
            limits: RobotProfile.Limits(
                rootHeightLower: 0, rootHeightUpper: 1, tilt: Standard.tilt, planarSpeed: Standard.planarSpeed,
                yawRate: Standard.yawRate, softMargin: Standard.softMargin, policy: .clip,
                rejectDistance: Standard.rejectDistance), targets: [:],
            stream: RobotProfile.Stream(rate: Standard.rate, sinks: [:]))
        profile.bodies = Self.bodies(robot)
        profile.joints = joints(robot, finder, floating: floating, rates: rates)
        profile.human = human(finder)
        let soles = addFeet(finder)
        if finder.arms.count == 2 {
            let hands = finder.arms.map { Self.hand(robot, $0) }
            profile.hands = RobotProfile.Sides(left: hands[0], right: hands[1])
        }
        do {
            try addPoses(finder, soles)
        } catch {
            throw .kinematics(error)
        }
        do {
            try addGrasps()
        } catch {
            throw .kinematics(error)
        }
        profile.turnRoot(by: robot.turn.conjugate)
        judge(finder)
        profile.targets = ["mujoco": RobotProfile.Target(joints: profile.jointNames, names: nil, leftOut: [])]
        let errors = profile.validate().filter { $0.severity == .error }
        guard errors.isEmpty else { throw .invalid(errors, parts: parts) }
    }
}
