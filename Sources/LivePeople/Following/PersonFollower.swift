public import Geometry
public import HumanBody
import Retargeting
public import Robots
public import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One robot that follows one person: when it joins, what it is to do in each tick, when it lets go. Pure: the caller brings
/// time, person and robot.
public final class PersonFollower {
    /// How it stands.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// The person is not there, or far from the robot's pose.
        case waiting
        /// The robot goes over to the person.
        case ramping
        case following
        /// The person is shown as is likely from a moment ago.
        case predicting
        /// Nothing has come for longer: the last pose is kept.
        case holding
        /// Nothing has come for so long that the robot was let go.
        case lost
    }

    /// Where the robot shall be.
    public struct Target: Sendable {
        /// The robot in its own world.
        public var configuration: RobotConfiguration
        /// Whether the left and the right foot stand.
        public var contacts: RobotProfile.Sides<Double>
        /// Whether the robot could stand still like this.
        public var isBalanced: Bool
        /// When the sensors saw the person like this, by our clock, nanoseconds.
        public var sensed: Int64
        /// The person like this, in the person's own world.
        public var human: HumanFrame
        /// The robot's root there.
        public var root: Quaternion
    }

    /// What the robot's player is to do.
    public enum Action: Sendable {
        case nothing
        /// Go over to the person.
        case begin(Target)
        /// Be there next.
        case aim(Target)
        /// Let go, and come to rest.
        case leave
        /// It is over.
        case end(reason: String)
    }

    /// Joints farther from the robot than this are waited for, radians.
    public static let nearness = 0.8
    /// Without a frame for this long the robot is let go; within that much more it joins again by itself; ns.
    private static let (lostAfter, returnWithin): (Int64, Int64) = (500_000_000, 1_000_000_000)
    /// How long a motion is foretold, and from which gap on what then comes is joined with care; ns.
    private static let (foretold, seamGap): (Int64, Int64) = (100_000_000, 45_000_000)
    /// Frames known ahead from which on they are used, in a window: measured on walks, turns and jumps with arms overhead.
    private static let leastKnown = 5
    /// How long going over to a person lasts at least, s.
    private static let ramp = 1.0

    /// How it stands.
    public private(set) var state = State.waiting
    /// The followed joint that is farthest from the robot, and how far, radians; nil before the first target.
    public private(set) var farthest: (joint: String, distance: Double)?
    /// What is followed, by driven joint.
    public let follows: [Bool]
    /// How the robot follows.
    public let options: Follow
    /// The person as the robot was shown last, with the robot's part and side.
    public private(set) var human = HumanFrame(pelvis: .zero)

    private let rate: Double
    private let period: Int64
    private let delay: Int64
    private let retargeter: LiveRetargeter
    private var seam = Seam()
    private var playhead: Int64?
    /// When the last tick was shown.
    private var lastTime: Int64 = 0
    private var lastNewest: Int64?
    private var wasPredicted = false
    private var hasJumped = false
    private var restarts = 0
    private var place = Place()
    private var wantsPlace = false
    private var sinceBegin = 0.0
    private var hasFollowed = false
    private var upper = HumanFrame(pelvis: .zero)
    /// The people of the last ticks and when they were so, as configurations come out later than they.
    private var past: [(human: HumanFrame, time: Int64)]
    private var tick = 0

    /// Prepares a robot; takes a moment.
    ///
    /// - Parameters:
    ///   - profile: The robot.
    ///   - rate: Its frames a second.
    ///   - options: How it shall follow.
    /// - Throws: When the profile's map is not enough for its body.
    public init(_ profile: RobotProfile, rate: Int, options: Follow) throws {
        self.rate = Double(rate)
        self.options = options
        period = 1_000_000_000 / Int64(rate)
        // Half of a delay is for what is late, half for knowing what comes.
        delay = Int64(options.delayMilliseconds * 1e6)
        let known = min(Int(options.delayMilliseconds / 1000 * Double(rate) / 2), 8)
        // Fewer frames ahead lead astray: where arms go up fast, a window of three ends in another way of bending them.
        let horizon = known < Self.leastKnown ? 0 : known
        retargeter = try LiveRetargeter(profile, rate: Double(rate), horizon: horizon)
        past = Array(repeating: (HumanFrame(pelvis: .zero), 0), count: horizon + 1)
        follows = Self.followed(options.part, of: profile)
    }

    /// Takes the person's place and heading anew: they become the robot's, by a ramp.
    public func recentre() { wantsPlace = true }

    // MARK: Ticks

    /// One tick.
    ///
    /// - Parameters:
    ///   - track: The person; nil while nobody has that name.
    ///   - robot: The robot as it was published last.
    ///   - time: When the tick is shown, by our clock.
    ///   - released: How long ago a dead-man switch was let go, nanoseconds; nil while it is pressed, and where none is needed.
    /// - Returns: What the robot's player is to do.
    public func step(
        _ track: PersonTrack?, robot: RobotConfiguration, at time: Int64, released: Int64? = nil
    ) -> Action {
        // As somebody who has just been lost: pressed again soon, the robot joins again by itself.
        if let released {
            return absent(Self.lostAfter + min(released, Self.returnWithin), for: "deadman")
        }
        guard let track, let wanted = track.senderTime(at: time - delayOfSamples) else { return absent(nil) }
        if track.counts.restarts != restarts {
            restarts = track.counts.restarts
            restart()
        }
        let now = advance(to: wanted, at: time)
        let sample = track.sample(at: now, into: &human)
        guard sample != .nothing else { return absent(nil) }
        var gap: Int64 = 0
        if case .predicted(let after) = sample { gap = after }
        join(isNew: track.newestTime != lastNewest, gap: gap)
        lastNewest = track.newestTime
        if gap > Self.lostAfter { return absent(gap) }
        if options.isMirrored { human.mirror() }
        let shown = options.part == .body ? human : partOfPerson()
        if tick == 0 {
            // Until enough is known ahead the person stands still in the first pose.
            for index in past.indices { past[index] = (shown, now) }
        }
        past[tick % past.count] = (shown, now)
        tick += 1
        guard let done = retargeter.step(shown) else { return .nothing }

        // What is foretold was seen when the newest frame was.
        let moment = min(oldest.time, track.newestTime ?? now)
        let target = target(done, sensed: track.time(ofSender: moment))
        measure(target.configuration, robot)
        if !hasFollowed || state == .waiting || state == .lost || wantsPlace {
            let isNear = options.far == .ramp || (farthest?.distance ?? .infinity) <= Self.nearness
            guard isNear || wantsPlace, gap < Self.foretold else {
                state = .waiting
                return .nothing
            }
            return begin(done, robot, sensed: target.sensed)
        }
        sinceBegin += 1 / rate
        state = state(after: gap, track)
        return .aim(target)
    }

    /// How it stands with a person who is followed and of whom nothing was heard for `gap` nanoseconds.
    private func state(after gap: Int64, _ track: PersonTrack) -> State {
        if gap > Self.foretold { return .holding }
        let interval = track.rate > 1 ? Int64(1e9 / track.rate) : Self.seamGap
        if gap > max(Self.seamGap, 2 * interval) { return .predicting }
        return sinceBegin < Self.ramp ? .ramping : .following
    }

    /// How far back samples are taken: what is known ahead delays the rest.
    private var delayOfSamples: Int64 {
        max(delay - Int64(retargeter.lateness) * period, 0)
    }

    /// Nobody is there, or has not been heard for too long.
    private func absent(_ gap: Int64?, for reason: String = "lost") -> Action {
        guard hasFollowed else {
            state = .waiting
            return .nothing
        }
        if let gap, gap < Self.lostAfter + Self.returnWithin {
            guard state != .lost else { return .nothing }
            state = .lost
            return .leave
        }
        state = .lost
        return .end(reason: reason)
    }

    private func restart() {
        seam.restart()
        retargeter.restart()
        tick = 0
        playhead = nil
        lastNewest = nil
        if hasFollowed { wantsPlace = true }
    }

    /// The moment that is shown next: as much later as the tick is, drawn to what is wanted; far off it leaps.
    private func advance(to wanted: Int64, at time: Int64) -> Int64 {
        // A tick that the machine left out is made up for: the person went on.
        let elapsed = min(max(time - lastTime, 0), 5 * period)
        lastTime = time
        hasJumped = false
        guard let last = playhead else {
            playhead = wanted
            return wanted
        }
        let error = wanted - last - elapsed
        let next: Int64
        if abs(error) < 100_000_000 {
            next = last + elapsed + min(max(error, -elapsed / 10), elapsed / 10)
        } else {
            next = wanted
            hasJumped = true
        }
        playhead = next
        return next
    }

    private func join(isNew: Bool, gap: Int64) {
        let isSeam = (isNew && wasPredicted) || hasJumped
        seam.join(&human, isSeam: isSeam, rate: rate)
        wasPredicted = gap > Self.seamGap
    }

    private func begin(_ done: RetargetedFrame, _ robot: RobotConfiguration, sensed: Int64) -> Action {
        (wantsPlace, hasFollowed, sinceBegin, state) = (false, true, 0, .ramping)
        place = Place(from: done.configuration, to: robot, scale: options.scale)
        return .begin(target(done, sensed: sensed))
    }

    private func target(_ done: RetargetedFrame, sensed: Int64) -> Target {
        Target(
            configuration: place.carry(done.configuration), contacts: done.contacts,
            isBalanced: retargeter.isBalanced(done), sensed: sensed,
            human: oldest.human, root: done.configuration.rootRotation)
    }

    /// The person of as many ticks ago as configurations are late.
    private var oldest: (human: HumanFrame, time: Int64) { past[tick % past.count] }

    /// The upper body over a pelvis that stands still, or the arms at a trunk that does.
    private func partOfPerson() -> HumanFrame {
        for joint in HumanJoint.allCases {
            upper.rotations[joint] = options.part.takes(joint) ? human.rotations[joint] : .identity
        }
        upper.pelvis = Self.standing
        return upper
    }

    private static let standing = Vector3(
        0,
        SMPLFoot.toeHeight
            - [HumanJoint.leftHip, .leftKnee, .leftAnkle, .leftFoot].reduce(0) { $0 + SMPLSkeleton.offsets[$1].y }, 0)

    private func measure(_ target: RobotConfiguration, _ robot: RobotConfiguration) {
        guard target.jointPositions.count == robot.jointPositions.count else {
            farthest = nil
            return
        }
        var (worst, distance) = (0, -1.0)
        for joint in follows.indices where follows[joint] {
            let own = abs(target.jointPositions[joint] - robot.jointPositions[joint])
            if own > distance { (worst, distance) = (joint, own) }
        }
        farthest = distance >= 0 ? (names[worst], distance) : nil
    }

    private lazy var names = retargeter.profile.jointNames

    // MARK: Parts

    /// Which driven joints a part of the person moves.
    static func followed(_ part: Follow.Part, of profile: RobotProfile) -> [Bool] {
        let count = profile.jointNames.count
        switch part {
        case .body: return Array(repeating: true, count: count)
        case .upper:
            var follows = Array(repeating: true, count: count)
            for foot in profile.feet?.both ?? [] {
                for joint in profile.drivenJoints(above: foot.body) { follows[joint] = false }
            }
            return follows
        case .arms:
            let arms = Side.both.map { side -> Set<Int> in
                let body =
                    (side == .left ? profile.hands?.left : profile.hands?.right)?.body
                    ?? profile.human.entries.last { entry in
                        [side.shoulder, side.elbow, side.wrist].contains(entry.joint)
                    }?.body
                return body.map { Set(profile.drivenJoints(above: $0)) } ?? []
            }
            // What both hang on is the trunk.
            let own = arms[0].symmetricDifference(arms[1])
            return (0..<count).map(own.contains)
        }
    }
}

extension Follow.Part {
    /// Whether a joint of the person is followed.
    public func takes(_ joint: HumanJoint) -> Bool {
        switch joint {
        case .pelvis, .leftHip, .rightHip, .leftKnee, .rightKnee, .leftAnkle, .rightAnkle, .leftFoot, .rightFoot:
            self == .body
        case .spine1, .spine2, .spine3, .neck, .head: self != .arms
        default: true
        }
    }
}

/// From the place and heading of a person's robot to those of the real one.
struct Place {
    private var turn = Quaternion.identity
    private var (start, goal) = (Vector3.zero, Vector3.zero)
    private var scale = 1.0

    init() {}

    /// Carries `person` to where `robot` is.
    init(from person: RobotConfiguration, to robot: RobotConfiguration, scale: Double) {
        let angle = Self.heading(robot.rootRotation) - Self.heading(person.rootRotation)
        turn = Quaternion(angle: angle, axis: Vector3(0, 0, 1))
        (start, goal, self.scale) = (person.rootPosition, robot.rootPosition, scale)
    }

    func carry(_ configuration: RobotConfiguration) -> RobotConfiguration {
        var carried = configuration
        let way = turn.act(configuration.rootPosition - start) * scale
        carried.rootPosition = Vector3(goal.x + way.x, goal.y + way.y, configuration.rootPosition.z)
        carried.rootRotation = (turn * configuration.rootRotation).normalized
        return carried
    }

    /// Angle of the x axis seen from above.
    private static func heading(_ q: Quaternion) -> Double {
        let ahead = q.act(Vector3(1, 0, 0))
        return atan2(ahead.y, ahead.x)
    }
}

extension HumanFrame {
    /// Becomes what a mirror shows; allocates nothing.
    mutating func mirror() {
        for joint in HumanJoint.allCases where joint.mirrored.rawValue >= joint.rawValue {
            let (own, other) = (rotations[joint], rotations[joint.mirrored])
            rotations[joint] = Quaternion(w: other.w, x: other.x, y: -other.y, z: -other.z)
            if joint.mirrored != joint {
                rotations[joint.mirrored] = Quaternion(w: own.w, x: own.x, y: -own.y, z: -own.z)
            }
        }
        pelvis.x = -pelvis.x
        contacts = FootContacts(
            leftAnkle: contacts.rightAnkle, leftToe: contacts.rightToe, rightAnkle: contacts.leftAnkle,
            rightToe: contacts.leftToe)
    }
}
