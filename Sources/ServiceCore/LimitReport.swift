package import Robots
internal import Timeline

/// How often limits acted on each joint of a robot.
package struct LimitReport: Hashable, Sendable {
    /// All kinds (``Timeline/LimiterCounts/Kind``) of the first joint, then of the next.
    package var counts: [Int]
    /// Frames in which the whole motion was slowed down along its path.
    package var slowedFrames: Int

    package init(counts: [Int], slowedFrames: Int) {
        self.counts = counts
        self.slowedFrames = slowedFrames
    }

    /// Whether no limit acted.
    package var isEmpty: Bool { slowedFrames == 0 && counts.allSatisfy { $0 == 0 } }

    /// What came after an earlier report; all of it when that was of other joints or another start.
    package func since(_ earlier: LimitReport?) -> LimitReport {
        guard let earlier, earlier.counts.count == counts.count || earlier.counts.isEmpty,
            earlier.slowedFrames <= slowedFrames, zip(earlier.counts, counts).allSatisfy({ $0 <= $1 })
        else { return self }
        let before = earlier.counts.isEmpty ? counts.map { _ in 0 } : earlier.counts
        return LimitReport(
            counts: zip(counts, before).map { $0 - $1 }, slowedFrames: slowedFrames - earlier.slowedFrames)
    }

    /// The counts that are not zero, by joint and kind.
    package func byJoint(_ profile: RobotProfile) -> [(joint: String, kinds: [(name: String, count: Int)])] {
        let kinds = LimiterCounts.Kind.allCases
        return profile.jointNames.enumerated().compactMap { joint, name in
            let found = kinds.compactMap { kind -> (name: String, count: Int)? in
                let index = joint * kinds.count + kind.rawValue
                return counts.indices.contains(index) && counts[index] > 0 ? ("\(kind)", counts[index]) : nil
            }
            return found.isEmpty ? nil : (name, found)
        }
    }

    /// The counts that are not zero, by the joint's name and the kind's.
    package func named(_ profile: RobotProfile) -> [String: [String: Int]] {
        Dictionary(
            byJoint(profile).map { ($0.joint, Dictionary($0.kinds.map { ($0.name, $0.count) }) { $1 }) }
        ) { $1 }
    }
}
