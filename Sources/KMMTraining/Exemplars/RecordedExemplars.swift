import HumanBody
import HumanMotion
public import KMM
public import MotionData

/// Shows what a model follows as it was recorded, in place of what its tokenizer leaves of it.
///
/// An exemplar names the clip that its codes come from; where in it they are is found by encoding the clip again.
public struct RecordedExemplars {
    /// The library with recorded motions.
    public private(set) var library: ExemplarLibrary
    /// Sentences whose motions are shown as recorded, and those that were looked at.
    public private(set) var sentences = (shown: 0, all: 0)

    /// Motions of a sentence that are kept where so many are there.
    private static let each = 3
    /// Speeds at which motions were made for "slowly" and "quickly" (``ExemplarSelection``).
    private static let rates = [1] + ExemplarSelection.Options().tempi.map(\.rate)

    private let model: MotionGenerator
    private let data: PreparedDataSet
    private let clips: [String: PreparedClip]
    private var encoded: [String: [[Int]]] = [:]
    private var pieces: [String: [(frames: Range<Int>, motion: ExactMotion)]] = [:]

    /// Looks for the motions of a model's library.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - data: The prepared data from which its exemplars were chosen.
    public init(of model: MotionGenerator, in data: PreparedDataSet) {
        (self.model, self.data, library) = (model, data, model.exemplars)
        clips = Dictionary(
            data.clips.filter { $0.rate == nil }.map { ("\($0.set)/\($0.id)\($0.mirrored ? " mirrored" : "")", $0) },
            uniquingKeysWith: { first, _ in first })
        // What is done slowly or quickly comes behind what it is made of.
        for sentence in library.entries.keys.sorted() { show(sentence) }
    }

    private mutating func show(_ sentence: String) {
        guard var entry = library[sentence], !entry.exemplars.isEmpty,
            entry.exemplars.allSatisfy({ $0.exact == nil && $0.limbs == nil })
        else { return }
        sentences.all += 1
        var recorded: [Exemplar] = []
        for exemplar in entry.exemplars where recorded.count < Self.each {
            guard let exact = exact(of: exemplar) else { continue }
            recorded.append(exemplar)
            recorded[recorded.count - 1].exact = exact
        }
        // Where only some are found, the others would be worse beside them.
        guard !recorded.isEmpty else { return }
        entry.exemplars = recorded
        library[sentence] = entry
        sentences.shown += 1
    }

    private mutating func exact(of exemplar: Exemplar) -> ExactMotion? {
        let suffix = " mirrored"
        let isMirrored = exemplar.source.hasSuffix(suffix)
        let origin = isMirrored ? String(exemplar.source.dropLast(suffix.count)) : exemplar.source
        guard let clip = clips[exemplar.source], let recorded = clips[origin] else { return nil }
        let size = MotionTokenizer.framesPerToken
        for rate in Self.rates {
            guard let token = place(of: exemplar.codes, in: codes(of: clip, named: exemplar.source, rate: rate)) else {
                continue
            }
            let first = Int(Double(token * size) * rate)
            let end = min(Int((Double((token + exemplar.count) * size) * rate).rounded(.up)), recorded.frameCount)
            guard var exact = piece(of: recorded, named: origin, first..<end) else { return nil }
            (exact.isMirrored, exact.rate) = (isMirrored, rate)
            return exact
        }
        return nil
    }

    /// A piece of a clip, of one that is there already if it holds the frames.
    private mutating func piece(of clip: PreparedClip, named name: String, _ frames: Range<Int>) -> ExactMotion? {
        let whole = pieces[name]?.first { piece in
            piece.frames.lowerBound <= frames.lowerBound
                && piece.frames.upperBound + MotionTokenizer.framesPerToken >= frames.upperBound
        }
        if let whole {
            var motion = whole.motion
            motion.start = frames.lowerBound - whole.frames.lowerBound
            return motion
        }
        let features = MotionFeatures(
            frameRate: PreparedIndex.frameRate, values: Array(data.features(of: clip)))
        guard let motion = ExactMotion(of: Array(features.clip().frames[frames])) else { return nil }
        pieces[name, default: []].append((frames, motion))
        return motion
    }

    private mutating func codes(of clip: PreparedClip, named name: String, rate: Double) -> [[Int]] {
        let key = "\(name) \(rate)"
        if let known = encoded[key] { return known }
        var features = MotionFeatures(
            frameRate: PreparedIndex.frameRate, values: Array(data.features(of: clip)))
        if rate != 1 { features = MotionFeatures(DerivedMotion.stretched(features.clip(), rate: rate)) }
        let codes = features.values.withUnsafeBufferPointer { model.tokenizer.encode($0).codes }
        encoded[key] = codes
        return codes
    }

    /// The token of `codes` from which on they are those of `part`; nil where they nowhere are.
    private func place(of part: [[Int]], in codes: [[Int]]) -> Int? {
        guard let count = part.first?.count, let all = codes.first?.count, count <= all else { return nil }
        return (0...(all - count)).first { start in
            zip(part, codes).allSatisfy { $0[...] == $1[start..<(start + count)] }
        }
    }
}
