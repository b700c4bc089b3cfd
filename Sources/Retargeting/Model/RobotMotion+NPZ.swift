import Geometry
import Robots
public import Tensors

extension RobotMotion {
    /// The motion as named arrays for numpy: `fps`, `joint_names` [J], `root_pos` [T, 3] (m), `root_quat` [T, 4]
    /// (w, x, y, z), `joint_pos` [T, J] (rad) and `contacts` [T, 2] (left, right: 1 while the foot stands); and the
    /// fields of `FrameQuality`, each as `quality_…` [T], infinite where there is nothing to measure.
    public var npz: NPZ {
        let configurations = frames.map(\.configuration)
        let count = frames.count
        func quality(_ value: (FrameQuality) -> Double) -> NPYArray {
            NPYArray(shape: [count], .float64(frames.map { value($0.quality) }))
        }
        return NPZ([
            "fps": NPYArray(frameRate),
            "joint_names": NPYArray(shape: [jointNames.count], .strings(jointNames)),
            "root_pos": NPYArray(
                shape: [count, 3],
                .float64(configurations.flatMap { [$0.rootPosition.x, $0.rootPosition.y, $0.rootPosition.z] })),
            "root_quat": NPYArray(
                shape: [count, 4],
                .float64(
                    configurations.flatMap {
                        [$0.rootRotation.w, $0.rootRotation.x, $0.rootRotation.y, $0.rootRotation.z]
                    })),
            "joint_pos": NPYArray(
                shape: [count, jointNames.count], .float64(configurations.flatMap(\.jointPositions))),
            "contacts": NPYArray(
                shape: [count, 2], .float64(frames.flatMap { [$0.contacts.left, $0.contacts.right] })),
            "quality_limb_error": quality(\.limbError),
            "quality_foot_error": quality(\.footError),
            "quality_skating": quality(\.skating),
            "quality_clearance": quality(\.clearance),
            "quality_limit_margin": quality(\.limitMargin),
            "quality_speed_share": quality(\.speedShare),
            "quality_collision_distance": quality(\.collisionDistance),
            "quality_balance_margin": quality(\.balanceMargin),
            "quality_rest": quality(\.rest),
            "quality_slip": quality(\.slip),
            "quality_rest_height": quality(\.restHeight),
            "quality_support_known": quality { $0.isSupportKnown ? 1 : 0 },
            "quality_active_bounds": quality { Double($0.activeBounds) },
        ])
    }
}
