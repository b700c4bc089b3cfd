import HumanBody

/// What names say about sides and parts.
enum SideNames {
    /// Whether the names differ in the side alone: `left` for `right`, or `l` for `r`.
    static func isPair(left: String, right: String) -> Bool {
        let (a, b) = (left.lowercased(), right.lowercased())
        guard a != b else { return false }
        if a.contains("left"), a.replacing("left", with: "right") == b { return true }
        guard a.utf8.count == b.utf8.count else { return false }
        return zip(a.utf8, b.utf8).allSatisfy { x, y in
            x == y || (x == UInt8(ascii: "l") && y == UInt8(ascii: "r"))
        }
    }

    private static let legs = [
        "hip", "leg", "thigh", "knee", "ankle", "foot", "shin", "calf", "toe", "ank", "kfe", "tarsus",
    ]
    private static let arms = [
        "shoulder", "arm", "elbow", "wrist", "hand", "gripper", "palm", "sho", "clavicle", "scapula", "humerus",
    ]
    private static let fingers = [
        "finger", "thumb", "index", "pinky", "pinkie", "little", "gripper", "jaw", "claw", "middle", "ring_", "palm_f",
    ]

    /// More than 0 for names of legs, less for names of arms.
    static func legVotes(_ names: [String]) -> Int {
        names.map { $0.lowercased() }.reduce(0) { sum, name in
            sum + (legs.contains { name.contains($0) } ? 1 : 0) - (arms.contains { name.contains($0) } ? 1 : 0)
        }
    }

    static func isFoot(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["foot", "toe-pitch", "toe_pitch", "ankle", "sole"].contains { name.contains($0) }
            && !name.contains("crank")
    }

    private static let quadruped = [
        "fl", "fr", "rl", "rr", "hl", "hr", "lf", "lh", "rf", "rh", "lr", "front_left", "front_right", "rear_left",
        "rear_right", "hind_left", "hind_right", "back_left", "back_right",
    ]

    /// The leg of four that a name says; nil when it says none.
    private static func quadrupedLeg(_ name: String) -> String? {
        let name = name.lowercased()
        return quadruped.last { name == $0 || name.hasPrefix($0 + "_") || name.hasPrefix($0 + ".") }
    }

    /// Whether a name is that of one leg of four.
    static func isQuadruped(_ name: String) -> Bool { quadrupedLeg(name) != nil }

    /// How many legs of four the names tell apart.
    static func quadrupedLegs(_ names: [String]) -> Int { Set(names.compactMap(quadrupedLeg)).count }

    /// Whether names are those of a head, a neck or a trunk.
    static func isTrunk(_ names: [String]) -> Bool {
        names.contains { name in
            ["head", "neck", "waist", "torso", "spine", "tail", "camera", "chest"].contains {
                name.lowercased().contains($0)
            }
        }
    }

    /// The side that a limb's names say; nil when they say none.
    static func side(_ names: [String]) -> Side? {
        for name in names.map({ $0.lowercased() }) {
            let words = name.split { !$0.isLetter }
            if name.contains("left") || words.contains("l") { return .left }
            if name.contains("right") || words.contains("r") { return .right }
        }
        return nil
    }

    static func isFinger(_ name: String) -> Bool {
        let name = name.lowercased()
        return fingers.contains { name.contains($0) }
    }
}
