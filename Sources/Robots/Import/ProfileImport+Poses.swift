import Geometry

extension ProfileImport {
    /// Finds the soles, and writes them into the profile.
    mutating func addFeet(_ finder: BodyFinder) -> [SoleFit] {
        let robot = finder.robot
        var soles = finder.legs.map { SoleFit(robot, foot: $0.endBody, leg: $0) }
        if soles.count == 2, soles.contains(where: \.isEstimated) {
            soles[1] = SoleFit(mirroring: soles[0], robot, from: finder.legs[0], to: finder.legs[1])
        }
        if soles.count == 2 {
            let feet = zip(finder.legs, soles).map { leg, sole in
                RobotProfile.Foot(
                    body: robot.links[leg.endBody].name, sole: sole.corners.map(\.rounded), heel: sole.heel.rounded,
                    toe: sole.toe.rounded, rocker: sole.rocker.map(\.rounded))
            }
            profile.feet = RobotProfile.Sides(left: feet[0], right: feet[1])
            if soles.contains(where: \.isEstimated) {
                doubts.append(
                    "soles are estimated, the feet have no shapes here: the true ones lie up to 12 mm higher or lower")
            }
        }
        return soles
    }

    mutating func addPoses(_ finder: BodyFinder, _ soles: [SoleFit]) throws(KinematicsError) {
        // The solver keeps twice the margin, which the narrowest joint has to allow.
        let narrowest = profile.jointLimits.map { $0.upper - $0.lower }.min() ?? 1
        profile.limits.softMargin = min(Standard.softMargin, narrowest / Standard.marginShare)
        let (stand, capsules) = try standing(finder, soles)
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
        profile.collision = RobotProfile.Collision(capsules: capsules.capsules, pairs: capsules.pairs)
        if capsules.isEstimated {
            notes.append("capsules: estimated from bones and inertia where bodies have no shapes")
        }
        let ends = finder.arms.map { finder.robot.links[$0.endBody].name }
        let arms = Set(finder.arms.flatMap(\.chain).map { finder.robot.links[$0].name })
        for pair in capsules.leftOut where pair.contains(where: ends.contains) && !pair.allSatisfy(arms.contains) {
            doubts.append("\(pair[0]) and \(pair[1]) touch in the stand pose, and are not kept apart")
        }
        for pair in capsules.leftOut {
            notes.append("capsules of \(pair[0]) and \(pair[1]) touch in the stand pose: the pair is not watched")
        }
    }

    /// Finds what hands with fingers can show.
    mutating func addGrasps() throws(KinematicsError) {
        guard var hands = profile.hands else { return }
        hands.left.poses = try GraspFit(profile, hand: hands.left).poses
        hands.right.poses = try GraspFit(profile, hand: hands.right).poses
        profile.hands = hands
        let found = RobotProfile.Hand.poseNames.filter { hands.left.poses[$0] != nil || hands.right.poses[$0] != nil }
        if !found.isEmpty { notes.append("poses of the hands: \(found.joined(separator: ", "))") }
    }

    /// The stand pose and the capsules in it: arms hang as far out as it takes to be clear of the body.
    private func standing(
        _ finder: BodyFinder, _ soles: [SoleFit]
    ) throws(KinematicsError) -> (stand: StandPose, capsules: CapsuleFit) {
        let arms = Set(finder.arms.flatMap(\.chain).map { finder.robot.links[$0].name })
        let stand = try StandPose(profile, finder, soles: soles)
        var best = (stand: stand, capsules: try CapsuleFit(profile, finder, stand: stand.configuration))
        func touching(_ capsules: CapsuleFit) -> Int {
            capsules.tight.count { pair in pair.count(where: arms.contains) == 1 }
        }
        for spread in StandPose.spreads.dropFirst() where touching(best.capsules) > 0 {
            let stand = try StandPose(profile, finder, soles: soles, spread: spread)
            let capsules = try CapsuleFit(profile, finder, stand: stand.configuration)
            if touching(capsules) < touching(best.capsules) { best = (stand, capsules) }
        }
        return best
    }
}
