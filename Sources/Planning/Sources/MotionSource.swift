package import HumanBody
package import KMM
package import TextEncoding

/// What the planner needs of a generator of human motion.
package protocol MotionSource: SendableMetatype {
    /// The state of one endless motion: a value, so a copy is a snapshot.
    associatedtype Stream: Sendable
    /// The frames of one token, and the stream after them.
    typealias Token = (frames: [HumanFrame], after: Stream)

    /// The length that the motion of `text` wants, seconds.
    func estimateDuration(of text: String) throws -> Double
    /// A stream that stands still.
    func makeStream(seed: UInt64) -> Stream
    /// A stream that goes on from motion at 30 frames a second, where the source can; else it stands still.
    func makeStream(seed: UInt64, after frames: [HumanFrame]) -> Stream
    /// Makes the stream draw the random numbers of a seed from now on.
    func seed(_ stream: inout Stream, with seed: UInt64)
    /// Makes the stream draw otherwise from now on: another number, another motion.
    func vary(_ stream: inout Stream, by number: UInt64)
    /// Makes `action` what the stream shows from now on.
    func begin(_ action: Action, options: SamplingOptions, in stream: inout Stream) throws
    /// The next tokens of the segment; empty when it is over. When hurried they are fewer, and there sooner.
    ///
    /// Throws `MotionGeneratorError.unwanted` when `isWanted`, asked now and then, is false.
    func advance(_ stream: inout Stream, isHurried: Bool, isWanted: () -> Bool) throws -> [Token]
    /// Tokens that the segment still wants.
    func tokensLeft(in stream: Stream) -> Int
}

extension MotionSource {
    package func makeStream(seed: UInt64, after frames: [HumanFrame]) -> Stream { makeStream(seed: seed) }
}

extension MotionGenerator: MotionSource {
    package func advance(_ stream: inout MotionStream, isHurried: Bool, isWanted: () -> Bool) throws -> [Token] {
        let steps: [MotionStep] = try advance(&stream, isHurried: isHurried, isWanted: isWanted)
        return steps.map { ($0.frames, $0.snapshot) }
    }

    package func seed(_ stream: inout MotionStream, with seed: UInt64) { stream = stream.seeded(with: seed) }

    package func vary(_ stream: inout MotionStream, by number: UInt64) { stream.vary(by: number) }

    package func tokensLeft(in stream: MotionStream) -> Int { stream.tokensLeft }
}
