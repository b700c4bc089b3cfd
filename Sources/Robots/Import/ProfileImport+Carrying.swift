import HumanBody

extension ProfileImport {
    /// Takes over what people edit from an earlier profile of the robot: identity, human map, soles, hands, limits of the
    /// root, of speeds, and of positions and efforts that the description does not say, named poses, targets, stream and
    /// watched pairs, as far as the bodies and joints they name are still there.
    ///
    /// - Returns: What could not be taken over, for people.
    public mutating func carryOver(_ old: RobotProfile) -> [String] {
        var lost: [String] = []
        let bodies = Set(profile.bodies.map(\.name))
        profile.displayName = old.displayName
        (profile.maker, profile.licence) = (old.maker, old.licence)
        for entry in old.human.entries {
            guard bodies.contains(entry.body) else {
                lost.append("human map of \(entry.joint.name): there is no body \"\(entry.body)\" any more")
                continue
            }
            if let index = profile.human.entries.firstIndex(where: { $0.joint == entry.joint }) {
                profile.human.entries[index] = entry
            } else {
                profile.human.entries.append(entry)
            }
        }
        for (limbs, parts) in [("feet", old.feet?.both.map(\.body)), ("hands", old.hands?.both.map(\.body))] {
            for body in parts ?? [] where !bodies.contains(body) {
                lost.append("\(limbs): there is no body \"\(body)\" any more")
            }
        }
        if let feet = old.feet, feet.both.allSatisfy({ bodies.contains($0.body) }) { profile.feet = feet }
        if let hands = old.hands, hands.both.allSatisfy({ bodies.contains($0.body) }) { profile.hands = hands }
        let joints = Dictionary(old.joints.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for index in profile.joints.indices {
            guard let earlier = joints[profile.joints[index].name], earlier.isDriven, profile.joints[index].isDriven
            else { continue }
            if guessedRanges.contains(earlier.name) {
                profile.joints[index].limits.lower = earlier.limits.lower
                profile.joints[index].limits.upper = earlier.limits.upper
                profile.joints[index].kind = earlier.kind
            }
            if profile.joints[index].effort == nil { profile.joints[index].effort = earlier.effort }
            profile.joints[index].limits.velocity = earlier.limits.velocity
            profile.joints[index].limits.acceleration = earlier.limits.acceleration
            profile.joints[index].limits.jerk = earlier.limits.jerk
            profile.joints[index].defaults = earlier.defaults
        }
        let driven = Set(profile.jointNames)
        let limits = Dictionary(
            profile.drivenJoints.map { ($0.name, $0.limits) }, uniquingKeysWith: { first, _ in first })
        for (name, pose) in old.poses {
            let fits = pose.joints.allSatisfy { joint, position in
                limits[joint].map { $0.lower <= position && position <= $0.upper } ?? false
            }
            if fits {
                profile.poses[name] = pose
            } else {
                lost.append("pose \(name): its joints or their ranges are others now")
            }
        }
        for (name, target) in old.targets {
            if Set(target.joints + target.leftOut) == driven {
                profile.targets[name] = target
            } else {
                lost.append("target \(name): the joints are others now")
            }
        }
        profile.limits = old.limits
        profile.stream = old.stream
        if old.collision.capsules.allSatisfy({ bodies.contains($0.body) }), old.collision != .none {
            profile.collision = old.collision
        }
        return lost
    }
}
