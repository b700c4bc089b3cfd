import Geometry
import HumanBody
public import HumanMotion

/// Makes clips of authored actions over recorded people who stand and walk.
public struct ActionStudio {
    /// Quiet stretches and even walks ahead.
    private(set) var standing: [HumanClip] = []
    private(set) var walking: [HumanClip] = []

    /// Clips of an action unless its file says how many.
    private static let clips = 24
    /// Captions that a clip is given besides the action's names, at most: the rest goes to others.
    private static let captions = 2

    /// Without recorded people.
    init() {}

    /// With the people of the recorded training clips of a data set.
    public init(_ data: PreparedDataSet) {
        for clip in data.clips where clip.split == .train && clip.isRecorded && !clip.mirrored {
            add(MotionFeatures(frameRate: data.index.frameRate, values: Array(data.features(of: clip))))
        }
    }

    private mutating func add(_ motion: MotionFeatures) {
        let stretches = MeasuredCaptions.stretches(of: RootCourse(motion))
        guard !stretches.isEmpty else { return }
        let clip = motion.clip()
        for stretch in stretches {
            add(stretch.kind, HumanClip(frameRate: clip.frameRate, frames: Array(clip.frames[stretch.frames])))
        }
    }

    /// Takes in a stretch if it is one to build on.
    mutating func add(_ kind: MeasuredCaptions.Stretch.Kind, _ clip: HumanClip) {
        let standsOnBoth = clip.frames.allSatisfy { $0.contacts.leftToe > 0.5 && $0.contacts.rightToe > 0.5 }
        if kind == .still, standsOnBoth { standing.append(clip) }
        if kind == .forward { walking.append(clip) }
    }

    /// One clip of an action with what it may be called; nil where there is nobody to build on.
    public func clip(of action: AuthoredAction, seed: UInt64) -> (clip: HumanClip, captions: [String])? {
        var random = SplitMix64(seed: seed)
        let isWalk = action.base == .walk
        guard let base = (isWalk ? walking : standing).randomElement(using: &random) else { return nil }
        let variant = ActionVariant(of: action, using: &random)
        guard let clip = ActionSynthesizer(variant, over: base, isWalk: isWalk).clip() else { return nil }
        let some = variant.captions().shuffled(using: &random).prefix(Self.captions)
        return (clip, (action.names ?? []) + some)
    }

    /// All clips of an action.
    func clips(of action: AuthoredAction, seed: UInt64) -> [(clip: HumanClip, captions: [String])] {
        var random = SplitMix64(seed: seed)
        return (0..<(action.clips ?? Self.clips)).compactMap { _ in clip(of: action, seed: random.next()) }
    }
}
