import Geometry
import HumanBody

/// What kind of robot a description is of.
public enum RobotKind: String, CaseIterable, Hashable, Sendable {
    /// Legs, and one arm or two.
    case humanoid
    /// Two arms on a base that stands still.
    case upperBody = "upper body"
    /// Two legs and no arms.
    case legs
    /// Two arms on a base with wheels, which is held.
    case wheeled = "upper body on wheels"
    /// One arm.
    case arm
    /// Fingers on a palm.
    case hand
    /// Four legs, or more.
    case quadruped
    /// Legs that end in wheels.
    case wheeledBiped = "biped on wheels"
    /// None of these.
    case unknown = "machine of another kind"

    /// Whether the program can drive it after a person.
    public var isServed: Bool {
        switch self {
        case .humanoid, .upperBody, .legs, .wheeled: true
        case .arm, .hand, .quadruped, .wheeledBiped, .unknown: false
        }
    }

    /// What the program cannot do with it, and what it would need; empty for one that it serves.
    public var objection: String {
        switch self {
        case .humanoid, .upperBody, .legs, .wheeled: ""
        case .arm: "an arm alone is no person: there are no two arms or two legs for a person's motion to go to"
        case .hand: "a hand alone is no person: fingers are driven as part of a robot that has arms"
        case .quadruped: "a person's motion is for two legs: four have no counterpart in it"
        case .wheeledBiped: "it balances on wheels, and a person's steps would be given to wheels"
        case .unknown: "neither two legs nor two arms were found in it"
        }
    }
}

extension RobotKind {
    /// Shares of the robot's size and counts that tell kinds apart. Found on the descriptions of `Documentation/any-robot.md`
    /// and on quadrupeds, hands and arms of makers.
    private enum Rule {
        /// Legs of a quadruped hang this level with one another, are this far apart in length, and end this level.
        static let level = 0.2
        static let apart = 0.2
        static let ends = 0.25
        /// Fingers: this many of at least so many joints on one palm, with this share of all joints.
        static let fingers = (count: 3, joints: 2, share: 0.6)
        /// m: a robot that is smaller may be a hand though its fingers are not called so.
        static let handSize = 0.45
        /// Joints of an arm.
        static let armJoints = 3
        /// cos 46°: an axis of a wheel is level.
        static let level2 = 0.7
    }

    init(_ finder: BodyFinder) {
        let robot = finder.robot
        if Self.isHand(finder) {
            self = .hand
        } else if Self.isQuadruped(finder) {
            self = .quadruped
        } else if finder.legs.count == 2 {
            let rolls = finder.legs.allSatisfy { Self.rolls(robot, $0.chain) }
            self = rolls ? .wheeledBiped : finder.arms.isEmpty ? .legs : .humanoid
        } else if finder.arms.count == 2 {
            self = Self.hasWheels(finder) ? .wheeled : .upperBody
        } else if robot.links.indices.contains(where: { finder.chain(robot, $0).count > Rule.armJoints }) {
            self = .arm
        } else {
            self = .unknown
        }
    }

    /// Two pairs of limbs that hang level, one ahead of the other, and end level.
    private static func isQuadruped(_ finder: BodyFinder) -> Bool {
        let robot = finder.robot
        if SideNames.quadrupedLegs(robot.links.filter { $0.joint != nil }.map(\.name)) >= 4 { return true }
        func start(_ pair: BodyFinder.Pair) -> Vector3 {
            (robot.anchor(pair.left[0]) + robot.anchor(pair.right[0])) / 2
        }
        func end(_ pair: BodyFinder.Pair) -> Double {
            pair.left.flatMap(robot.zeroCorners).map(\.z).min() ?? robot.anchor(pair.left[pair.left.count - 1]).z
        }
        for (index, first) in finder.pairs.enumerated() {
            for second in finder.pairs.dropFirst(index + 1) where Set(first.left).isDisjoint(with: second.left) {
                let names = (first.left + second.left).flatMap {
                    [robot.links[$0].name, robot.links[$0].joint?.name ?? ""]
                }
                let arms = names.contains { SideNames.legVotes([$0]) < 0 && !SideNames.isQuadruped($0) }
                let offset = start(first) - start(second)
                let length = max(finder.reach(robot, first.left), finder.reach(robot, second.left))
                if !arms, abs(offset.z) < Rule.level * length, abs(offset.x) > Rule.apart * length,
                    abs(end(first) - end(second)) < Rule.ends * length,
                    end(first) < start(first).z - Rule.level * length
                {
                    return true
                }
            }
        }
        return false
    }

    private static func isHand(_ finder: BodyFinder) -> Bool {
        let robot = finder.robot
        let arms = finder.arms.flatMap(\.chain).map { robot.links[$0].name }
        if finder.arms.count == 2, SideNames.legVotes(arms) < 0 { return false }
        let moving = robot.links.indices.filter(robot.moves)
        let named = moving.count {
            SideNames.isFinger(robot.links[$0].name) || SideNames.isFinger(robot.links[$0].joint?.name ?? "")
        }
        for palm in robot.links.indices {
            let fingers = robot.children[palm].map { robot.subtree($0).filter(robot.moves) }
                .filter { $0.count >= Rule.fingers.joints }
            let count = fingers.joined().count
            guard fingers.count >= Rule.fingers.count, Double(count) >= Rule.fingers.share * Double(moving.count) else {
                continue
            }
            let legs = fingers.joined().contains { SideNames.legVotes([robot.links[$0].name]) != 0 }
            if Double(named) >= Rule.fingers.share * Double(count) { return true }
            if robot.size < Rule.handSize, !legs, fingers.allSatisfy({ $0.count < 6 }) { return true }
        }
        return false
    }

    /// Whether a limb ends in a wheel.
    private static func rolls(_ robot: ReducedRobot, _ chain: [Int]) -> Bool {
        guard let last = chain.last else { return false }
        if isWheel(robot, last) { return true }
        let joint = robot.links[last].joint
        return joint?.kind == .continuous && abs(robot.axis(last).y) > Rule.level2
            && chain.dropLast().allSatisfy { robot.links[$0].joint?.kind != .continuous }
    }

    private static func isWheel(_ robot: ReducedRobot, _ link: Int) -> Bool {
        [robot.links[link].name, robot.links[link].joint?.name ?? ""].contains {
            $0.lowercased().contains("wheel")
        }
    }

    private static func hasWheels(_ finder: BodyFinder) -> Bool {
        let robot = finder.robot
        let arms = Set(finder.arms.flatMap { robot.subtree($0.chain[0]) })
        return robot.links.indices.contains { link in
            let isCaster = robot.links[link].frames.contains { $0.name.lowercased().contains("wheel") }
            return !arms.contains(link) && (isWheel(robot, link) || isCaster)
        }
    }
}
