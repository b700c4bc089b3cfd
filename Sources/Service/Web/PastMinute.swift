internal import JSON
internal import Robots
internal import ServiceCore

/// The last minute of every robot, for a page that is opened later. One page at a time is answered.
actor PastMinute {
    /// Moments that are kept of a robot: a minute, ten a second.
    static let length = 600

    private struct Past {
        /// The profile that they are of.
        let profile: String
        /// A ring; the oldest is at `next` once it is full.
        var moments: [ShownMoment] = []
        var next = 0

        mutating func append(_ moment: ShownMoment) {
            if moments.count < PastMinute.length { moments.append(moment) } else { moments[next] = moment }
            next = (next + 1) % PastMinute.length
        }

        /// The oldest first.
        var inOrder: [ShownMoment] {
            moments.count < PastMinute.length ? moments : Array(moments[next...] + moments[..<next])
        }
    }

    private var pasts: [String: Past] = [:]

    /// Keeps how all robots are; those that are not among them are forgotten.
    func note(_ shown: [(robot: String, profile: String, moment: ShownMoment)]) {
        var kept: [String: Past] = [:]
        for (robot, profile, moment) in shown {
            var past = pasts.removeValue(forKey: robot)
            if past?.profile != profile { past = Past(profile: profile) }
            past?.append(moment)
            kept[robot] = past
        }
        pasts = kept
    }

    /// The last minute of a robot as the page takes it: `{"poses": […]}`, the oldest first.
    func text(of robot: ActiveRobot) async -> [UInt8] {
        var text = Array(#"{"poses":["#.utf8)
        let profile = robot.profile
        if let past = pasts[robot.name], past.profile == profile.contentHash,
            let drawing = try? RobotDrawing(profile)
        {
            for (index, moment) in past.inOrder.enumerated() {
                if index > 0 { text.append(UInt8(ascii: ",")) }
                text += moment.json(of: robot.name, drawing).encoded
                // It is long: others get their turn.
                if index % 50 == 49 { await Task.yield() }
            }
        }
        return text + Array("]}".utf8)
    }
}
