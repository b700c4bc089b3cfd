import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing

@testable import KMM

@Suite("Motion tokenizer")
struct MotionTokenizerTests {
    let tokenizer: MotionTokenizer

    init() {
        var random = SplitMix64(seed: 11)
        var sizes = TokenizerConfiguration()
        (sizes.width, sizes.codeWidth, sizes.codes) = (32, 16, 24)
        tokenizer = MotionTokenizer(sizes, using: &random)
        tokenizer.setRequiresGradient(false)
    }

    private func codes(_ count: Int) -> [[Int]] {
        var random = SplitMix64(seed: 12)
        return (0..<3).map { _ in (0..<count).map { _ in Int.random(in: 0..<24, using: &random) } }
    }

    @Test("decoding token by token equals decoding the whole clip", arguments: [1, 3])
    func streaming(chunk: Int) {
        let codes = codes(30)
        let whole = MotionFeatures(frameRate: 30, values: tokenizer.decode(codes)).clip().frames
        var decoder = StreamingDecoder()
        var frames: [HumanFrame] = []
        for start in stride(from: 0, to: 30, by: chunk) {
            decoder.decode(codes.map { Array($0[start..<(start + chunk)]) }, with: tokenizer) { next, _ in
                frames += next
            }
        }
        #expect(frames.count == whole.count)
        for (a, b) in zip(frames, whole) {
            #expect((a.pelvis - b.pelvis).length < 1e-4)
            #expect(zip(a.rotations, b.rotations).allSatisfy { ($0.conjugate * $1).angle < 1e-3 })
        }
    }

    @Test("the decoder after any of the tokens that were decoded together goes on from there")
    func snapshots() {
        let codes = codes(20)
        var all: [HumanFrame] = []
        var decoders: [StreamingDecoder] = []
        var decoder = StreamingDecoder()
        decoder.decode(codes, with: tokenizer) { frames, after in
            all += frames
            decoders.append(after)
        }
        #expect(all.count == 80 && decoders.count == 20)
        for (token, start) in decoders.enumerated().dropLast() {
            var again = start
            var rest: [HumanFrame] = []
            again.decode(codes.map { Array($0[(token + 1)...]) }, with: tokenizer) { frames, _ in rest += frames }
            #expect(rest.count == 4 * (19 - token))
            for (a, b) in zip(rest, all.suffix(rest.count)) {
                #expect((a.pelvis - b.pelvis).length < 1e-4)
                #expect(zip(a.rotations, b.rotations).allSatisfy { ($0.conjugate * $1).angle < 1e-3 })
            }
        }
    }

    @Test("four frames depend on their token and earlier ones only; a token on its frames and earlier ones only")
    func causality() {
        var later = codes(20)
        let first = tokenizer.decode(later)
        for layer in 0..<3 { later[layer][15] = (later[layer][15] + 1) % 24 }
        let second = tokenizer.decode(later)
        #expect(first.prefix(15 * 4 * 276).elementsEqual(second.prefix(15 * 4 * 276)))
        #expect(
            !first.dropFirst(15 * 4 * 276).prefix(4 * 276).elementsEqual(second.dropFirst(15 * 4 * 276).prefix(4 * 276))
        )

        let features = MambaStackTests.random([40, 276], seed: 13)
        let before = tokenizer.latents(features)
        for index in (24 * 276)..<features.count { features.data[index] += 1 }
        let after = tokenizer.latents(features)
        #expect(before.values.prefix(6 * 16).elementsEqual(after.values.prefix(6 * 16)))
    }

    @Test("the nearest code is the nearest by brute force, and residuals shrink layer by layer on the codes' own sums")
    func quantizer() {
        let rows = MambaStackTests.random([17, 16], seed: 14)
        let nearest = tokenizer.quantizer.nearest(rows, layer: 1)
        let codebook = tokenizer.quantizer.codebooks[1]
        for row in 0..<17 {
            let distance = { (code: Int) in
                (0..<16).reduce(Float(0)) {
                    let d = rows.data[row * 16 + $1] - codebook.data[code * 16 + $1]
                    return $0 + d * d
                }
            }
            #expect((0..<24).allSatisfy { distance(nearest[row]) <= distance($0) + 1e-5 })
        }
        let exact = tokenizer.quantizer.decode([[3, 5]])
        #expect(tokenizer.quantizer.encode(exact)[0] == [3, 5])
    }
}
