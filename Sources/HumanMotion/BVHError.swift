/// Why a text is not a BVH motion, and on which line.
public struct BVHError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong.
    public enum Reason: Hashable, Sendable {
        /// Another word was expected than the one found; `found` is nil at the end of the text.
        case expected(String, found: String?)
        /// The word is not a finite decimal number of a believable size (below 1e7).
        case number(String)
        /// The word is not one of `Xposition` … `Zrotation`, or stands twice in one joint.
        case channel(String)
        /// The hierarchy has more than 4096 joints.
        case tooManyJoints
        /// The joint has no OFFSET, or two.
        case offset(joint: String)
        /// The frame time is not between 0.1 ms and 1 s.
        case frameTime(Double)
        /// The frame count is no whole number, or values are missing in the middle.
        case frameCount(String)
        /// There are other frames than told, and they do not fill whole lines; or there are none.
        case frames(told: Int, found: Int)
        /// Fewer than half of the frames that are told are there.
        case framesMissing(told: Int, found: Int)
        /// No joint has a channel.
        case noChannels
        /// There are more frames than `HumanClip.greatestFrameCount`.
        case tooManyFrames
    }

    /// What was wrong.
    public let reason: Reason
    /// Line of the offending word, from 1.
    public let line: Int

    /// What was wrong, in words.
    public var description: String {
        switch reason {
        case .expected(let wanted, nil): "line \(line): the text ends where \(wanted) should follow"
        case .expected(let wanted, .some(let found)): "line \(line): expected \(wanted), found '\(found)'"
        case .number(let word): "line \(line): '\(word)' is not a number below 1e7 in size"
        case .channel(let word):
            "line \(line): '\(word)' is no position or rotation, or is given twice; scales are not read"
        case .tooManyJoints: "line \(line): more than 4096 joints"
        case .offset(let joint): "line \(line): joint '\(joint)' needs exactly one OFFSET"
        case .frameTime(let time): "line \(line): frame time \(time) s is not between 0.0001 and 1"
        case .frameCount(let word): "line \(line): the text cannot hold '\(word)' frames"
        case .frames(let told, let found):
            "line \(line): \(told) frames are told, but the numbers of \(found) and of a part of one are there"
        case .framesMissing(let told, let found):
            "line \(line): \(told) frames are told and only \(found) are there: the file is cut off; the right number after Frames: "
                + "reads what is left"
        case .noChannels: "line \(line): no joint has a channel"
        case .tooManyFrames: "line \(line): more than \(HumanClip.greatestFrameCount) frames"
        }
    }
}
