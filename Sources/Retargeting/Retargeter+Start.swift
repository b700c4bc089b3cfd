import CRigidBody
import Geometry
import Robots

extension Retargeter {
    /// The first frame: the root in closed form at whatever heading, the joints from several starts.
    func start(_ root: RigidTransform, _ state: inout RetargetState) -> krb_result {
        relax()
        var best: (result: krb_result, configuration: RobotConfiguration)?
        for joints in [natural, calibration.tPose] {
            var configuration = RobotConfiguration(
                rootPosition: root.translation - root.rotation.act(calibration.hipsInRoot),
                rootRotation: root.rotation, jointPositions: joints)
            let result = solver.solve(&configuration, iterations: options.firstIterations, damping: 1e-4)
            configuration.rootPosition.z += max(0, result.floor_violation)
            if best.map({ result.cost < $0.result.cost }) ?? true { best = (result, configuration) }
        }
        state.configuration = best?.configuration
        state.jointVelocities = [Double](repeating: 0, count: limits.count)
        (state.rootVelocity, state.rootTurnRate) = (.zero, .zero)
        // The errors reported are those of the start that was kept.
        if let best {
            var configuration = best.configuration
            return solver.solve(&configuration, iterations: 0, damping: 0)
        }
        return krb_result()
    }

    /// Bounds and posture without a past.
    func relax() {
        let margin = profile.limits.softMargin
        for (joint, limit) in limits.enumerated() {
            solver.lower[joint] = limit.lower + margin
            solver.upper[joint] = limit.upper - margin
            solver.posture[joint] = natural[joint]
            solver.postureWeight[joint] = options.naturalness
        }
        for (index, goal) in goals.enumerated() {
            switch goal {
            case .smoothRootPosition, .smoothRootRotation: solver.tasks[index].weight = krb_vector3(.zero)
            default: continue
            }
        }
    }
}
