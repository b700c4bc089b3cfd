extension ProfileChecker {
    /// Every mapped body exists, and the map covers what the robot has.
    mutating func checkHuman() {
        var seen: [String: Int] = [:]
        for (index, entry) in profile.human.entries.enumerated() {
            let path = "/human/map/\(index)"
            requireBody(entry.body, path + "/body")
            if let first = seen.updateValue(index, forKey: entry.joint) {
                error(path + "/joint", "\"\(entry.joint)\" is mapped by entry \(first) too", "one body for each joint")
            }
        }
        if profile.hasFloatingRoot, seen["pelvis"] == nil {
            error("/human/map", "has no \"pelvis\"", "map it to the root or the body that carries the legs")
        }
        requireLimb(["hip", "knee", "ankle"], section: "/feet", isListed: profile.feet != nil, seen)
        requireLimb(["shoulder", "elbow", "wrist"], section: "/hands", isListed: profile.hands != nil, seen)
    }

    /// A limb is mapped from end to end on both sides, or not at all, and its contact is described.
    private mutating func requireLimb(
        _ joints: [String], section: String, isListed: Bool, _ seen: [String: Int]
    ) {
        let names = ["left", "right"].flatMap { side in joints.map { "\(side)_\($0)" } }
        let missing = names.filter { seen[$0] == nil }
        let isLeg = section == "/feet"
        let isNeeded = isListed || (isLeg && missing.count < names.count)
        if isNeeded, !missing.isEmpty {
            let text = "has no " + missing.map { "\"\($0)\"" }.joined(separator: ", ")
            let remedy = "map both sides of what the robot has"
            isLeg ? error("/human/map", text, remedy) : warn("/human/map", text, remedy)
        }
        if !isListed, missing.isEmpty {
            let text = "is missing, though the map has both \(joints[2])s"
            isLeg
                ? error(section, text, "describe the soles on which the robot stands")
                : warn(section, text, "describe the palms")
        }
    }
}
