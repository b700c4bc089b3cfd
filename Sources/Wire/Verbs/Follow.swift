/// Which live person a robot shall follow, and how.
public struct Follow: Hashable, Sendable {
    /// What of the person is followed.
    public enum Part: String, Hashable, Sendable, CaseIterable {
        /// All, with the way over the floor.
        case body
        /// From the lower spine up, seen from the pelvis; legs and way are the plan's.
        case upper
        /// Collars and arms, seen from the chest; all else is the plan's.
        case arms
    }

    /// When the robot lets go of what it does.
    public enum Moment: String, Hashable, Sendable, CaseIterable {
        /// At once.
        case now
        /// When nothing is planned any more.
        case end
    }

    /// What the robot does about a person who is far from its own pose.
    public enum Far: String, Hashable, Sendable, CaseIterable {
        /// It waits until the person comes near.
        case wait
        /// It ramps to where the person is.
        case ramp
    }

    /// The person's name.
    public var person: String
    /// What of the person is followed.
    public var part = Part.body
    /// How long frames are held back, milliseconds: what is late by less is no loss, and some of it is known ahead.
    public var delayMilliseconds = 0.0
    /// Whether the robot does on its left what the person does on the right.
    public var isMirrored = false
    /// How far the robot goes for what it would go.
    public var scale = 1.0
    /// What happens when the person is far.
    public var far = Far.wait
    /// When it begins.
    public var moment = Moment.now
    /// Whether it follows only while a dead-man switch is kept pressed for the person.
    public var needsDeadMan = false

    /// A robot that follows all of a person at once.
    public init(person: String) { self.person = person }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case person, part
        case delayMilliseconds = "delay_ms"
        case isMirrored = "mirror"
        case scale, far
        case moment = "at"
        case needsDeadMan = "deadman"
    }

    static let arguments = CodingKeys.allCases.map(\.rawValue)

    init(_ body: inout RequestFields) throws(RequestError) {
        guard let person = try body.string(CodingKeys.person, maximumLength: 64) else {
            throw body.missing(CodingKeys.person, "`follow` needs a `person`; `people` lists who is heard")
        }
        self.init(person: person)
        if let part = try body.choice(CodingKeys.part, of: Part.self) { self.part = part }
        if let delay = try body.number(CodingKeys.delayMilliseconds, in: 0...500) { delayMilliseconds = delay }
        if let isMirrored = try body.boolean(CodingKeys.isMirrored) { self.isMirrored = isMirrored }
        if let scale = try body.number(CodingKeys.scale, in: 0.5...1.5) { self.scale = scale }
        if let far = try body.choice(CodingKeys.far, of: Far.self) { self.far = far }
        if let moment = try body.choice(CodingKeys.moment, of: Moment.self) { self.moment = moment }
        if let needsDeadMan = try body.boolean(CodingKeys.needsDeadMan) { self.needsDeadMan = needsDeadMan }
    }

    var members: [JSONValue.Member] {
        [
            .init(CodingKeys.person.rawValue, .string(person)), .init(CodingKeys.part.rawValue, .string(part.rawValue)),
            .init(CodingKeys.delayMilliseconds.rawValue, .number(delayMilliseconds)),
            .init(CodingKeys.isMirrored.rawValue, .bool(isMirrored)), .init(CodingKeys.scale.rawValue, .number(scale)),
            .init(CodingKeys.far.rawValue, .string(far.rawValue)),
            .init(CodingKeys.moment.rawValue, .string(moment.rawValue)),
            .init(CodingKeys.needsDeadMan.rawValue, .bool(needsDeadMan)),
        ]
    }
}

/// How a live person is to be measured.
public struct Calibrate: Hashable, Sendable {
    /// A pose that is taken for the purpose, facing ahead, legs straight.
    public enum Pose: String, Hashable, Sendable, CaseIterable {
        /// Arms out to the sides.
        case t
        /// Arms half way down, 45 degrees.
        case a
        /// Arms hanging.
        case n
        /// None: only size and floor are measured, from motion.
        case auto
    }

    /// The person's name.
    public var person: String
    /// The pose that the person stands in; nil for none.
    public var pose: Pose?
    /// Whether place and heading become those of the robots that follow.
    public var recentres: Bool

    /// Creates the arguments.
    public init(person: String, pose: Pose?, recentres: Bool = false) {
        (self.person, self.pose, self.recentres) = (person, pose, recentres)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case person, pose
        case recentres = "recentre"
    }

    static let arguments = CodingKeys.allCases.map(\.rawValue)

    init(_ body: inout RequestFields) throws(RequestError) {
        guard let person = try body.string(CodingKeys.person, maximumLength: 64) else {
            throw body.missing(CodingKeys.person, "`calibrate` needs a `person`; `people` lists who is heard")
        }
        self.init(
            person: person, pose: try body.choice(CodingKeys.pose, of: Pose.self),
            recentres: try body.boolean(CodingKeys.recentres) ?? false)
        if pose == nil, !recentres {
            throw body.missing(
                CodingKeys.pose, "`calibrate` needs a `pose`: t, a, n or auto; or `recentre`, true")
        }
    }

    var members: [JSONValue.Member] {
        var members: [JSONValue.Member] = [.init(CodingKeys.person.rawValue, .string(person))]
        if let pose { members.append(.init(CodingKeys.pose.rawValue, .string(pose.rawValue))) }
        if recentres { members.append(.init(CodingKeys.recentres.rawValue, .bool(true))) }
        return members
    }
}
