internal import Geometry
internal import Robots
internal import ServiceCore
internal import Synchronization
internal import Wire

/// The people behind the robots' plans, for the page to show beside them.
package final class ShownPeople: Sendable {
    /// Frames that are kept of each: a plan reaches at most a minute ahead.
    private static let capacity = 2048

    private let tracks = Mutex<[String: HumanTrack]>([:])

    /// Takes in frames on their way to a robot.
    func take(_ humanChunk: HumanChunk, for robot: String) {
        tracks.withLock { $0[robot, default: HumanTrack(capacity: ShownPeople.capacity)].take(humanChunk) }
    }

    /// The person's joints behind the frame that a robot shows, at the robot's place and heading, z up, metres; nil while
    /// it shows none.
    func joints(of robot: String, _ status: RobotChannel.Status, at pose: RobotConfiguration) -> [Vector3]? {
        guard status.trajectory != 0 else { return nil }
        return tracks.withLock { tracks in
            tracks[robot]?.joints(at: status.waypoint, in: status.trajectory, under: pose)
        }
    }
}
