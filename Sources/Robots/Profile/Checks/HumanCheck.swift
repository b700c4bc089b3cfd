import HumanBody

extension ProfileChecker {
    /// Every mapped body exists, and the map covers what the robot has.
    mutating func checkHuman() {
        var seen: [HumanJoint: Int] = [:]
        for (index, entry) in profile.human.entries.enumerated() {
            let path = "/human/map/\(index)"
            requireBody(entry.body, path + "/body")
            if let first = seen.updateValue(index, forKey: entry.joint) {
                error(
                    path + "/joint", "\"\(entry.joint.name)\" is mapped by entry \(first) too",
                    "one body for each joint")
            }
        }
        if profile.hasFloatingRoot, seen[.pelvis] == nil {
            error("/human/map", "has no \"pelvis\"", "map it to the root or the body that carries the legs")
        }
        requireLimbs(Side.both.map(\.leg), section: "/feet", isListed: profile.feet != nil, seen)
        requireLimbs(Side.both.map(\.arm), section: "/hands", isListed: profile.hands != nil, seen)
    }

    /// A limb is mapped from end to end on both sides, or not at all, and its contact is described.
    private mutating func requireLimbs(
        _ limbs: [HumanLimb], section: String, isListed: Bool, _ seen: [HumanJoint: Int]
    ) {
        let joints = limbs.flatMap(\.joints)
        let missing = joints.filter { seen[$0] == nil }
        let isLeg = section == "/feet"
        let isNeeded = isListed || (isLeg && missing.count < joints.count)
        if isNeeded, !missing.isEmpty {
            let text = "has no " + missing.map { "\"\($0.name)\"" }.joined(separator: ", ")
            let remedy = "map both sides of what the robot has"
            isLeg ? error("/human/map", text, remedy) : warn("/human/map", text, remedy)
        }
        if !isListed, missing.isEmpty {
            let text = "is missing, though the map has both \(isLeg ? "ankles" : "wrists")"
            isLeg
                ? error(section, text, "describe the soles on which the robot stands")
                : warn(section, text, "describe the palms")
        }
    }
}
