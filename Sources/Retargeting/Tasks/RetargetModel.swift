import Geometry
import HumanBody
import Robots

/// What a retargeter knows of its robot; it never changes, so that threads may share it.
final class RetargetModel: Sendable {
    let profile: RobotProfile
    let options: RetargetOptions
    let tree: KinematicTree
    let calibration: Calibration
    /// What the configurations of a frame are found by, in order.
    let tasks: [any RetargetTask]
    let limits: [JointLimits]
    /// Joint positions of the natural pose.
    let natural: [Double]
    /// What of the robot may touch the floor.
    var surface: RobotSurface { calibration.surface }

    init(_ profile: RobotProfile, _ options: RetargetOptions) throws {
        let tree = try KinematicTree(profile)
        let calibration = try Calibration(profile, tree)
        self.profile = profile
        self.options = options
        self.tree = tree
        self.calibration = calibration
        let all = Self.taskKinds.flatMap { $0.tasks(calibration, options) }
        // Leg by leg, which decides how sums are rounded.
        tasks = all.filter { $0.leg == nil } + calibration.legs.indices.flatMap { leg in all.filter { $0.leg == leg } }
        limits = profile.jointLimits
        natural = profile.standPose.jointPositions
    }

    /// Goal of the middle of the hips and of the root's orientation.
    func rootTarget(_ human: HumanPose) -> RigidTransform {
        guard !calibration.legs.isEmpty, let root = calibration.followers[.pelvis] else {
            return RigidTransform(translation: .zero, rotation: profile.restingRoot)
        }
        let middle = (human.positions[.leftHip] + human.positions[.rightHip]) / 2
        return RigidTransform(
            translation: middle * calibration.scale + .up * calibration.lift,
            rotation: (human.rotations[.pelvis] * root.rotation * calibration.rootInPelvis).normalized)
    }
}
