import Geometry

extension ProfileImport {
    static func bodies(_ robot: ReducedRobot) -> [RobotProfile.Body] {
        robot.links.map { link in
            RobotProfile.Body(
                name: link.name, parent: link.parent.map { robot.links[$0].name },
                pose: RigidTransform(translation: link.pose.translation.tidy, rotation: link.pose.rotation.tidy),
                mass: (link.inertial.mass * 1e9).rounded() / 1e9, centerOfMass: link.inertial.center.tidy,
                inertia: link.inertial.moments.map { ($0 * 1e10).rounded() / 1e10 + 0 })
        }
    }

    mutating func joints(
        _ robot: ReducedRobot, _ finder: BodyFinder, floating: Bool, rates: RobotDescription?
    ) -> [RobotProfile.Joint] {
        func key(_ name: String) -> String {
            name.lowercased().replacing("_joint", with: "").replacing("joint_", with: "")
        }
        let known = Dictionary(
            (rates?.bodies ?? []).compactMap { $0.joint.map { (key($0.name), $0) } }, uniquingKeysWith: { a, _ in a })
        let limbs = Set((finder.legs + finder.arms).flatMap(\.chain))
        let names = Set(robot.links.compactMap { $0.joint?.name })
        var joints: [RobotProfile.Joint] = []
        var notSaid = NotSaid()
        if floating {
            let own = "floating_base_joint"
            joints.append(
                Self.held(.floating, names.contains(own) ? "root_joint" : own, of: robot.links[0].name))
        }
        for (index, link) in robot.links.enumerated() {
            guard var joint = link.joint else { continue }
            guard joint.kind.isSingle else {
                joints.append(
                    Self.held(.ball, joint.name, of: link.name, axis: joint.axis.tidy, origin: joint.origin.tidy))
                notes.append("joint \"\(joint.name)\" is a ball joint: held at its rest value")
                continue
            }
            if let leader = joint.mimic?.joint, !names.contains(leader) { joint.mimic = nil }
            let natural = joint.kind != .continuous || limbs.contains(index) ? finder.naturalRange(of: index) : nil
            joints.append(
                Self.driven(joint, of: link.name, like: known[key(joint.name)], natural: natural, &notSaid))
        }
        if !notSaid.ranges.isEmpty {
            doubts.append(
                "no position limits in the description, those of a person taken for \(notSaid.ranges.joined(separator: ", "))"
            )
        }
        if !notSaid.speeds.isEmpty {
            notes.append(
                "speeds over \(Standard.fastest.brief) a second, half a turn a frame, are not to be sampled: that is taken "
                    + "for \(notSaid.speeds.joined(separator: ", "))")
        }
        return joints
    }

    /// The joints whose ranges the description does not give, and whose speeds it gives too high.
    private struct NotSaid {
        var ranges: [String] = []
        var speeds: [String] = []
    }

    /// A joint that is not driven.
    private static func held(
        _ kind: RobotProfile.Joint.Kind, _ name: String, of body: String, axis: Vector3 = Vector3(0, 0, 1),
        origin: Vector3 = .zero
    ) -> RobotProfile.Joint {
        RobotProfile.Joint(
            name: name, body: body, kind: kind, axis: axis, origin: origin, limits: .none, effort: nil, mimic: nil,
            defaults: [])
    }

    /// A joint of one freedom with its limits: its own, else those of the joint like it in another description, else standard
    /// ones; `natural` is the range where nobody gives one, nil where the joint may turn for ever.
    private static func driven(
        _ joint: RobotDescription.Joint, of body: String, like other: RobotDescription.Joint?,
        natural: ClosedRange<Double>?, _ notSaid: inout NotSaid
    ) -> RobotProfile.Joint {
        func real(_ range: ClosedRange<Double>?) -> ClosedRange<Double>? {
            range.flatMap { max(-$0.lowerBound, $0.upperBound) < Standard.endless ? $0 : nil }
        }
        let isDriven = joint.mimic == nil
        var kind = joint.kind
        var range = real(joint.range)
        if isDriven, range == nil {
            range = real(other?.range)
            if range == nil, let natural {
                range = kind == .prismatic ? -Standard.slide...Standard.slide : natural
                notSaid.ranges.append(joint.name)
            }
            if range != nil, kind == .continuous { kind = .revolute }
        }
        var defaults: [RobotProfile.Joint.Limit] = []
        let velocity = joint.velocity ?? other?.velocity
        if velocity == nil { defaults.append(.velocity) }
        let standard = JointLimits.defaultRates
        let usual = kind == .prismatic ? Standard.slideSpeed : standard.velocity
        if let velocity, velocity > Standard.fastest {
            notSaid.speeds.append(joint.name)
            defaults.append(.velocity)
        }
        return RobotProfile.Joint(
            name: joint.name, body: body, kind: kind, axis: joint.axis.tidy, origin: joint.origin.tidy,
            limits: JointLimits(
                lower: range?.lowerBound ?? -.infinity, upper: range?.upperBound ?? .infinity,
                velocity: isDriven ? min(velocity ?? usual, Standard.fastest) : .infinity,
                acceleration: isDriven ? standard.acceleration : .infinity,
                jerk: isDriven ? standard.jerk : .infinity),
            effort: (joint.effort ?? other?.effort).flatMap { $0 < Standard.endlessEffort ? $0 : nil },
            mimic: joint.mimic, defaults: isDriven ? defaults + [.acceleration, .jerk] : [])
    }
}
