import Geometry

extension ProfileChecker {
    /// Bodies make one tree, every joint moves a body of its own, and masses and axes are those of real things.
    mutating func checkTree() {
        checkBodies()
        checkJoints()
    }

    private mutating func checkBodies() {
        var seen: [String: Int] = [:]
        for (index, body) in profile.bodies.enumerated() {
            let path = "/bodies/\(index)"
            if let first = seen[body.name] {
                error(
                    path + "/name", "\"\(body.name)\" is the name of body \(first) too", "give every body its own name")
            }
            switch body.parent {
            case nil where index > 0:
                error(path + "/parent", "is missing", "only the first body, the root, has no parent")
            case let parent? where index == 0:
                error(path + "/parent", "is \"\(parent)\" for the root", "leave it out: the first body is the root")
            case let parent? where seen[parent] == nil:
                error(
                    path + "/parent", "\"\(parent)\" does not stand before its child",
                    suggestion(parent, among: seen.keys.sorted()))
            default: break
            }
            if !body.hasPhysicalInertia {
                warn(
                    path + "/inertia", "no rigid body has these moments",
                    "principal moments are 0 or more and none exceeds the sum of the others")
            }
            seen[body.name] = index
        }
        if !profile.bodies.contains(where: { $0.mass > 0 }) {
            error("/bodies/0/mass", "no body has a mass", "state the masses, in kg")
        }
    }

    private mutating func checkJoints() {
        var names: [String: Int] = [:]
        var moved: [String: Int] = [:]
        for (index, joint) in profile.joints.enumerated() {
            let path = "/joints/\(index)"
            if let first = names.updateValue(index, forKey: joint.name) {
                error(
                    path + "/name", "\"\(joint.name)\" is the name of joint \(first) too",
                    "give every joint its own name")
            }
            requireBody(joint.body, path + "/body")
            if let first = moved.updateValue(index, forKey: joint.body) {
                error(path + "/body", "\"\(joint.body)\" is moved by joint \(first) too", "one joint for each body")
            }
            let isRoot = joint.body == profile.bodies.first?.name
            if isRoot != (joint.kind == .floating), !(isRoot && joint.kind == .fixed) {
                error(
                    path + "/kind", "is \"\(joint.kind.rawValue)\" for \"\(joint.body)\"",
                    isRoot ? "the root is floating or fixed" : "only the root floats")
            }
            if joint.kind == .continuous, joint.limits.lower.isFinite {
                error(path + "/range", "a continuous joint has none", "leave it out, or make the joint revolute")
            }
            if joint.limits.lower.isFinite, !(joint.limits.lower < joint.limits.upper) {
                error(
                    path + "/range", "[\(joint.limits.lower), \(joint.limits.upper)] is not a range",
                    "[least, greatest]")
            }
            if Set(joint.defaults).count < joint.defaults.count {
                error(path + "/defaults", "names a limit twice", "each limit once")
            }
            checkMimic(joint, path)
        }
        if profile.drivenJoints.isEmpty {
            error("/joints", "none is driven", "list the revolute, continuous and prismatic joints")
        }
    }

    private mutating func checkMimic(_ joint: RobotProfile.Joint, _ path: String) {
        guard let mimic = joint.mimic else { return }
        if !joint.kind.moves {
            error(path + "/mimic", "a \(joint.kind.rawValue) joint follows none", "leave it out")
        }
        if drivenLimits[mimic.joint] == nil {
            error(
                path + "/mimic/joint", "\"\(mimic.joint)\" is no driven joint",
                suggestion(mimic.joint, among: drivenNames))
        }
        if mimic.ratio == 0 {
            error(path + "/mimic/ratio", "is 0", "the factor on the other joint's position; a joint at rest is fixed")
        }
    }
}

extension RobotProfile.Body {
    /// Whether some distribution of mass has these moments: the matrix of second moments, half the trace minus the
    /// inertia, has no negative principal minor. Descriptions print few digits, so a thousandth is allowed.
    fileprivate var hasPhysicalInertia: Bool {
        let half = (inertia[0] + inertia[1] + inertia[2]) / 2
        let moments = Matrix3(
            rows: Vector3(half - inertia[0], -inertia[3], -inertia[4]),
            Vector3(-inertia[3], half - inertia[1], -inertia[5]), Vector3(-inertia[4], -inertia[5], half - inertia[2]))
        let slack = 1e-3 * half + 1e-12
        guard half >= 0, (0..<3).allSatisfy({ moments[$0, $0] >= -slack }) else { return false }
        let minors = [(0, 1), (0, 2), (1, 2)].map { i, j in
            moments[i, i] * moments[j, j] - moments[i, j] * moments[i, j]
        }
        return minors.allSatisfy { $0 >= -slack * half } && moments.determinant >= -slack * half * half
    }
}
