import Geometry
import Robots

extension RobotMotion {
    /// The motion as a table, a line for each frame, with a head line: time (s), the root's position (m) and orientation
    /// (w, x, y, z), then the joints (rad) by name.
    public var csv: String {
        let head = ["t", "root_x", "root_y", "root_z", "root_qw", "root_qx", "root_qy", "root_qz"] + jointNames
        let rows = frames.enumerated().map { index, frame -> String in
            let (place, turn) = (frame.configuration.rootPosition, frame.configuration.rootRotation)
            let root = [Double(index) / frameRate, place.x, place.y, place.z, turn.w, turn.x, turn.y, turn.z]
            return (root + frame.configuration.jointPositions).map { "\($0)" }.joined(separator: ",")
        }
        return ([head.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
    }
}
