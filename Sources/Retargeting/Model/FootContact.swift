import Geometry

/// Decides which points of a foot stand, from the human's motion.
enum FootContact {
    /// Probabilities at which a point comes to stand and leaves.
    static let probabilities = (enter: 0.5, leave: 0.3)
    /// Heights over the standing height (m, human) at which a point comes to stand and leaves.
    static let heights = (enter: 0.035, leave: 0.045)
    /// Speeds (m/s, human) over two frames.
    static let speeds = (enter: 0.45, leave: 0.6)
    /// Share of its grip that a frame beside a standing one has.
    static let spread = 0.3

    /// Moves a decision on by one frame.
    static func stands(_ before: Bool, height: Double, speed: Double, probability: Double?) -> Bool {
        let (h, v) = before ? (heights.leave, speeds.leave) : (heights.enter, speeds.enter)
        guard height < h, speed < v else { return false }
        return probability.map { $0 > (before ? probabilities.leave : probabilities.enter) } ?? true
    }
}

extension RetargetState {
    /// Decides for all frames that may still change; the last one is judged by its past alone.
    mutating func decideContacts(legs: Int) {
        for leg in 0..<legs {
            for end in SoleEnd.allCases {
                decide(leg, legs, end)
                bridge(leg, legs, end)
                spreadGrip(leg, legs, end)
            }
        }
    }

    private mutating func decide(_ leg: Int, _ legs: Int, _ end: SoleEnd) {
        for t in final..<slots.count {
            let (before, now, after) = (
                max(t - 1, 0) * legs + leg, t * legs + leg, min(t + 1, slots.count - 1) * legs + leg
            )
            let time = Double(max((after - before) / legs, 1)) / frameRate
            let way: Vector3 = feet[after].human[end] - feet[before].human[end]
            feet[now].stands[end] = FootContact.stands(
                t == 0 || feet[before].stands[end], height: feet[now].height[end], speed: way.length / time,
                probability: feet[now].probability?[end])
        }
    }

    /// A single frame does not differ from both its neighbours.
    private mutating func bridge(_ leg: Int, _ legs: Int, _ end: SoleEnd) {
        for t in max(final, 1)..<max(slots.count - 1, final, 1) {
            let before = feet[(t - 1) * legs + leg].stands[end]
            if before == feet[(t + 1) * legs + leg].stands[end] { feet[t * legs + leg].stands[end] = before }
        }
    }

    private mutating func spreadGrip(_ leg: Int, _ legs: Int, _ end: SoleEnd) {
        var grip = final > 0 ? feet[(final - 1) * legs + leg].grip[end] : 0
        for t in final..<slots.count {
            grip = feet[t * legs + leg].stands[end] ? 1 : grip * FootContact.spread
            feet[t * legs + leg].grip[end] = grip
        }
        grip = 0
        for t in Swift.stride(from: slots.count - 1, through: final, by: -1) {
            grip = max(feet[t * legs + leg].grip[end], grip * FootContact.spread)
            feet[t * legs + leg].grip[end] = grip
        }
    }
}
