import Foundation
import Geometry
import HumanBody
import HumanMotion
import MotionFixtures
import Testing

@testable import KMMTraining
@testable import MotionData

@Suite("Windows of frames")
struct WindowTests {
    private let width = MotionFeatures.width

    @Test("a clip shorter than the window is drawn too, and held in its last pose")
    func short() throws {
        let data = try SmallCollection.prepared()
        let length = (data.clips.map(\.frameCount).max() ?? 0) + 20
        let sampler = WindowSampler(clips: data.clips, length: length)
        var generator = SplitMix64(seed: 3)
        var seen: Set<String> = []
        for _ in 0..<100 {
            let window = sampler.next(using: &generator)
            seen.insert("\(window.clip.id) \(window.clip.mirrored)")
            var rows = [Float](repeating: .nan, count: length * width)
            rows.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress { sampler.copy(window, of: data, to: base) }
            }
            let source = data.features(of: window.clip, window.start..<window.clip.frameCount)
            let isCopied = zip(rows, source).allSatisfy(==)
            #expect(isCopied)
            let motion = MotionFeatures(frameRate: 30, values: rows).clip()
            let last = motion.frames[window.clip.frameCount - window.start - 1]
            let end = try #require(motion.frames.last)
            #expect((end.pelvis - last.pelvis).length < 1e-5)
            for (a, b) in zip(end.rotations, last.rotations) { #expect((a.conjugate * b).angle < 1e-3) }
        }
        #expect(seen.count == Set(data.clips.map { "\($0.id) \($0.mirrored)" }).count)
    }

    @Test("windows lie inside their clip, and the caption's stretch in them")
    func captioned() throws {
        let data = try SmallCollection.prepared()
        var sampler = WindowSampler(clips: data.clips, length: 16)
        sampler.captioned = 1
        var generator = SplitMix64(seed: 5)
        for _ in 0..<200 {
            let window = sampler.next(using: &generator)
            let frames = window.start..<min(window.start + 16, window.clip.frameCount)
            #expect(window.start >= 0 && (frames.count == 16 || window.start == 0))
            let isShown = window.clip.captions.contains { caption in
                frames.overlaps(caption.firstFrame..<(caption.firstFrame + caption.frameCount))
            }
            #expect(isShown)
        }
    }

    @Test("draws follow the weights")
    func weights() {
        let weights = DrawWeights([1, 0, 3])
        var generator = SplitMix64(seed: 7)
        var counts = [0, 0, 0]
        for _ in 0..<8000 { counts[weights.draw(using: &generator)] += 1 }
        #expect(counts[1] == 0)
        #expect(abs(Double(counts[2]) / Double(counts[0]) - 3) < 0.3)
    }
}
