import Geometry

extension RobotProfile {
    /// Everything that contradicts itself in the profile, with its place in the JSON; empty when all is well.
    public func validate() -> [ProfileFinding] {
        var findings: [ProfileFinding] = []
        validateBodies(&findings)
        validateJoints(&findings)
        validateHuman(&findings)
        validateContacts(&findings)
        validatePoses(&findings)
        validateLimits(&findings)
        validateTargets(&findings)
        return findings
    }

    private func validateBodies(_ findings: inout [ProfileFinding]) {
        var seen: [String: Int] = [:]
        if bodies.isEmpty {
            findings.append(ProfileFinding(path: "/bodies", problem: "there are none", remedy: "list the bodies"))
        }
        for (index, body) in bodies.enumerated() {
            let path = "/bodies/\(index)"
            if let first = seen[body.name] {
                findings.append(
                    ProfileFinding(
                        path: path + "/name", problem: "\"\(body.name)\" is the name of body \(first) too",
                        remedy: "give every body its own name"))
            }
            if let parent = body.parent {
                if seen[parent] == nil {
                    findings.append(
                        ProfileFinding(
                            path: path + "/parent", problem: "\"\(parent)\" does not stand before its child",
                            remedy: Self.suggestion(parent, among: bodies.prefix(index).map(\.name))))
                }
            } else if index > 0 {
                findings.append(
                    ProfileFinding(
                        path: path, problem: "a second body without a parent",
                        remedy: "only the first body is the root"))
            }
            if index == 0, body.parent != nil {
                findings.append(
                    ProfileFinding(path: path + "/parent", problem: "the root has a parent", remedy: "remove it"))
            }
            if !(body.mass >= 0 && body.mass.isFinite) {
                findings.append(
                    ProfileFinding(path: path + "/mass", problem: "is \(body.mass)", remedy: "0 or more, in kg"))
            }
            let principal = body.inertia.prefix(3)
            let largest = principal.max() ?? 0
            if principal.contains(where: { $0 < 0 }) || 2 * largest > principal.reduce(0, +) * (1 + 1e-3) + 1e-12 {
                findings.append(
                    ProfileFinding(
                        .warning, path: path + "/inertia", problem: "no rigid body has these moments",
                        remedy: "xx, yy and zz are positive and none exceeds the sum of the others"))
            }
            seen[body.name] = index
        }
    }

    private func validateJoints(_ findings: inout [ProfileFinding]) {
        var names: Set<String> = []
        var moved: Set<String> = []
        for (index, joint) in joints.enumerated() {
            let path = "/joints/\(index)"
            if !names.insert(joint.name).inserted {
                findings.append(
                    ProfileFinding(
                        path: path + "/name", problem: "\"\(joint.name)\" is used twice",
                        remedy: "give every joint its own name"))
            }
            requireBody(joint.body, path: path + "/body", &findings)
            if !moved.insert(joint.body).inserted {
                findings.append(
                    ProfileFinding(
                        path: path + "/body", problem: "\"\(joint.body)\" is moved by another joint already",
                        remedy: "one joint for each body"))
            }
            if joint.kind == .floating, joint.body != bodies.first?.name {
                findings.append(
                    ProfileFinding(
                        path: path + "/kind", problem: "only the root can float",
                        remedy: "\"floating\" on \"\(bodies.first?.name ?? "")\" alone"))
            }
            if let mimic = joint.mimic, !joints.contains(where: { $0.name == mimic.joint && $0.isDriven }) {
                findings.append(
                    ProfileFinding(
                        path: path + "/mimic/joint", problem: "\"\(mimic.joint)\" is no driven joint",
                        remedy: Self.suggestion(mimic.joint, among: jointNames)))
            }
            guard joint.isDriven else { continue }
            if abs(joint.axis.length - 1) > 1e-3 {
                findings.append(
                    ProfileFinding(
                        path: path + "/axis", problem: "has length \(joint.axis.length)", remedy: "a unit vector"))
            }
            if !(joint.limits.lower < joint.limits.upper) {
                findings.append(
                    ProfileFinding(
                        path: path + "/range",
                        problem: "[\(joint.limits.lower), \(joint.limits.upper)] is not a range",
                        remedy: "[least, greatest]"))
            }
            for (key, value) in [
                ("velocity", joint.limits.velocity), ("acceleration", joint.limits.acceleration),
                ("jerk", joint.limits.jerk),
            ] where !(value > 0) {
                findings.append(
                    ProfileFinding(path: path + "/" + key, problem: "is \(value)", remedy: "more than 0"))
            }
        }
    }

    private func validateHuman(_ findings: inout [ProfileFinding]) {
        var seen: Set<String> = []
        for (index, entry) in human.entries.enumerated() {
            let path = "/human/map/\(index)"
            requireBody(entry.body, path: path + "/body", &findings)
            if !seen.insert(entry.joint).inserted {
                findings.append(
                    ProfileFinding(
                        path: path + "/joint", problem: "\"\(entry.joint)\" is mapped twice",
                        remedy: "one body for each joint"))
            }
            for (key, value) in [
                ("position_weight", entry.positionWeight), ("orientation_weight", entry.orientationWeight),
            ] where !(value >= 0 && value.isFinite) {
                findings.append(ProfileFinding(path: path + "/" + key, problem: "is \(value)", remedy: "0 or more"))
            }
            if !(entry.scale > 0 && entry.scale.isFinite) {
                findings.append(
                    ProfileFinding(path: path + "/scale", problem: "is \(entry.scale)", remedy: "more than 0"))
            }
        }
    }

    private func validateContacts(_ findings: inout [ProfileFinding]) {
        for (side, foot) in [("left", feet?.left), ("right", feet?.right)] {
            guard let foot else { continue }
            requireBody(foot.body, path: "/feet/\(side)/body", &findings)
            if foot.sole.count < 4 {
                findings.append(
                    ProfileFinding(
                        path: "/feet/\(side)/sole", problem: "has \(foot.sole.count) corners",
                        remedy: "four corners at least"))
            }
        }
        for (side, hand) in [("left", hands?.left), ("right", hands?.right)] {
            guard let hand else { continue }
            requireBody(hand.body, path: "/hands/\(side)/body", &findings)
        }
        for (index, capsule) in collision.capsules.enumerated() {
            requireBody(capsule.body, path: "/collision/capsules/\(index)/body", &findings)
            if !(capsule.radius > 0) {
                findings.append(
                    ProfileFinding(
                        path: "/collision/capsules/\(index)/radius", problem: "is \(capsule.radius)",
                        remedy: "more than 0"))
            }
        }
        for (index, pair) in collision.pairs.enumerated() {
            if pair.count != 2 || pair.first == pair.last {
                findings.append(
                    ProfileFinding(
                        path: "/collision/pairs/\(index)", problem: "does not name two different bodies",
                        remedy: "[\"one\", \"other\"]"))
            }
            for body in pair { requireBody(body, path: "/collision/pairs/\(index)", &findings) }
        }
    }

    private func validatePoses(_ findings: inout [ProfileFinding]) {
        if poses["stand"] == nil {
            findings.append(
                ProfileFinding(
                    path: "/poses", problem: "has no \"stand\"",
                    remedy: "a statically stable pose with both feet flat"))
        }
        let limits = Dictionary(drivenJoints.map { ($0.name, $0.limits) }, uniquingKeysWith: { first, _ in first })
        for (name, pose) in poses.sorted(by: { $0.key < $1.key }) {
            for (joint, position) in pose.joints.sorted(by: { $0.key < $1.key }) {
                let path = "/poses/\(name)/joints/\(joint)"
                guard let range = limits[joint] else {
                    findings.append(
                        ProfileFinding(
                            path: path, problem: "is no driven joint",
                            remedy: Self.suggestion(joint, among: jointNames)))
                    continue
                }
                if !(range.lower...max(range.lower, range.upper)).contains(position) {
                    findings.append(
                        ProfileFinding(
                            path: path, problem: "\(position) is out of range",
                            remedy: "\(range.lower) to \(range.upper)"))
                }
            }
        }
    }

    private func validateLimits(_ findings: inout [ProfileFinding]) {
        if !(limits.rootHeightLower < limits.rootHeightUpper) {
            findings.append(
                ProfileFinding(
                    path: "/limits/root_height", problem: "is not a range", remedy: "[least, greatest], in m"))
        }
        for (key, value) in [
            ("tilt", limits.tilt), ("planar_speed", limits.planarSpeed), ("yaw_rate", limits.yawRate),
        ] where !(value > 0) {
            findings.append(ProfileFinding(path: "/limits/" + key, problem: "is \(value)", remedy: "more than 0"))
        }
        let narrowest = jointLimits.map { $0.upper - $0.lower }.min() ?? .infinity
        if !(limits.softMargin >= 0 && 2 * limits.softMargin < narrowest) {
            findings.append(
                ProfileFinding(
                    path: "/limits/soft_margin", problem: "is \(limits.softMargin)",
                    remedy: "0 or more, and less than half of the narrowest range, \(narrowest / 2)"))
        }
        if !(stream.rate > 0 && stream.rate <= 1000) {
            findings.append(
                ProfileFinding(
                    path: "/stream/rate", problem: "is \(stream.rate)", remedy: "more than 0, at most 1000 Hz"))
        }
    }

    private func validateTargets(_ findings: inout [ProfileFinding]) {
        for (name, target) in targets.sorted(by: { $0.key < $1.key }) {
            let listed = (target.joints + target.leftOut).sorted()
            if listed != jointNames.sorted() {
                let wrong =
                    listed.first { !jointNames.contains($0) } ?? jointNames.first { !listed.contains($0) } ?? "one"
                findings.append(
                    ProfileFinding(
                        path: "/targets/\(name)/joints",
                        problem: "with left_out is no permutation of the driven joints (see \"\(wrong)\")",
                        remedy: "name every driven joint once"))
            }
            if let names = target.names, names.count != target.joints.count {
                findings.append(
                    ProfileFinding(
                        path: "/targets/\(name)/names", problem: "has \(names.count) names",
                        remedy: "\(target.joints.count), one for each joint"))
            }
        }
    }

    private func requireBody(_ name: String, path: String, _ findings: inout [ProfileFinding]) {
        guard !bodies.contains(where: { $0.name == name }) else { return }
        findings.append(
            ProfileFinding(
                path: path, problem: "there is no body \"\(name)\"",
                remedy: Self.suggestion(name, among: bodies.map(\.name))))
    }

    private static func suggestion(_ name: String, among candidates: [String]) -> String {
        nearestName(to: name, among: candidates).map { "did you mean \"\($0)\"?" } ?? "name one that is listed"
    }
}
