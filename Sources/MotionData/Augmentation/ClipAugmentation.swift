import Geometry
import HumanMotion

/// Which copies of the training clips are made beside the mirrored ones.
public struct AugmentationOptions: Sendable {
    /// Speeds of the stretched copies of captioned clips, 1 being the recorded one.
    public var rates = [0.87, 1.15]
    /// Whether motions that can be measured get captions of their own, and captions leave out the waiting around an action.
    public var measures = true
    /// Backward walks made of reversed forward walks, at most.
    public var reversed = 160
    /// Quiet stretches held for some seconds, at most.
    public var held = 120
    /// Steps to a side made again and again for some seconds, at most.
    public var repeated = 240
    /// Turns on the spot out of quiet standing and back into it, at most.
    public var turned = 480
    /// Legs of one clip with the arms of another, at most.
    public var composed = 480
    /// Seed of the choice.
    public var seed: UInt64 = 1

    /// Everything.
    public init() {}

    /// Mirrored copies alone.
    public static var none: AugmentationOptions {
        var options = AugmentationOptions()
        (options.rates, options.measures) = ([], false)
        (options.reversed, options.held, options.repeated, options.turned, options.composed) = (0, 0, 0, 0, 0)
        return options
    }
}

/// Collects stretches of the training clips and makes new clips of them once all have been seen.
struct ClipAugmentation {
    /// A stretch of a clip with one caption.
    struct Source {
        var id: String
        var set: String
        var clip: HumanClip
        var text: String
    }

    let options: AugmentationOptions
    private var still: [Source] = []
    private var forward: [Source] = []
    private var sideways: [Source] = []
    private var turns: [Source] = []
    private var legs: [Source] = []
    private var arms: [Source] = []
    /// The people that authored actions are made over.
    private(set) var studio = ActionStudio()

    /// Whether people who stand and walk are kept for authored actions.
    private let keepsPeople: Bool
    /// Whether anything is made of what can be measured in a clip.
    var needsStretches: Bool { options.measures || keepsPeople }

    init(_ options: AugmentationOptions, keepsPeople: Bool = false) {
        self.options = options
        self.keepsPeople = keepsPeople
    }

    private static let armActions: Set = [
        "waves the left hand", "waves the right hand", "waves both hands", "raises the left hand",
        "raises the right hand", "raises both hands",
    ]
    private static let legActions: Set = [
        "walks", "walks forward", "walks forwards", "walks and turns left", "walks and turns right", "runs forward",
        "runs", "jogs forward", "stands still", "walks backwards", "walks backward", "walks slowly",
        "walks forward slowly", "sidesteps to the left", "sidesteps to the right", "turns left on the spot",
        "turns right on the spot", "does one squat", "walks forward and veers left", "walks forward and veers right",
    ]

    /// Keeps the people of a clip of the training split for authored actions.
    mutating func keep(_ motion: MotionFeatures, _ stretches: [MeasuredCaptions.Stretch]) {
        guard keepsPeople, !stretches.isEmpty else { return }
        let clip = motion.clip()
        for stretch in stretches {
            studio.add(stretch.kind, HumanClip(frameRate: clip.frameRate, frames: Array(clip.frames[stretch.frames])))
        }
    }

    /// Takes in what a clip of the training split can give.
    mutating func add(
        _ motion: MotionFeatures, _ stretches: [MeasuredCaptions.Stretch], id: String, set: String,
        captions: [PreparedCaption]
    ) {
        keep(motion, stretches)
        let clip = motion.clip()
        func part(_ frames: Range<Int>, _ text: String) -> Source {
            Source(
                id: id, set: set, clip: HumanClip(frameRate: clip.frameRate, frames: Array(clip.frames[frames])),
                text: text)
        }
        for stretch in stretches {
            switch stretch.kind {
            case .still: still.append(part(stretch.frames, "a person stands still"))
            case .forward: forward.append(part(stretch.frames, "a person walks backwards"))
            case .sideways:
                var step = part(stretch.frames, stretch.text ?? "")
                guard let straight = DerivedMotion.straightened(step.clip) else { continue }
                step.clip = straight
                sideways.append(step)
            case .turn: turns.append(part(stretch.frames, stretch.text ?? ""))
            case .backward, .turnAfterWalk: break
            }
        }
        for caption in captions where caption.frameCount <= 300 {
            guard let predicate = CaptionVariants.predicate(of: caption.text) else { continue }
            let frames = caption.firstFrame..<(caption.firstFrame + caption.frameCount)
            if let plain = CaptionVariants.plain(predicate), Self.armActions.contains(plain) {
                arms.append(part(frames, "a person " + plain))
            }
            if Self.legActions.contains(CaptionVariants.withoutManner(predicate)) {
                legs.append(part(frames, "a person " + predicate))
            }
        }
    }

    /// The new clips, each with one caption for all its frames.
    func derived() -> [Source] {
        var random = SplitMix64(seed: options.seed)
        var result: [Source] = []
        for source in forward.shuffled(using: &random).prefix(options.reversed) {
            var copy = source
            copy.clip = DerivedMotion.reversed(source.clip)
            copy.id += "-reversed"
            result.append(copy)
        }
        for source in still.shuffled(using: &random).prefix(options.held) {
            var copy = source
            copy.clip = DerivedMotion.held(source.clip, count: Int.random(in: 90...180, using: &random))
            copy.id += "-held"
            result.append(copy)
        }
        for attempt in 0..<(sideways.isEmpty ? 0 : options.repeated) {
            var copy = sideways[attempt % sideways.count]
            guard let clip = DerivedMotion.repeated(copy.clip, count: Int.random(in: 60...150, using: &random)) else {
                continue
            }
            copy.clip = clip
            copy.id += "-repeated"
            result.append(copy)
            if let calm = quieted(copy, using: &random) { result.append(calm) }
        }
        for attempt in 0..<(turns.isEmpty ? 0 : options.turned) {
            var copy = turns[attempt % turns.count]
            guard let clip = DerivedMotion.repeated(copy.clip, count: Int.random(in: 40...110, using: &random)) else {
                continue
            }
            copy.clip = clip
            if let calm = quieted(copy, using: &random) { result.append(calm) }
        }
        // Legs by kind in turn, or walking and running would be nearly all.
        let backward = result.filter { $0.text.hasSuffix("backwards") }
        let kinds = Dictionary(grouping: legs + still + backward) { CaptionVariants.withoutManner($0.text) }
            .sorted { $0.key < $1.key }.map(\.value)
        var made = 0
        for attempt in 0..<(4 * options.composed) where made < options.composed && !kinds.isEmpty && !arms.isEmpty {
            let kind = kinds[attempt % kinds.count]
            let lower = kind[Int.random(in: 0..<kind.count, using: &random)]
            let upper = arms[Int.random(in: 0..<arms.count, using: &random)]
            guard let clip = DerivedMotion.composed(legs: lower.clip, arms: upper.clip),
                let text = DerivedMotion.composedText(legs: lower.text, arms: upper.text)
            else { continue }
            // Counted with the set of the arms.
            result.append(Source(id: "\(lower.id)+\(upper.id)", set: upper.set, clip: clip, text: text))
            made += 1
        }
        return result
    }

    /// The action of the legs with arms that hang, out of quiet standing and back into it: those who step aside or turn in the
    /// recordings box or dance, and are cut out of the middle of it.
    private func quieted(_ source: Source, using random: inout some RandomNumberGenerator) -> Source? {
        guard let quiet = still.randomElement(using: &random) else { return nil }
        let (before, after) = (Int.random(in: 8...24, using: &random), Int.random(in: 8...24, using: &random))
        let arms = DerivedMotion.held(quiet.clip, count: source.clip.frames.count)
        guard let calm = DerivedMotion.composed(legs: source.clip, arms: arms),
            let clip = DerivedMotion.betweenStanding(calm, quiet.clip, before: before, after: after)
        else { return nil }
        guard let text = MeasuredCaptions.text(ofAll: RootCourse(MotionFeatures(clip))) else { return nil }
        var copy = source
        copy.text = text
        copy.clip = clip
        copy.id += "+" + quiet.id
        return copy
    }
}
