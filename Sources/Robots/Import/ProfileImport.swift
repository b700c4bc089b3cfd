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
            case .invalid(let findings, let parts):
                "the profile would be invalid:" + Self.lines(findings)
                    + "\nparts that were found; a wrong one is put right with --map PART=BODY:" + Self.lines(parts)
            case .kinematics(let error): "\(error)"
            }
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
    private enum Standard {
        /// Of a body that walks: a trunk leant more than 1.2 rad falls; 3 m/s is a run and 6 rad/s the fastest turn of a dancer,
        /// beyond which motion is taken for broken.
        static let tilt = 1.2
        static let planarSpeed = 3.0
        static let yawRate = 6.0
        /// Half a metre between one frame and the next is no motion but another take.
        static let rejectDistance = 0.5
        /// Frames a second of most learned controllers.
        static let rate = 50.0
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
        /// Rad or m: makers write 1e9 for what has no limit. The same of efforts, N m.
        static let endless = 1000.0
        static let endlessEffort = 1e5
        /// A centre of mass farther from the middle of the feet, m, is told: ankles then work all the time.
        static let imbalance = 0.02
    }

    /// Weights of the human map, position (1/m²) and orientation (1/rad²), as tuned on the G1 and kept for all: feet first, as they
    /// stand; then the places of hands, knees and elbows; directions of trunk and limbs only where those leave freedom.
    private enum Weight {
        static let pelvis = (position: 2.0, orientation: 1.0)
        static let hip = (position: 0.0, orientation: 0.1)
        static let knee = (position: 2.0, orientation: 0.0)
        static let ankle = (position: 20.0, orientation: 2.0)
        static let torso = (position: 0.0, orientation: 1.0)
        static let head = (position: 0.0, orientation: 0.2)
        static let shoulder = (position: 0.0, orientation: 0.02)
        static let elbow = (position: 2.0, orientation: 0.0)
        /// With two or three joints behind the elbow, with one (a forearm that turns can follow the hand only in part), and
        /// with none.
        static let wrist = (position: 2.0, turning: 0.12, halfTurning: 0.05, rigid: 0.0)
    }

    /// A hand whose direction is less than this vertical (cosine of 46°) is held level.
    private static let hangingHand = 0.7
    /// A hand begins at the wrist; its frame is in the middle of it.
    private static let handMiddle = 0.5

    /// The profile.
    public internal(set) var profile: RobotProfile
    /// Which body is which.
    public private(set) var parts: [Part] = []
    /// What was guessed or estimated, for people.
    public private(set) var notes: [String] = []
    /// Joints whose range the description does not say.
    private(set) var guessedRanges: Set<String> = []

    /// Makes the profile.
    ///
    /// - Parameters:
    ///   - description: What was read from the URDF or MJCF file.
    ///   - identity: Name, maker, licence and source, which no description says.
    ///   - rates: Another description of the robot, whose velocity and effort limits fill in what the first does not
    ///     say; joints are found by name, with or without `joint`.
    ///   - map: Bodies that are known to be certain parts.
    /// - Throws: ``Failure`` when `map` names a body that is not there, or the description is none of a robot.
    public init(
        _ description: RobotDescription, identity: Identity, rates: RobotDescription? = nil,
        map: [BodyRole: String] = [:]
    ) throws(Failure) {
        let reduced = ReducedRobot(description)
        guard reduced.links.indices.contains(where: reduced.moves) else { throw .nothingMoves }
        var overrides: [BodyRole: Int] = [:]
        for (role, name) in map {
            guard let link = reduced.index(of: name) else {
                throw .unknownBody(
                    role: role, name: name, nearest: nearestName(to: name, among: reduced.links.map(\.name)))
            }
            overrides[role] = link
        }
        let finder = BodyFinder(reduced, overrides: overrides)
        let robot = finder.robot
        parts = BodyRole.allCases.compactMap { role in
            finder.link(role).map {
                Part(role: role, body: robot.links[$0].name, confidence: finder.confidence[role] ?? 0.5)
            }
        }
        notes = description.warnings.map(\.description) + robot.notes + finder.notes
        let floating = !finder.legs.isEmpty
        profile = RobotProfile(
            schemaReference: "schema.json", schema: RobotProfile.schemaVersion, name: identity.name,
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
        var soles = finder.legs.map { SoleFit(robot, foot: $0.endBody, leg: $0) }
        if soles.count == 2, soles.contains(where: \.isEstimated) {
            soles[1] = SoleFit(mirroring: soles[0], robot, from: finder.legs[0], to: finder.legs[1])
        }
        if soles.count == 2 {
            let feet = zip(finder.legs, soles).map { leg, sole in
                RobotProfile.Foot(
                    body: robot.links[leg.endBody].name, sole: sole.corners.map(\.rounded), heel: sole.heel.rounded,
                    toe: sole.toe.rounded)
            }
            profile.feet = RobotProfile.Sides(left: feet[0], right: feet[1])
            if soles.contains(where: \.isEstimated) { notes.append("soles: estimated, the feet have no shapes here") }
        }
        if finder.arms.count == 2 {
            let hands = finder.arms.map { Self.hand(robot, $0) }
            profile.hands = RobotProfile.Sides(left: hands[0], right: hands[1])
        }
        do {
            try addPoses(finder, soles)
        } catch {
            throw .kinematics(error)
        }
        profile.targets = ["mujoco": RobotProfile.Target(joints: profile.jointNames, names: nil, leftOut: [])]
        let errors = profile.validate().filter { $0.severity == .error }
        guard errors.isEmpty else { throw .invalid(errors, parts: parts) }
    }

    private mutating func addPoses(_ finder: BodyFinder, _ soles: [SoleFit]) throws(KinematicsError) {
        // The solver keeps twice the margin, which the narrowest joint has to allow.
        let narrowest = profile.jointLimits.map { $0.upper - $0.lower }.min() ?? 1
        profile.limits.softMargin = min(Standard.softMargin, narrowest / Standard.marginShare)
        let stand = try StandPose(profile, finder, soles: soles)
        let names = profile.jointNames
        func joints(_ positions: [Double]) -> [String: Double] {
            Dictionary(
                zip(names, positions).filter { abs($0.1) > 1e-9 }.map { ($0.0, $0.1) }, uniquingKeysWith: { a, _ in a })
        }
        profile.poses["stand"] = RobotProfile.Pose(
            rootPosition: stand.configuration.rootPosition.rounded6,
            rootRotation: stand.configuration.rootRotation.tidy,
            joints: joints(stand.configuration.jointPositions))
        if stand.imbalance > Standard.imbalance {
            notes.append(
                "stand pose: the centre of mass is \(Int(stand.imbalance * 1000)) mm off the middle of the feet")
        }
        let height = stand.configuration.rootPosition.z
        if profile.hasFloatingRoot {
            profile.limits.rootHeightLower = ((Standard.height.lowerBound * height) * 100).rounded() / 100
            profile.limits.rootHeightUpper = ((Standard.height.upperBound * height) * 100).rounded() / 100
            if profile.limits.rootHeightUpper <= profile.limits.rootHeightLower {
                // The root's frame may lie at or under the soles.
                (profile.limits.rootHeightLower, profile.limits.rootHeightUpper) = (
                    height - Standard.heightBand, height + Standard.heightBand
                )
            }
        } else {
            (profile.limits.rootHeightLower, profile.limits.rootHeightUpper) = (
                -Standard.fixedHeight, Standard.fixedHeight
            )
        }
        let capsules = try CapsuleFit(profile, finder, stand: stand.configuration)
        profile.collision = RobotProfile.Collision(capsules: capsules.capsules, pairs: capsules.pairs)
        if capsules.isEstimated {
            notes.append("capsules: estimated from bones and inertia where bodies have no shapes")
        }
        for pair in capsules.leftOut {
            notes.append("capsules of \(pair[0]) and \(pair[1]) touch in the stand pose: the pair is not watched")
        }
    }

    // MARK: tree

    private static func bodies(_ robot: ReducedRobot) -> [RobotProfile.Body] {
        robot.links.map { link in
            RobotProfile.Body(
                name: link.name, parent: link.parent.map { robot.links[$0].name },
                pose: RigidTransform(translation: link.pose.translation.tidy, rotation: link.pose.rotation.tidy),
                mass: (link.inertial.mass * 1e9).rounded() / 1e9, centerOfMass: link.inertial.center.tidy,
                inertia: link.inertial.moments.map { ($0 * 1e10).rounded() / 1e10 + 0 })
        }
    }

    private mutating func joints(
        _ robot: ReducedRobot, _ finder: BodyFinder, floating: Bool, rates: RobotDescription?
    ) -> [RobotProfile.Joint] {
        func key(_ name: String) -> String {
            name.lowercased().replacing("_joint", with: "").replacing("joint_", with: "")
        }
        let known = Dictionary(
            (rates?.bodies ?? []).compactMap { $0.joint.map { (key($0.name), $0) } }, uniquingKeysWith: { a, _ in a })
        func real(_ range: ClosedRange<Double>?) -> ClosedRange<Double>? {
            range.flatMap { max(-$0.lowerBound, $0.upperBound) < Standard.endless ? $0 : nil }
        }
        let limbs = Set((finder.legs + finder.arms).flatMap(\.chain))
        let standard = JointLimits.defaultRates
        let names = Set(robot.links.compactMap { $0.joint?.name })
        var joints: [RobotProfile.Joint] = []
        var unlimited: [String] = []
        if floating {
            let own = "floating_base_joint"
            joints.append(
                RobotProfile.Joint(
                    name: names.contains(own) ? "root_joint" : own, body: robot.links[0].name, kind: .floating,
                    axis: Vector3(0, 0, 1), origin: .zero, limits: .none, effort: nil, mimic: nil, defaults: []))
        }
        for (index, link) in robot.links.enumerated() {
            guard let joint = link.joint else { continue }
            guard joint.kind.isSingle else {
                joints.append(
                    RobotProfile.Joint(
                        name: joint.name, body: link.name, kind: .ball, axis: joint.axis.tidy,
                        origin: joint.origin.tidy,
                        limits: .none, effort: nil, mimic: nil, defaults: []))
                notes.append("joint \"\(joint.name)\" is a ball joint: held at its rest value")
                continue
            }
            let other = known[key(joint.name)]
            var mimic = joint.mimic
            if let leader = mimic?.joint, !names.contains(leader) { mimic = nil }
            var kind = joint.kind
            var range = real(joint.range)
            if mimic == nil, range == nil {
                range = real(other?.range)
                if range == nil, kind != .continuous || limbs.contains(index) {
                    range = kind == .prismatic ? -Standard.slide...Standard.slide : finder.naturalRange(of: index)
                    unlimited.append(joint.name)
                }
                if range != nil, kind == .continuous { kind = .revolute }
            }
            var defaults: [RobotProfile.Joint.Limit] = []
            let velocity = joint.velocity ?? other?.velocity
            if velocity ?? .infinity > standard.velocity { defaults.append(.velocity) }
            let driven = mimic == nil
            joints.append(
                RobotProfile.Joint(
                    name: joint.name, body: link.name, kind: kind, axis: joint.axis.tidy, origin: joint.origin.tidy,
                    limits: JointLimits(
                        lower: range?.lowerBound ?? -.infinity, upper: range?.upperBound ?? .infinity,
                        velocity: driven ? min(velocity ?? .infinity, standard.velocity) : .infinity,
                        acceleration: driven ? standard.acceleration : .infinity,
                        jerk: driven ? standard.jerk : .infinity),
                    effort: (joint.effort ?? other?.effort).flatMap { $0 < Standard.endlessEffort ? $0 : nil },
                    mimic: mimic,
                    defaults: driven ? defaults + [.acceleration, .jerk] : []))
        }
        guessedRanges = Set(unlimited)
        if !unlimited.isEmpty {
            notes.append(
                "no position limits in the description, wide ones taken: \(unlimited.joined(separator: ", "))")
        }
        return joints
    }

    // MARK: human map

    private func human(_ finder: BodyFinder) -> RobotProfile.HumanMap {
        let robot = finder.robot
        var entries: [RobotProfile.HumanMap.Entry] = []
        func add(
            _ joint: HumanJoint, _ link: Int, _ point: Vector3?, _ weight: (position: Double, orientation: Double)
        ) {
            entries.append(
                RobotProfile.HumanMap.Entry(
                    joint: joint, body: robot.links[link].name,
                    point: point.map { robot.zero[link].inverse.act($0).rounded } ?? .zero,
                    positionWeight: weight.position,
                    orientationWeight: weight.orientation, rotation: nil, scale: 1))
        }
        if !finder.legs.isEmpty { add(.pelvis, finder.pelvis, nil, Weight.pelvis) }
        for (side, leg) in zip(Side.both, finder.legs) { add(side.hip, leg.upperBody, leg.upper, Weight.hip) }
        for (side, leg) in zip(Side.both, finder.legs) { add(side.knee, leg.middleBody, leg.bend, Weight.knee) }
        for (side, leg) in zip(Side.both, finder.legs) { add(side.ankle, leg.endBody, leg.lower, Weight.ankle) }
        if !finder.arms.isEmpty, finder.torso != finder.pelvis || finder.legs.isEmpty {
            add(.spine3, finder.torso, nil, Weight.torso)
        }
        if let head = finder.head { add(.head, head, nil, Weight.head) }
        for (side, arm) in zip(Side.both, finder.arms) { add(side.shoulder, arm.upperBody, arm.upper, Weight.shoulder) }
        for (side, arm) in zip(Side.both, finder.arms) { add(side.elbow, arm.middleBody, arm.bend, Weight.elbow) }
        for (side, arm) in zip(Side.both, finder.arms) {
            let turning =
                switch arm.chain.count - arm.middle - 1 {
                case ...0: Weight.wrist.rigid
                case 1: Weight.wrist.halfTurning
                default: Weight.wrist.turning
                }
            add(side.wrist, arm.endBody, arm.lower, (Weight.wrist.position, turning))
        }
        func length(_ limb: Limb?) -> Double? {
            limb.map { ((($0.bend - $0.upper).length + ($0.lower - $0.bend).length) * 1e4).rounded() / 1e4 }
        }
        return RobotProfile.HumanMap(
            entries: entries,
            lengths: RobotProfile.HumanMap.Lengths(leg: length(finder.legs.first), arm: length(finder.arms.first)))
    }

    private static func hand(_ robot: ReducedRobot, _ arm: Limb) -> RobotProfile.Hand {
        let out = arm.tip - arm.lower
        let x = out.length > 1e-3 ? out.normalized : (arm.lower - arm.bend).normalized
        // The back of a hand that hangs looks outwards, of one held level upwards.
        let side = Vector3(0, arm.upper.y < 0 ? -1 : 1, 0)
        let back = abs(x.z) < hangingHand ? Vector3(0, 0, 1) : side
        let z = (back - x * x.dot(back)).normalized
        let frame = RigidTransform(
            translation: arm.lower + out * handMiddle, rotation: Quaternion(Matrix3(columns: x, z.cross(x), z)))
        let local = robot.zero[arm.endBody].inverse * frame
        return RobotProfile.Hand(
            body: robot.links[arm.endBody].name,
            frame: RigidTransform(translation: local.translation.rounded, rotation: local.rotation.tidy))
    }
}

extension Vector3 {
    /// To a nanometre, so that files hold no noise.
    var tidy: Vector3 {
        func tidy(_ v: Double) -> Double { (v * 1e9).rounded() / 1e9 + 0 }
        return Vector3(tidy(x), tidy(y), tidy(z))
    }
    var rounded6: Vector3 {
        func tidy(_ v: Double) -> Double { (v * 1e6).rounded() / 1e6 + 0 }
        return Vector3(tidy(x), tidy(y), tidy(z))
    }
}

extension Quaternion {
    var tidy: Quaternion {
        func tidy(_ v: Double) -> Double { (v * 1e9).rounded() / 1e9 + 0 }
        return Quaternion(w: tidy(w), x: tidy(x), y: tidy(y), z: tidy(z))
    }
}
