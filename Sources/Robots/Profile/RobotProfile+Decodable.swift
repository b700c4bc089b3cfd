import Geometry

// JSON keys are snake_case; vectors are [x, y, z] and rotations [w, x, y, z]. Every object refuses unknown keys.

extension RobotProfile: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema, name
        case displayName = "display_name"
        case maker, licence, source, bodies, joints, human, feet, hands, collision, poses, limits, targets, stream
    }

    /// Reads a profile; an unknown key, a missing one or a wrong shape is an error with its place.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        schema = try read(.schema)
        guard schema == Self.schemaVersion else {
            throw ProfileError.malformed(
                path: "/schema", problem: "is \(schema)", expected: "\(Self.schemaVersion)")
        }
        name = try read(.name)
        displayName = try read(.displayName)
        maker = try read(.maker)
        licence = try read(.licence)
        source = try read(.source)
        bodies = try read(.bodies)
        joints = try read(.joints)
        human = try read(.human)
        feet = try read.optional(.feet)
        hands = try read.optional(.hands)
        collision = try read(.collision, default: .none)
        poses = try read(.poses)
        limits = try read(.limits)
        targets = try read(.targets, default: [:])
        stream = try read(.stream)
    }
}

extension RobotProfile.Source: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case repository, commit, file }

    /// Reads the JSON object of a source.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        (repository, commit, file) = (try read(.repository), try read(.commit), try read(.file))
    }
}

extension RobotProfile.Body: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, parent, offset, rotation, mass
        case centerOfMass = "center_of_mass"
        case inertia
    }

    /// Reads the JSON object of a body.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        name = try read(.name)
        parent = try read.optional(.parent)
        pose = RigidTransform(
            translation: try read.vector(.offset, default: .zero),
            rotation: try read.rotation(.rotation, default: .identity))
        mass = try read(.mass)
        centerOfMass = try read.vector(.centerOfMass, default: .zero)
        inertia = try read.numbers(.inertia, count: 6)
    }
}

extension RobotProfile.Joint: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, body, kind, axis, origin, range, velocity, acceleration, jerk, effort, mimic, defaults
    }

    /// Reads the JSON object of a joint.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        name = try read(.name)
        body = try read(.body)
        kind = try read(.kind)
        origin = try read.vector(.origin, default: .zero)
        effort = try read.optional(.effort)
        mimic = try read.optional(.mimic)
        defaults = try read(.defaults, default: [])
        let moves = kind == .revolute || kind == .continuous || kind == .prismatic
        axis = try moves ? read.vector(.axis) : read.vector(.axis, default: Vector3(0, 0, 1))
        let unlimited = [-Double.infinity, Double.infinity]
        let ranged = kind == .revolute || kind == .prismatic
        let range = try read.numbers(.range, count: 2, default: ranged ? nil : unlimited)
        let needsRates = moves && mimic == nil
        func rate(_ key: CodingKeys) throws -> Double { try needsRates ? read(key) : read(key, default: .infinity) }
        limits = JointLimits(
            lower: range[0], upper: range[1], velocity: try rate(.velocity), acceleration: try rate(.acceleration),
            jerk: try rate(.jerk))
    }
}

extension RobotProfile.Joint.Mimic: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case joint, ratio, offset }

    /// Reads the JSON object of a coupling.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        (joint, ratio, offset) = (try read(.joint), try read(.ratio, default: 1), try read(.offset, default: 0))
    }
}

extension RobotProfile.Sides: Decodable where Element: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case left, right }

    /// Reads the JSON object with the keys `left` and `right`.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        (left, right) = (try read(.left), try read(.right))
    }
}

extension RobotProfile.HumanMap: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case map }

    /// Reads the JSON object of the map.
    public init(from decoder: any Decoder) throws {
        entries = try StrictContainer<CodingKeys>(decoder)(.map)
    }
}

extension RobotProfile.HumanMap.Entry: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case joint, body, point
        case positionWeight = "position_weight"
        case orientationWeight = "orientation_weight"
        case rotation, scale
    }

    /// Reads the JSON object of an entry.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        joint = try read(.joint)
        body = try read(.body)
        point = try read.vector(.point, default: .zero)
        positionWeight = try read(.positionWeight, default: 0)
        orientationWeight = try read(.orientationWeight, default: 0)
        rotation = try read.optionalRotation(.rotation)
        scale = try read(.scale, default: 1)
    }
}

extension RobotProfile.Foot: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case body, sole, heel, toe }

    /// Reads the JSON object of a foot.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        body = try read(.body)
        sole = try read.vectors(.sole)
        (heel, toe) = (try read.vector(.heel), try read.vector(.toe))
    }
}

extension RobotProfile.Hand: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case body, offset, rotation }

    /// Reads the JSON object of a hand.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        body = try read(.body)
        frame = RigidTransform(
            translation: try read.vector(.offset, default: .zero),
            rotation: try read.rotation(.rotation, default: .identity))
    }
}

extension RobotProfile.Collision: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case capsules, pairs }

    /// Reads the JSON object of the collision shapes.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        (capsules, pairs) = (try read(.capsules, default: []), try read(.pairs, default: []))
    }
}

extension RobotProfile.Collision.Capsule: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case body, from, to, radius }

    /// Reads the JSON object of a capsule.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        body = try read(.body)
        (from, to) = (try read.vector(.from), try read.vector(.to))
        radius = try read(.radius)
    }
}

extension RobotProfile.Pose: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case rootPosition = "root_position"
        case rootRotation = "root_rotation"
        case joints
    }

    /// Reads the JSON object of a pose.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        rootPosition = try read.vector(.rootPosition)
        rootRotation = try read.rotation(.rootRotation, default: .identity)
        joints = try read(.joints, default: [:])
    }
}

extension RobotProfile.Limits: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case rootHeight = "root_height"
        case tilt
        case planarSpeed = "planar_speed"
        case yawRate = "yaw_rate"
        case softMargin = "soft_margin"
        case policy
        case rejectDistance = "reject_distance"
    }

    /// Reads the JSON object of the limits.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        let height = try read.numbers(.rootHeight, count: 2)
        (rootHeightLower, rootHeightUpper) = (height[0], height[1])
        tilt = try read(.tilt)
        planarSpeed = try read(.planarSpeed)
        yawRate = try read(.yawRate)
        softMargin = try read(.softMargin)
        policy = try read(.policy, default: .clip)
        rejectDistance = try read(.rejectDistance, default: 0.5)
    }
}

extension RobotProfile.Target: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case joints, names
        case leftOut = "left_out"
    }

    /// Reads the JSON object of a target.
    public init(from decoder: any Decoder) throws {
        let read = try StrictContainer<CodingKeys>(decoder)
        joints = try read(.joints)
        names = try read.optional(.names)
        leftOut = try read(.leftOut, default: [])
    }
}

extension RobotProfile.Stream: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case rate }

    /// Reads the JSON object of the stream settings.
    public init(from decoder: any Decoder) throws {
        rate = try StrictContainer<CodingKeys>(decoder)(.rate)
    }
}

extension StrictContainer {
    func vector(_ key: Key, default fallback: Vector3? = nil) throws -> Vector3 {
        let v = try numbers(key, count: 3, default: fallback.map { [$0.x, $0.y, $0.z] })
        return Vector3(v[0], v[1], v[2])
    }

    func vectors(_ key: Key) throws -> [Vector3] {
        try container.decode([[Double]].self, forKey: key).enumerated().map { index, v in
            guard v.count == 3 else {
                throw ProfileError.malformed(
                    path: (container.codingPath + [key]).pointer + "/\(index)", problem: "has \(v.count) numbers",
                    expected: "[x, y, z]")
            }
            return Vector3(v[0], v[1], v[2])
        }
    }

    func rotation(_ key: Key, default fallback: Quaternion) throws -> Quaternion {
        try optionalRotation(key) ?? fallback
    }

    /// Reads [w, x, y, z]; descriptions print few digits, so the length is restored when it is nearly one.
    func optionalRotation(_ key: Key) throws -> Quaternion? {
        guard container.contains(key) else { return nil }
        let v = try numbers(key, count: 4)
        let q = Quaternion(w: v[0], x: v[1], y: v[2], z: v[3])
        guard abs(q.length - 1) < 1e-3 else {
            throw ProfileError.malformed(
                path: (container.codingPath + [key]).pointer, problem: "has length \(q.length)",
                expected: "a unit quaternion [w, x, y, z]")
        }
        return q.normalized
    }
}
