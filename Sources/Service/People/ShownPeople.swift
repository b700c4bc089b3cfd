internal import Geometry
internal import HumanBody
internal import LivePeople
internal import Robots
internal import ServiceCore
internal import Synchronization
internal import Wire

/// The people behind the robots' motion, for the page to show beside them.
package final class ShownPeople: Sendable {
    /// A part of a live person that a robot follows over what is planned.
    private struct Overlay {
        var part: Follow.Part
        var human: HumanFrame
        var root: Quaternion
        /// When it was so, by CLOCK_MONOTONIC, nanoseconds.
        var time: Int64
    }

    private struct State {
        var tracks: [String: HumanTrack] = [:]
        var overlays: [String: Overlay] = [:]
    }

    /// Frames that are kept of each: a plan reaches at most a minute ahead.
    private static let capacity = 2048
    /// What was not shown anew for so long is followed no more, nanoseconds.
    private static let patience: Int64 = 250_000_000

    private let state = Mutex(State())

    /// Takes in frames on their way to a robot.
    func take(_ humanChunk: HumanChunk, for robot: String) {
        state.withLock { $0.tracks[robot, default: HumanTrack(capacity: ShownPeople.capacity)].take(humanChunk) }
    }

    /// Takes in the part of a live person that a robot follows with its next tick.
    func take(_ part: Follow.Part, of target: PersonFollower.Target, for robot: String) {
        let overlay = Overlay(part: part, human: target.human, root: target.root, time: Clock.monotonic())
        state.withLock { $0.overlays[robot] = overlay }
    }

    /// The person's joints behind the frame that a robot shows, at the robot's place and heading, z up, metres; nil while
    /// it shows none. A person who is followed in part stands on the legs of the plan.
    func joints(of robot: String, _ status: RobotChannel.Status, at pose: RobotConfiguration) -> [Vector3]? {
        let now = Clock.monotonic()
        let shown = state.withLock { state -> (frame: HumanFrame, root: Quaternion)? in
            let planned =
                status.trajectory == 0
                ? nil : state.tracks[robot]?.human(at: status.waypoint, in: status.trajectory)
            guard let overlay = state.overlays[robot], now - overlay.time < ShownPeople.patience else {
                return planned
            }
            guard var whole = planned else { return (overlay.human, overlay.root) }
            for joint in HumanJoint.allCases where overlay.part.takes(joint) {
                whole.frame.rotations[joint] = overlay.human.rotations[joint]
            }
            return whole
        }
        return shown.map { $0.frame.joints(root: $0.root, under: pose) }
    }
}
