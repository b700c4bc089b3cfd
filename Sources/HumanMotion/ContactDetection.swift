import Geometry
import HumanBody

extension HumanClip {
    /// Sets the contacts of all frames, 0 or 1, from height over the floor y = 0 and speed of ankles and toes.
    ///
    /// A joint comes to stand under the lower thresholds and leaves over the upper ones (hysteresis); a median over three
    /// frames removes single ones.
    public mutating func detectContacts() {
        let joints = frames.map { SMPLSkeleton.forwardKinematics($0).map(\.translation) }
        func stands(_ joint: HumanJoint, _ height: Double) -> [Bool] {
            ContactDetection.contacts(
                path: joints.map { $0[joint] }, standingHeight: height, frameRate: frameRate)
        }
        let leftAnkle = stands(.leftAnkle, SMPLFoot.ankleHeight(.left))
        let leftToe = stands(.leftFoot, SMPLFoot.toeHeight)
        let rightAnkle = stands(.rightAnkle, SMPLFoot.ankleHeight(.right))
        let rightToe = stands(.rightFoot, SMPLFoot.toeHeight)
        for index in frames.indices {
            frames[index].contacts = FootContacts(
                leftAnkle: leftAnkle[index] ? 1 : 0, leftToe: leftToe[index] ? 1 : 0,
                rightAnkle: rightAnkle[index] ? 1 : 0, rightToe: rightToe[index] ? 1 : 0)
        }
    }
}

/// Decides when a point of the foot stands on the floor.
enum ContactDetection {
    /// Metres over the standing height, to come to stand and to leave.
    static let heights = (enter: 0.035, leave: 0.055)
    /// Metres per second, to come to stand and to leave.
    static let speeds = (enter: 0.4, leave: 0.6)

    static func contacts(path: [Vector3], standingHeight: Double, frameRate: Double) -> [Bool] {
        var stands = false
        let raw = path.indices.map { index in
            // Central difference, so that landing and leaving are judged alike.
            let (before, after) = (max(index - 1, 0), min(index + 1, path.count - 1))
            let time = Double(max(after - before, 1)) / frameRate
            let speed = (path[after] - path[before]).length / time
            let height = path[index].y - standingHeight
            stands =
                stands
                ? height < heights.leave && speed < speeds.leave
                : height < heights.enter && speed < speeds.enter
            return stands
        }
        return raw.indices.map { index in
            let window = max(index - 1, 0)...min(index + 1, raw.count - 1)
            return 2 * raw[window].count(where: { $0 }) > window.count
        }
    }
}
