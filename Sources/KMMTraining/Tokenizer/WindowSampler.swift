import HumanMotion
import MotionData

/// Draws windows of frames: half of them anywhere, half where captions tell of something, the rarer the more often.
///
/// A clip that is shorter than a window is held in its last pose: many of the quick actions (kicks, hops, squats) are.
struct WindowSampler {
    /// Where a window begins; it ends with the clip if that ends first.
    struct Window {
        var clip: PreparedClip
        var start: Int
    }

    /// Frames of a window.
    let length: Int
    /// Share of windows that show a caption drawn by weight.
    var captioned: Float = 0.5
    private let clips: [PreparedClip]
    private let places: DrawWeights
    private let captions: [(clip: Int, caption: PreparedCaption)]
    private let actions: DrawWeights

    init(clips: [PreparedClip], length: Int) {
        self.length = length
        self.clips = clips
        places = DrawWeights(clips.map { Double(max($0.frameCount - length + 1, 1)) })
        captions = clips.enumerated().flatMap { number, clip in clip.captions.map { (number, $0) } }
        actions = DrawWeights(
            ActionClass.weights(of: captions.map(\.caption.text), sets: captions.map { [clips] in clips[$0.clip].set }))
    }

    func next(using generator: inout some RandomNumberGenerator) -> Window {
        if !captions.isEmpty, Float.random(in: 0..<1, using: &generator) < captioned {
            let (number, caption) = captions[actions.draw(using: &generator)]
            // As much of the caption's stretch as fits, and what stands around a short one.
            let (first, last) = (caption.firstFrame, caption.firstFrame + caption.frameCount - length)
            let start = Int.random(in: min(first, last)...max(first, last), using: &generator)
            return Window(clip: clips[number], start: min(max(start, 0), max(clips[number].frameCount - length, 0)))
        }
        let clip = clips[places.draw(using: &generator)]
        return Window(clip: clip, start: .random(in: 0...max(clip.frameCount - length, 0), using: &generator))
    }

    /// Writes the rows of a window, [length, 276].
    func copy(_ window: Window, of data: PreparedDataSet, to rows: UnsafeMutablePointer<Float>) {
        let count = min(length, window.clip.frameCount - window.start)
        let source = data.features(of: window.clip, window.start..<(window.start + count))
        guard let base = source.baseAddress else { return }
        let width = MotionFeatures.width
        rows.update(from: base, count: count * width)
        for frame in count..<length {
            MotionFeatures.hold(rows + (frame - 1) * width, in: rows + frame * width)
        }
    }
}
