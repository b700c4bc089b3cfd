package import HumanBody
package import KMM
package import ServiceCore
package import TextEncoding

/// A generator whose steps are timed.
package struct TimedSource<Base: MotionSource>: MotionSource {
    package typealias Stream = Base.Stream

    let base: Base
    let times: Histogram

    /// Adds the time of every step of `base` to `times`.
    package init(base: Base, times: Histogram) {
        self.base = base
        self.times = times
    }

    package func estimateDuration(of text: String) throws -> Double { try base.estimateDuration(of: text) }
    package func makeStream(seed: UInt64) -> Stream { base.makeStream(seed: seed) }
    package func makeStream(seed: UInt64, after frames: [HumanFrame]) -> Stream {
        base.makeStream(seed: seed, after: frames)
    }
    package func seed(_ stream: inout Stream, with seed: UInt64) { base.seed(&stream, with: seed) }
    package func vary(_ stream: inout Stream, by number: UInt64) { base.vary(&stream, by: number) }
    package func begin(_ action: Action, options: SamplingOptions, in stream: inout Stream) throws {
        try base.begin(action, options: options, in: &stream)
    }
    package func advance(_ stream: inout Stream, isHurried: Bool, isWanted: () -> Bool) throws -> [Token] {
        let start = Clock.monotonic()
        let tokens = try base.advance(&stream, isHurried: isHurried, isWanted: isWanted)
        if !tokens.isEmpty { times.add(Double(Clock.monotonic() - start) / 1e9) }
        return tokens
    }
    package func tokensLeft(in stream: Stream) -> Int { base.tokensLeft(in: stream) }
}
