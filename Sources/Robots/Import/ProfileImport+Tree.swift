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
        func real(_ range: ClosedRange<Double>?) -> ClosedRange<Double>? {
            range.flatMap { max(-$0.lowerBound, $0.upperBound) < Standard.endless ? $0 : nil }
        }
        let limbs = Set((finder.legs + finder.arms).flatMap(\.chain))
        let standard = JointLimits.defaultRates
        let names = Set(robot.links.compactMap { $0.joint?.name })
        var joints: [RobotProfile.Joint] = []
        var unlimited: [String] = []
        var capped: [String] = []
        if floating {
            let own = "floating_base_joint"
            joints.append(
                RobotProfile.Joint(
                    name: names.contains(own) ? "root_joint" : own, body: robot.links[0].name, kind: .floating,
                    axis: Vector3(0, 0, 1), origin: .zero, limits: .none, effort: nil, mimic: nil, defaults: []))
        }
        for (index, link) in robot.links.enumerated() {
            guard let joint = link.joint else { continue }
            guard joint.kind.isSingle else {
                joints.append(
                    RobotProfile.Joint(
                        name: joint.name, body: link.name, kind: .ball, axis: joint.axis.tidy,
                        origin: joint.origin.tidy,
                        limits: .none, effort: nil, mimic: nil, defaults: []))
                notes.append("joint \"\(joint.name)\" is a ball joint: held at its rest value")
                continue
            }
            let other = known[key(joint.name)]
            var mimic = joint.mimic
            if let leader = mimic?.joint, !names.contains(leader) { mimic = nil }
            var kind = joint.kind
            var range = real(joint.range)
            if mimic == nil, range == nil {
                range = real(other?.range)
                if range == nil, kind != .continuous || limbs.contains(index) {
                    range = kind == .prismatic ? -Standard.slide...Standard.slide : finder.naturalRange(of: index)
                    unlimited.append(joint.name)
                }
                if range != nil, kind == .continuous { kind = .revolute }
            }
            var defaults: [RobotProfile.Joint.Limit] = []
            let velocity = joint.velocity ?? other?.velocity
            if velocity == nil { defaults.append(.velocity) }
            let usual = kind == .prismatic ? Standard.slideSpeed : standard.velocity
            if let velocity, velocity > Standard.fastest {
                capped.append(joint.name)
                defaults.append(.velocity)
            }
            let driven = mimic == nil
            joints.append(
                RobotProfile.Joint(
                    name: joint.name, body: link.name, kind: kind, axis: joint.axis.tidy, origin: joint.origin.tidy,
                    limits: JointLimits(
                        lower: range?.lowerBound ?? -.infinity, upper: range?.upperBound ?? .infinity,
                        velocity: driven ? min(velocity ?? usual, Standard.fastest) : .infinity,
                        acceleration: driven ? standard.acceleration : .infinity,
                        jerk: driven ? standard.jerk : .infinity),
                    effort: (joint.effort ?? other?.effort).flatMap { $0 < Standard.endlessEffort ? $0 : nil },
                    mimic: mimic,
                    defaults: driven ? defaults + [.acceleration, .jerk] : []))
        }
        if !unlimited.isEmpty {
            doubts.append(
                "no position limits in the description, those of a person taken for \(unlimited.joined(separator: ", "))"
            )
        }
        if !capped.isEmpty {
            notes.append(
                "speeds over \(Standard.fastest.brief) a second, half a turn a frame, are not to be sampled: that is taken "
                    + "for \(capped.joined(separator: ", "))")
        }
        return joints
    }
}
