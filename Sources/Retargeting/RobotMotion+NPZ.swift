import Geometry
import Robots
public import Tensors

extension RobotMotion {
    /// The motion as named arrays for numpy: `fps`, `joint_names` [J], `root_pos` [T, 3] (m), `root_quat` [T, 4]
    /// (w, x, y, z), `joint_pos` [T, J] (rad) and `contacts` [T, 2] (left, right: 1 while the foot stands).
    public var npz: NPZ {
        let configurations = frames.map(\.configuration)
        let count = frames.count
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
        ])
    }
}
