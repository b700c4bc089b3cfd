import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Finds which link of a robot is which part of a body: by branching, symmetry and geometry first, names second.
struct BodyFinder {
    /// What makes two chains a pair of limbs, as shares of the robot's size. These numbers and those below were found by trying
    /// on the 75 descriptions of `Documentation/any-robot.md`, until all parts of the two-legged ones were right.
    enum PairRule {
        /// Under this, m, nothing is judged by size: a description of one point has none.
        static let leastSize = 0.05
        /// Joints of a limb at least, and how many more one side may have than the other (a gripper on one hand).
        static let leastJoints = 2
        static let jointDifference = 1
        /// Difference of the two lengths, as a share of the longer one.
        static let lengthDifference = 0.15
        /// Sides are level with each other, apart, and no mere bars.
        static let greatestStep = 0.05
        static let leastGap = 0.02
        static let leastReach = 0.1
        /// They are apart along one axis of the root, this many times more than along the other: within 14° of it.
        static let straightness = 4.0
        /// Limbs among the pairs reach this far.
        static let limbReach = 0.12
    }

    /// Where an arm ends and its fingers begin: after as many joints, when several children reach this share of the
    /// farthest one.
    enum Fingers {
        static let armJoints = 3
        static let likeness = 0.4
    }

    /// Points for being a leg: names as many as three, place and ground two each, joints that pitch as a check. At 0 a pair is no
    /// leg, under 1 it may still be an arm.
    private enum LegScore {
        static let names = 3
        static let place = 2.0
        static let pitches = (enough: 0.5, tooFew: -3.0)
        static let leastJoints = 3
        static let mostOfArm = 1.0
        /// An axis that pitches is within 46° of the left (cosine).
        static let pitchAxis = 0.7
        /// Height that counts as lower, m.
        static let lower = 1e-3
    }

    /// From a score to what people are told: half sure at 0, sure at 4; less when names say nothing, or the opposite.
    enum Certainty {
        static let even = 0.5
        static let scores = 8.0
        static let unnamed = 0.1
        static let contradicted = 0.2
        static let least = 0.1
        static let named = 0.9
        static let namedHead = 0.95
        static let otherHead = 0.6
    }

    /// A toe joint: the last of six or more, named so, pitching, ahead of the ankle by so much, m.
    private enum Toe {
        static let leastChain = 6
        static let step = 0.03
    }

    /// A head: not far under the shoulders, m, with this share of the robot's mass (cameras and antennas have less), and near the
    /// middle, m.
    private enum Head {
        static let under = 0.02
        static let massShare = 0.002
        static let offMiddle = 0.05
    }

    /// Rad. Robots mostly look along an axis of their root: what is within 8° of one is that, others are taken as they are.
    private static let leastTurn = 0.01
    private static let nearSquare = 0.14
    /// Makers shift frames along an axis by less than this share of the limb; points farther apart are really other.
    private static let symmetryShift = 0.25

    var robot: ReducedRobot
    var pelvis = 0
    var torso = 0
    var head: Int?
    /// Left and right.
    var legs: [Limb] = []
    var arms: [Limb] = []
    var confidence: [BodyRole: Double] = [:]
    var notes: [String] = []

    /// All pairs of limbs, the likeliest legs first.
    var pairs: [Pair] = []

    struct Pair {
        var parent: Int
        var left: [Int]
        var right: [Int]
        var namesAgree: Bool
        var isNamed: Bool
    }

    /// Finds the parts. Where the robot's front is known, `isTurned`, it is x in `reduced`.
    init(_ reduced: ReducedRobot, overrides: [BodyRole: Int] = [:], isTurned: Bool = false) {
        robot = reduced
        var pairs = limbPairs(robot)
        if !isTurned, let heading = heading(pairs), abs(heading) > Self.leastTurn {
            robot.face(heading)
            pairs = limbPairs(robot)
        }
        choose(pairs)
        apply(overrides)
        if arms.isEmpty, !legs.isEmpty { findLoneArm() }
        symmetrize(&legs)
        symmetrize(&arms)
        findHead()
        if let head = overrides[.head] { self.head = head }
        state(overrides)
    }

    /// The link of a role.
    func link(_ role: BodyRole) -> Int? {
        func limb(_ limbs: [Limb], _ side: Side) -> Limb? { limbs.first { $0.side == side } }
        switch role {
        case .pelvis: return pelvis
        case .torso: return torso
        case .head: return head
        case .thighLeft: return limb(legs, .left)?.upperBody
        case .thighRight: return limb(legs, .right)?.upperBody
        case .shinLeft: return limb(legs, .left)?.middleBody
        case .shinRight: return limb(legs, .right)?.middleBody
        case .footLeft: return limb(legs, .left)?.endBody
        case .footRight: return limb(legs, .right)?.endBody
        case .upperArmLeft: return limb(arms, .left)?.upperBody
        case .upperArmRight: return limb(arms, .right)?.upperBody
        case .forearmLeft: return limb(arms, .left)?.middleBody
        case .forearmRight: return limb(arms, .right)?.middleBody
        case .handLeft: return limb(arms, .left)?.endBody
        case .handRight: return limb(arms, .right)?.endBody
        }
    }

    // MARK: pairs of limbs

    func reach(_ robot: ReducedRobot, _ chain: [Int]) -> Double {
        zip(chain, chain.dropFirst()).reduce(0) { $0 + (robot.anchor($1.1) - robot.anchor($1.0)).length }
    }

    /// The links on the way to the end of a limb; where it branches, the names of the `other` side's limb decide.
    func chain(_ robot: ReducedRobot, _ first: Int, like other: [Int] = []) -> [Int] {
        var chain = [first]
        while true {
            let link = chain[chain.count - 1]
            let next = robot.children[link].filter { child in
                robot.subtree(child).contains(where: robot.moves)
                    && !SideNames.isFinger(robot.links[child].name)
                    && !SideNames.isFinger(robot.links[child].joint?.name ?? "")
            }
            func extent(_ child: Int) -> Double {
                let from = robot.anchor(link)
                return robot.subtree(child).map { below in
                    (robot.zero[below].act(robot.links[below].inertial.center) - from).length
                        + (robot.links[below].inertial.mass > 0 ? 0 : -1e-3)
                }.max() ?? 0
            }
            let isLeg = SideNames.legVotes(chain.map { robot.links[$0].name }) > 0
            // Rods beside a foot reach as far as it does: ten metres ahead of them is ahead of all.
            let ranked = next.map { child in
                let feet = isLeg && robot.subtree(child).contains { SideNames.isFoot(robot.links[$0].name) }
                return (extent(child) + (feet ? 10 : 0), child)
            }.sorted { $0.0 > $1.0 }
            guard let best = ranked.first else { break }
            if chain.count < other.count {
                let twin = other[chain.count]
                if let match = next.first(where: { name(robot, $0, twin) != 0 }) {
                    chain.append(match)
                    continue
                }
            }
            // Several like children, after an arm's worth of joints, are fingers.
            if !isLeg, ranked.count > 2, chain.count >= Fingers.armJoints, ranked[1].0 > Fingers.likeness * best.0 {
                break
            }
            chain.append(best.1)
        }
        while let last = chain.last, chain.count > 1, !robot.moves(last) { chain.removeLast() }
        return chain
    }

    private func middle(_ robot: ReducedRobot, _ chain: [Int]) -> Vector3 {
        chain.map(robot.anchor).reduce(.zero, +) / Double(chain.count)
    }

    /// Sibling subtrees that mirror each other, as chains of moved links, left and right.
    private func limbPairs(_ robot: ReducedRobot) -> [Pair] {
        let size = max(robot.size, PairRule.leastSize)
        var pairs: [Pair] = []
        for parent in robot.links.indices {
            let children = robot.children[parent]
            for (i, a) in children.enumerated() {
                for b in children.dropFirst(i + 1) {
                    let first = chain(robot, a)
                    let second = chain(robot, b, like: first)
                    let moving = (first.count(where: robot.moves), second.count(where: robot.moves))
                    guard moving.0 >= PairRule.leastJoints, abs(moving.0 - moving.1) <= PairRule.jointDifference else {
                        continue
                    }
                    let (p, q) = (middle(robot, first), middle(robot, second))
                    let apart = p - q
                    let flat = Vector3(apart.x, apart.y, 0)
                    let (u, v) = (reach(robot, first), reach(robot, second))
                    let alike = abs(u - v) < PairRule.lengthDifference * max(u, v)
                    let named = zip(first, second).contains { name(robot, $0, $1) != 0 }
                    guard alike, abs(apart.z) < PairRule.greatestStep * size, flat.length > PairRule.leastGap * size,
                        max(u, v) > PairRule.leastReach * size
                    else { continue }
                    let (most, least) = (max(abs(apart.x), abs(apart.y)), min(abs(apart.x), abs(apart.y)))
                    guard most > PairRule.straightness * least || named else { continue }
                    let votes = zip(first, second).reduce(0) { $0 + name(robot, $1.0, $1.1) }
                    let geometric = abs(apart.y) > abs(apart.x) ? apart.y > 0 : apart.x < 0
                    let isLeft = votes != 0 ? votes > 0 : geometric
                    pairs.append(
                        Pair(
                            parent: parent, left: isLeft ? first : second, right: isLeft ? second : first,
                            namesAgree: votes == 0 || (votes > 0) == geometric, isNamed: votes != 0))
                }
            }
        }
        // Parallel bars within a limb are alike too; named limbs come before them.
        let named = pairs.filter(\.isNamed)
        return named.isEmpty ? pairs : named
    }

    /// 1 when the names make `a` the left one of a pair, -1 when the right one.
    private func name(_ robot: ReducedRobot, _ a: Int, _ b: Int) -> Int {
        for (x, y) in [
            (robot.links[a].name, robot.links[b].name),
            (robot.links[a].joint?.name ?? "", robot.links[b].joint?.name ?? ""),
        ] {
            if SideNames.isPair(left: x, right: y) { return 1 }
            if SideNames.isPair(left: y, right: x) { return -1 }
        }
        return 0
    }

    /// The direction in which the robot looks, by where its left is; nil when x, as it should be.
    private func heading(_ pairs: [Pair]) -> Double? {
        var left = Vector3.zero
        for pair in pairs where pair.isNamed { left += middle(robot, pair.left) - middle(robot, pair.right) }
        guard left.length > 1e-6 else {
            let sideways = pairs.reduce(Vector3.zero) { sum, pair in
                let d = middle(robot, pair.left) - middle(robot, pair.right)
                return sum + Vector3(abs(d.x), abs(d.y), 0)
            }
            return sideways.x > sideways.y ? .pi / 2 : nil
        }
        let angle = atan2(left.y, left.x) - .pi / 2
        let square = (angle / (.pi / 2)).rounded() * .pi / 2
        return abs(angle - square) < Self.nearSquare ? square : angle
    }

    // MARK: legs and arms

    private mutating func choose(_ all: [Pair]) {
        func lowest(_ pair: Pair) -> Double {
            (pair.left + pair.right).flatMap(robot.zeroCorners).map(\.z).min() ?? robot.anchor(pair.left[0]).z
        }
        func names(_ pair: Pair) -> [String] {
            (pair.left + pair.right).flatMap { [robot.links[$0].name, robot.links[$0].joint?.name ?? ""] }
        }
        let limbs = all.filter {
            $0.left.count(where: robot.moves) >= PairRule.leastJoints
                && reach(robot, $0.left) > PairRule.limbReach * robot.size
        }
        let inLimbs = Set(limbs.flatMap { $0.left + $0.right })
        let trunk = robot.links.indices.filter { !inLimbs.contains($0) }
        let trunkMass = trunk.reduce(0) { $0 + robot.links[$1].inertial.mass }
        let trunkCenter =
            trunk.reduce(Vector3.zero) {
                $0 + robot.zero[$1].act(robot.links[$1].inertial.center) * robot.links[$1].inertial.mass
            } / max(trunkMass, 1e-9)
        func legScore(_ pair: Pair) -> Double {
            let votes = SideNames.legVotes(names(pair))
            var score = Double(max(-LegScore.names, min(LegScore.names, votes)))
            let others = limbs.filter { $0.left[0] != pair.left[0] }
            if let other = others.first {
                let isLower = robot.anchor(pair.left[0]).z < robot.anchor(other.left[0]).z - LegScore.lower
                score += isLower ? LegScore.place : -LegScore.place
                score += lowest(pair) < lowest(other) ? LegScore.place : -LegScore.place
            } else {
                score += robot.anchor(pair.left[0]).z < trunkCenter.z ? LegScore.place : -LegScore.place
            }
            // Hip and knee.
            let pitches = pair.left.count { abs(robot.axis($0).y) > LegScore.pitchAxis }
            score += pitches >= 2 ? LegScore.pitches.enough : LegScore.pitches.tooFew
            return score
        }
        let ranked = limbs.sorted { legScore($0) > legScore($1) }
        pairs = ranked
        if let best = ranked.first(where: { $0.left.count(where: robot.moves) >= LegScore.leastJoints }),
            legScore(best) > 0
        {
            pelvis = best.parent
            legs = sided([best.left, best.right].map { Limb(robot, chain: withoutToes($0), isLeg: true) })
            rate([.pelvis, .thighLeft, .thighRight, .footLeft, .footRight], best, legScore(best))
        }
        let taken = Set(legs.flatMap(\.chain))
        let rest = limbs.filter { taken.isDisjoint(with: $0.left) && legScore($0) < LegScore.mostOfArm }
        if let best = rest.max(by: { reach(robot, $0.left) < reach(robot, $1.left) }) {
            torso = best.parent
            arms = sided([best.left, best.right].map { Limb(robot, chain: $0, isLeg: false) })
            rate([.torso, .upperArmLeft, .upperArmRight, .handLeft, .handRight], best, -legScore(best))
        } else {
            torso = pelvis
        }
        if legs.isEmpty { pelvis = 0 }
    }

    /// Left and right, with their sides; none when one is missing.
    private func sided(_ limbs: [Limb?]) -> [Limb] {
        let both = zip(Side.both, limbs).compactMap { side, limb in
            limb.map { limb in
                var limb = limb
                limb.side = side
                return limb
            }
        }
        return both.count == 2 ? both : []
    }

    private mutating func rate(_ roles: [BodyRole], _ pair: Pair, _ score: Double) {
        let certain =
            min(1, Certainty.even + score / Certainty.scores) - (pair.isNamed ? 0 : Certainty.unnamed)
            - (pair.namesAgree ? 0 : Certainty.contradicted)
        for role in roles { confidence[role] = max(Certainty.least, certain) }
    }

    /// A joint across the foot, ahead of the ankle, moves the toes and not the foot.
    private func withoutToes(_ chain: [Int]) -> [Int] {
        guard chain.count >= Toe.leastChain, let last = chain.last else { return chain }
        let before = chain[chain.count - 2]
        let step = robot.anchor(last) - robot.anchor(before)
        let isToe =
            robot.links[last].name.lowercased().contains("toe") && abs(robot.axis(last).y) > LegScore.pitchAxis
            && abs(step.x) > abs(step.z) && step.length > Toe.step
        return isToe ? Array(chain.dropLast()) : chain
    }

    /// Points that lie a little differently on both sides, as makers place frames along an axis, become their mean.
    private func symmetrize(_ limbs: inout [Limb]) {
        guard limbs.count == 2 else { return }
        let reach = (limbs[0].bend - limbs[0].upper).length + (limbs[0].lower - limbs[0].bend).length
        let center = (limbs[0].upper.y + limbs[1].upper.y) / 2
        for point in [\Limb.upper, \.bend, \.lower, \.tip] {
            var mirrored = limbs[1][keyPath: point]
            mirrored.y = 2 * center - mirrored.y
            guard (mirrored - limbs[0][keyPath: point]).length < Self.symmetryShift * reach else { continue }
            var mean = (limbs[0][keyPath: point] + mirrored) / 2
            limbs[0][keyPath: point] = mean
            mean.y = 2 * center - mean.y
            limbs[1][keyPath: point] = mean
        }
    }

    private mutating func findHead() {
        guard !arms.isEmpty || !legs.isEmpty else { return }
        let taken = Set((arms + legs).flatMap { robot.subtree($0.chain[0]) })
        let height = arms.first?.upper.z ?? (robot.zero[torso].translation.z)
        let candidates = robot.subtree(torso).filter { link in
            link != torso && link != pelvis && !taken.contains(link) && robot.moves(link)
                && !robot.subtree(link).contains { taken.contains($0) }
                && robot.zero[link].act(robot.links[link].inertial.center).z > height - Head.under
                && robot.links[link].inertial.mass > Head.massShare * robot.links.reduce(0) { $0 + $1.inertial.mass }
        }
        let named = candidates.filter { robot.links[$0].name.lowercased().contains("head") }
        let middle = candidates.filter { abs(robot.zero[$0].translation.y) < Head.offMiddle }
        head = named.last ?? middle.max { robot.links[$0].inertial.mass < robot.links[$1].inertial.mass }
        confidence[.head] = head == nil ? nil : named.isEmpty ? Certainty.otherHead : Certainty.namedHead
    }
}
