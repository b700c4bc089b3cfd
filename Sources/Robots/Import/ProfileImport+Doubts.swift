import Geometry

extension ProfileImport {
    /// Collects what a person should look at before the robot moves.
    mutating func judge(_ finder: BodyFinder) {
        let robot = finder.robot
        let unsure = parts.filter { $0.confidence < Standard.sure && $0.role.isLimb }
        if !unsure.isEmpty {
            let names = unsure.map { "\($0.role.rawValue)=\($0.body) (\(Int(($0.confidence * 100).rounded())) %)" }
            doubts.append("not sure of " + names.joined(separator: ", ") + ": say what is right with --map PART=BODY")
        }
        let extent = max(robot.size, 0.1)
        if robot.mass > Standard.greatestMass * extent * extent * extent {
            doubts.append(
                "weighs \(Int(exactly: robot.mass.rounded()).map(String.init) ?? "\(robot.mass)") kg at \((extent * 100).rounded() / 100) m from end to end: masses seem "
                    + "to be in another unit, and the balance is not to be relied on")
        }
        let wide = profile.drivenJoints.filter {
            $0.kind == .revolute && $0.limits.upper - $0.limits.lower > Standard.widestRange
        }
        if let widest = wide.max(by: { $0.limits.upper < $1.limits.upper }) {
            doubts.append(
                "\(wide.count) joint\(wide.count == 1 ? "" : "s") may turn more than twice around "
                    + "(\(widest.name): [\(widest.limits.lower.brief), \(widest.limits.upper.brief)] rad): limits seem to be in degrees"
            )
        }
        if robot.turn.angle > 1e-6 {
            let ahead = profile.facing.act(Vector3(1, 0, 0)), up = profile.facing.act(Vector3(0, 0, 1))
            notes.append(
                "the robot looks along \(ahead.axisName) of its root, with \(up.axisName) up: root poses are those of the "
                    + "description's own root, and `facing` says how it lies")
        }
    }
}

extension BodyRole {
    /// Whether the role is one of a limb.
    var isLimb: Bool { ![.pelvis, .torso, .head].contains(self) }
}

extension Vector3 {
    /// The direction for people: `+x`, `-y`, or its numbers.
    var axisName: String {
        for (name, value, rest) in [
            ("x", x, max(abs(y), abs(z))), ("y", y, max(abs(x), abs(z))), ("z", z, max(abs(x), abs(y))),
        ] where rest < 0.02 {
            return (value < 0 ? "-" : "+") + name
        }
        return "[\([x, y, z].map { (($0 * 100).rounded() / 100 + 0).description }.joined(separator: ", "))]"
    }
}
