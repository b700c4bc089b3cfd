internal import HumanMotion
internal import KMM
internal import Timeline

/// How long the daemon's work takes.
package struct WorkTimes: Sendable {
    /// From a command's receipt to its first changed frame.
    package let firstFrame = Histogram(bounds: [0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5])
    /// Each step of the generator.
    package let generation = Histogram(bounds: [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28])
    /// Each step of a retargeter.
    package let retargeting = Histogram(bounds: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2])

    /// Empty histograms.
    package init() {}
}

/// A generator whose steps are timed.
struct TimedSource<Base: MotionSource>: MotionSource {
    typealias Stream = Base.Stream

    let base: Base
    let times: Histogram

    func estimateDuration(of text: String) throws -> Double { try base.estimateDuration(of: text) }
    func makeStream(seed: UInt64) -> Stream { base.makeStream(seed: seed) }
    func seed(_ stream: inout Stream, with seed: UInt64) { base.seed(&stream, with: seed) }
    func vary(_ stream: inout Stream, by number: UInt64) { base.vary(&stream, by: number) }
    func begin(_ segment: MotionSegment, options: SamplingOptions, in stream: inout Stream) throws {
        try base.begin(segment, options: options, in: &stream)
    }
    func advance(_ stream: inout Stream, isHurried: Bool, isWanted: () -> Bool) throws -> [Token] {
        let start = Clock.monotonic()
        let tokens = try base.advance(&stream, isHurried: isHurried, isWanted: isWanted)
        if !tokens.isEmpty { times.add(Double(Clock.monotonic() - start) / 1e9) }
        return tokens
    }
    func tokensLeft(in stream: Stream) -> Int { base.tokensLeft(in: stream) }
}

/// A retargeter whose steps are timed.
struct TimedRetargeting<Base: FrameRetargeting>: FrameRetargeting {
    let base: Base
    let times: Histogram

    var pathScale: Double { base.pathScale }
    func makeState() -> Base.State { base.makeState() }
    func knots(
        for tokens: [[HumanFrame]], from state: Base.State
    ) throws -> [(knots: [MotionKnot], after: Base.State)] {
        let start = Clock.monotonic()
        defer { times.add(Double(Clock.monotonic() - start) / 1e9) }
        return try base.knots(for: tokens, from: state)
    }
}
