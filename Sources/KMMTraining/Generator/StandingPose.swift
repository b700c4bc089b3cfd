import Foundation
import HumanMotion
public import KMM
public import MotionData

/// The quietest upright pose of the data, as tokens: what every stream begins with.
public enum StandingPose {
    /// Tokens of the pose.
    public static let tokens = 8

    /// Codes `[layer][token]` of the stillest standing second of the training clips, held for a while.
    public static func codes(in data: PreparedDataSet, tokenizer: MotionTokenizer) throws -> [[Int]] {
        let (window, width) = (30, MotionFeatures.width)
        var best: (energy: Float, row: [Float])?
        for clip in data.clips where clip.split == .train && !clip.mirrored && clip.frameCount >= window {
            let rows = data.features(of: clip)
            for start in stride(from: 0, through: clip.frameCount - window, by: 5) {
                let middle = UnsafeBufferPointer(rebasing: rows[((start + window / 2) * width)...].prefix(width))
                guard isStanding(middle) else { continue }
                var energy: Float = 0
                for frame in start..<(start + window) {
                    for column in MotionFeatures.velocities { energy += abs(rows[frame * width + column]) }
                }
                if energy < best?.energy ?? .infinity { best = (energy, Array(middle)) }
            }
        }
        guard var row = best?.row else { throw StandingPoseMissing() }
        for column in MotionFeatures.rootVelocity { row[column] = 0 }
        for column in MotionFeatures.velocities { row[column] = 0 }
        row.replaceSubrange(MotionFeatures.headingStep, with: [1, 0, 0, 0, 1, 0])
        let clip = (0..<(tokens * MotionTokenizer.framesPerToken)).flatMap { _ in row }
        return clip.withUnsafeBufferPointer { tokenizer.encode($0).codes }
    }

    /// Upright, both feet on the floor and near each other, hands hanging, looking ahead.
    private static func isStanding(_ row: UnsafeBufferPointer<Float>) -> Bool {
        let position = { (joint: Int) in
            let first = MotionFeatures.positions.lowerBound + 3 * joint
            return (x: row[first], y: row[first + 1], z: row[first + 2])
        }
        let (pelvis, head) = (position(0), position(15))
        let (left, right) = (position(7), position(8))
        let wrists = [position(20), position(21)]
        return row[MotionFeatures.contacts].allSatisfy { $0 > 0.5 } && pelvis.y > 0.85
            && abs(head.x) < 0.1 && abs(head.z) < 0.15 && head.y > pelvis.y + 0.5
            && abs(left.z - right.z) < 0.08 && abs(left.x - right.x) < 0.3
            && wrists.allSatisfy { $0.y < pelvis.y + 0.05 && abs($0.x) < 0.45 && abs($0.z) < 0.25 }
    }
}

/// No frame of the data shows a person who stands still.
public struct StandingPoseMissing: Error, CustomStringConvertible {
    /// What is missing and what would be right.
    public var description: String {
        "no training clip shows a person standing upright with both feet on the floor; streams need such a pose to begin"
    }
}
