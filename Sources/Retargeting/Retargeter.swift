import CRigidBody
import Geometry
public import HumanMotion
public import Robots

/// Turns frames of human motion into configurations of one robot, one after the other.
///
/// Not for use by several threads at once: it owns scratch memory. What it remembers of a motion is the
/// ``RetargetState`` that the caller passes, so one retargeter serves many motions, and a motion can be taken up
/// again at any frame of which the state was kept.
public final class Retargeter {
    /// Weights and budgets of the solver.
    public struct Options: Hashable, Sendable {
        /// Steps for each frame, and for each start of the first.
        public var iterations = 4
        /// Steps for each start of the first frame.
        public var firstIterations = 60
        /// Weight of a standing foot's position, above all others, 1/m².
        public var stancePosition = 2000.0
        /// Weight of a standing foot's orientation, 1/rad².
        public var stanceOrientation = 30.0
        /// Weight of the difference to the previous frame, 1/rad².
        public var persistence = 2e-3
        /// Weight of the difference to the continued motion of the previous frames, 1/rad².
        public var smoothness = 4e-2
        /// Weight of the root's difference to its continued motion, 1/m².
        public var rootPositionSmoothness = 2.0
        /// Weight of the root's difference to its continued turning, 1/rad².
        public var rootRotationSmoothness = 0.3
        /// Weight of the natural pose, for joints that nothing else decides, 1/rad².
        public var naturalness = 5e-4

        /// The defaults.
        public init() {}
    }

    /// The robot.
    public let profile: RobotProfile
    let options: Options
    let calibration: Calibration
    let solver: InverseKinematics
    let goals: [Goal]
    let limits: [JointLimits]
    let natural: [Double]
    /// Indices of the driven joints of each leg.
    let legJoints: [[Int]]
    var human = HumanPose()

    /// Measures how the human body fits onto the robot.
    ///
    /// - Throws: ``RetargetingError`` or ``KinematicsError`` when the profile's map is not enough for its body.
    public init(_ profile: RobotProfile, options: Options = Options()) throws {
        let tree = try KinematicTree(profile)
        let calibration = try Calibration(profile, tree)
        self.profile = profile
        self.options = options
        self.calibration = calibration
        limits = profile.jointLimits
        natural = profile.standPose.jointPositions
        legJoints = (profile.feet?.both ?? []).map { profile.drivenJoints(above: $0.body) }
        let corners = calibration.legs.reduce(0) { $0 + $1.corners.count }
        solver = InverseKinematics(
            tree, limits: limits, margin: profile.limits.softMargin, maxFloorPoints: corners)
        goals = Self.makeGoals(calibration, solver)
    }

    /// The robot's configuration for the next frame of a motion.
    ///
    /// - Parameters:
    ///   - frame: The human. Its contacts decide which foot stands; when all four are 0, height and speed do.
    ///     A frame that is not finite repeats the last configuration.
    ///   - dt: Time since the previous frame, s; positive, and without effect on the first frame.
    ///   - state: What is remembered; a new one starts a motion, at any place and heading.
    /// - Returns: The configuration, within all bounds, and how well it follows.
    public func retarget(_ frame: HumanFrame, dt: Double, state: inout RetargetState) -> RetargetedFrame {
        precondition(dt > 0, "time goes forward")
        guard frame.pelvis.isFinite, frame.rotations.allSatisfy({ $0.isFinite && $0.length > 0.5 }) else {
            return report(krb_result(), state)
        }
        human.update(frame)
        let root = rootTarget()
        let hips = root.translation
        let contacts = frame.contacts
        for (index, leg) in calibration.legs.enumerated() {
            let free = FootTarget.free(
                leg, hips: hips, root: root.rotation, calibration: calibration, human: human)
            let left = index == 0
            let given: (Double, Double)? =
                contacts == .none
                ? nil
                : (left ? contacts.leftAnkle : contacts.rightAnkle, left ? contacts.leftToe : contacts.rightToe)
            FootTarget.updateContacts(&state.feet[index], leg, human: human, probabilities: given, dt: dt)
            if state.configuration == nil {
                FootTarget.start(&state.feet[index], leg, free: free)
            } else {
                FootTarget.advance(&state.feet[index], leg, free: free, dt: dt)
            }
        }
        setGoals(root, state, dt)
        let result: krb_result
        if var configuration = state.configuration {
            bound(configuration, state, dt)
            result = solver.solve(&configuration, iterations: options.iterations, damping: 1e-4)
            // What the budget left under the floor, on the wildest of inputs.
            configuration.rootPosition.z += max(0, result.floor_violation)
            state.advance(to: configuration, dt: dt)
        } else {
            result = start(root, &state)
        }
        let frame = report(result, state)
        reconsider(root, &state, dt)
        return frame
    }

    /// Bounds and posture of the step from `configuration`.
    private func bound(_ configuration: RobotConfiguration, _ state: RetargetState, _ dt: Double) {
        let margin = profile.limits.softMargin
        let (persistence, smoothness, naturalness) = (
            options.persistence, options.smoothness, options.naturalness
        )
        let weight = persistence + smoothness + naturalness
        for (joint, limit) in limits.enumerated() {
            let q = configuration.jointPositions[joint]
            let velocity = state.jointVelocities[joint]
            let (low, high) = (limit.lower + margin, limit.upper - margin)
            // Never so fast that the joint could not stop before the end of its range.
            let a = limit.acceleration
            func stoppable(_ distance: Double) -> Double {
                let distance = max(distance, 0)
                return distance.isFinite ? (a * a * dt * dt + 2 * a * distance).squareRoot() - a * dt : .infinity
            }
            // Where they contradict, position and velocity win over acceleration.
            let least = max(-limit.velocity, -stoppable(q - low))
            let greatest = min(limit.velocity, stoppable(high - q))
            let slowest = min(max(velocity - a * dt, least), greatest)
            let fastest = min(max(velocity + a * dt, least), greatest)
            let lower = min(max(q + slowest * dt, low), high)
            let upper = min(max(q + fastest * dt, low), high)
            solver.lower[joint] = lower
            solver.upper[joint] = upper
            solver.posture[joint] =
                (persistence * q + smoothness * (q + velocity * dt) + naturalness * natural[joint]) / weight
            solver.postureWeight[joint] = weight
            if let way = state.escape.map({ $0[joint] - q }), abs(way) > Escape.arrival {
                let step = q + (way > 0 ? Escape.speed : -Escape.speed) * dt
                if way > 0 { solver.lower[joint] = min(max(lower, step), upper) }
                if way < 0 { solver.upper[joint] = max(min(upper, step), lower) }
            }
        }
    }

    private func report(_ result: krb_result, _ state: RetargetState) -> RetargetedFrame {
        var (limbs, count, feet) = (0.0, 0.0, 0.0)
        for (goal, error) in zip(goals, solver.errors) {
            switch goal {
            case .bone:
                limbs += error * error
                count += 1
            case .footPosition: feet = max(feet, error)
            default: continue
            }
        }
        func stands(_ index: Int) -> Double {
            calibration.legs.indices.contains(index) && state.feet[index].stands ? 1 : 0
        }
        return RetargetedFrame(
            configuration: state.configuration ?? profile.standPose,
            contacts: RobotProfile.Sides(left: stands(0), right: stands(1)),
            limbError: count > 0 ? (limbs / count).squareRoot() : 0, footError: feet,
            activeBounds: Int(result.active_bounds),
            iterations: Int(result.iterations))
    }
}
