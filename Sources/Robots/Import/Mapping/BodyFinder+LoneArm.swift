import Geometry
import HumanBody

extension BodyFinder {
    /// An arm on a robot that has but one.
    mutating func findLoneArm() {
        let taken = Set(legs.flatMap { robot.subtree($0.chain[0]) })
        var best: (reach: Double, chain: [Int])?
        for link in robot.links.indices where !taken.contains(link) {
            guard let parent = robot.links[link].parent, robot.moves(link) else { continue }
            let chain = chain(robot, link)
            let names = chain.flatMap { [robot.links[$0].name, robot.links[$0].joint?.name ?? ""] }
            let votes = -SideNames.legVotes(names)
            let isTrunk = robot.children[link].contains { robot.subtree($0).contains(where: taken.contains) }
            guard !isTrunk, !taken.contains(parent), chain.count(where: robot.moves) >= Fingers.armJoints,
                votes > 0 || SideNames.isTrunk(names) == false && chain.count > Fingers.armJoints,
                reach(robot, chain) > PairRule.limbReach * robot.size
            else { continue }
            // The longest one; of those that hold each other, the one that begins at the first joint with an arm's name.
            let isArmFirst = votes > 0 && -SideNames.legVotes([names[0], names[1]]) > 0
            let score = reach(robot, chain) + (isArmFirst ? robot.size : 0)
            if score > best?.reach ?? 0 { best = (score, chain) }
        }
        guard let chain = best?.chain, var arm = Limb(robot, chain: chain, isLeg: false) else { return }
        let names = chain.flatMap { [robot.links[$0].name, robot.links[$0].joint?.name ?? ""] }
        arm.side = SideNames.side(names) ?? (robot.anchor(chain[chain.count - 1]).y > 0 ? .left : .right)
        arms = [arm]
        torso = robot.links[chain[0]].parent ?? torso
        notes.append("one arm, the \(arm.side.name) one")
        for role in arm.side == .left ? [BodyRole.upperArmLeft, .handLeft] : [.upperArmRight, .handRight] {
            confidence[role] = SideNames.legVotes(names) < 0 ? Certainty.named : Certainty.even
        }
    }
}
