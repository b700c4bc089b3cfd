internal import Robots
package import TextEncoding
internal import Timeline
package import Wire

extension ActiveRobot {
    /// Where the joints of the hands go for these poses; nil for every other joint.
    ///
    /// - Throws: `unsupported` with the reason, when a hand cannot take its pose.
    package func positions(of hands: [HandCommand]) throws(RequestError) -> [Double?] {
        let profile = profile
        var positions = [String: Double]()
        for command in hands {
            let able = command.sides.compactMap { profile.hand($0)?.poses[command.pose.rawValue] }
            guard !able.isEmpty else {
                throw RequestError(.unsupported, objection(to: command, profile), field: "body.text")
            }
            for pose in able { positions.merge(pose) { $1 } }
        }
        return profile.jointNames.map { positions[$0] }
    }

    /// Has hands take poses, at once and whatever else goes on; what a hand cannot do it leaves.
    package func pose(_ hands: [HandCommand]) {
        for hand in hands {
            guard let positions = try? positions(of: [hand]) else { continue }
            _ = channel.post(.pose(positions), stopCount: channel.stopCount)
        }
    }

    private func objection(to command: HandCommand, _ profile: RobotProfile) -> String {
        let which = command.side.map { "the \($0.rawValue) hand" } ?? "the hands"
        let known = Set(command.sides.flatMap { profile.hand($0)?.poses.keys.sorted() ?? [] })
        guard !known.isEmpty else {
            return "\(name) cannot make `\(command.pose.rawValue)` with \(which): it has no fingers that move there"
        }
        return "\(name) cannot make `\(command.pose.rawValue)` with \(which), which can make "
            + RobotProfile.Hand.poseNames.filter(known.contains).joined(separator: ", ")
    }
}

extension RobotProfile {
    fileprivate func hand(_ side: BodySide) -> Hand? { side == .left ? hands?.left : hands?.right }
}
