import Geometry

extension BodyFinder {
    /// What is better by this much is taken instead of z up.
    private static let advantage = 1.0
    /// A robot in whose description z is up by this much of an axis (cosine of 8°).
    private static let upright = 0.99

    /// The parts of a robot that lies as `orientation` says or, where that says nothing, as gives the best body: with z up, unless
    /// another axis is clearly better. Nil when what is said to be ahead is not level.
    static func find(
        _ reduced: ReducedRobot, overrides: [BodyRole: Int], _ orientation: RobotOrientation
    ) -> BodyFinder? {
        let up = Vector3(0, 0, 1)
        if orientation.up != nil || orientation.front != nil {
            var robot = reduced
            let above = (orientation.up ?? up).normalized
            guard let front = orientation.front else {
                robot.turnRoot(by: Quaternion(from: above, to: up))
                return BodyFinder(robot, overrides: overrides)
            }
            let level = front - above * above.dot(front)
            guard level.length > 1e-3 else { return nil }
            let ahead = level.normalized
            robot.turnRoot(by: Quaternion(Matrix3(columns: ahead, above.cross(ahead), above)).conjugate)
            return BodyFinder(robot, overrides: overrides, isTurned: true)
        }
        let plain = BodyFinder(reduced, overrides: overrides)
        // Legs that stand level are pairs whichever way the robot is turned.
        if RobotKind(plain) == .quadruped { return plain }
        var best = (score: plain.plausibility, finder: plain)
        let axes = [Vector3(0, 1, 0), Vector3(0, -1, 0), Vector3(1, 0, 0), Vector3(-1, 0, 0), Vector3(0, 0, -1)]
        let stated = reduced.statedUp.map { $0.z < upright ? [$0] : [] } ?? []
        for axis in stated + axes {
            var robot = reduced
            robot.turnRoot(by: Quaternion(from: axis, to: up))
            let finder = BodyFinder(robot, overrides: overrides)
            let score = finder.plausibility
            if score > best.score + (best.finder.robot.turn == plain.robot.turn ? advantage : 0) {
                best = (score, finder)
            }
        }
        return best.finder
    }

    /// How much of a body was found, and how far its names agree: about 5 for a humanoid with names, 0 for nothing.
    private var plausibility: Double {
        func named(_ limbs: [Limb]) -> Double {
            let names = limbs.flatMap(\.chain).flatMap { [robot.links[$0].name, robot.links[$0].joint?.name ?? ""] }
            return Double(max(-1, min(1, SideNames.legVotes(names))))
        }
        func sure(_ limbs: [Limb], _ role: BodyRole) -> Double { limbs.isEmpty ? 0 : confidence[role] ?? 0 }
        return sure(legs, .footLeft) + sure(arms, .handLeft) + max(sure(arms, .handRight) - 0.5, 0) + named(legs)
            - named(arms)
    }
}
