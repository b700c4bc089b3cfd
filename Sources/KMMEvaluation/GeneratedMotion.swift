public import HumanMotion
public import KMM
public import TextEncoding

extension MotionGenerator {
    /// The motion of some segments, one after the other on one stream, from its start to the end of the last.
    public func motion(of segments: [Action], options: SamplingOptions, seed: UInt64) throws -> HumanClip {
        var clip = HumanClip(
            frameRate: Self.frameRate, frames: [], text: segments.map(\.text).joined(separator: ", then "))
        var stream = makeStream(seed: seed)
        for segment in segments {
            try begin(segment, options: options, in: &stream)
            while true {
                let steps: [MotionStep] = try advance(&stream)
                if steps.isEmpty { break }
                for step in steps { clip.frames += step.frames }
            }
        }
        return clip
    }
}
