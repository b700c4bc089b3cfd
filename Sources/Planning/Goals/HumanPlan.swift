internal import HumanBody
package import HumanMotion
package import KMM
package import TextEncoding

/// The human motion of a plan without a robot: what says how far it leads is led there, as it is for robots.
package struct HumanPlan<Source: MotionSource> {
    private let source: Source
    private let options: SamplingOptions

    /// Plans with a generator.
    package init(_ source: Source, options: SamplingOptions = SamplingOptions()) {
        (self.source, self.options) = (source, options)
    }

    /// The motion of some actions, each as often as it says, one after the other on one stream.
    ///
    /// - Throws: What the generator throws.
    package func motion(of actions: [Action], seed: UInt64) throws -> HumanClip {
        let actions = actions.flatMap { repeatElement($0, count: $0.repeats) }
        var clip = HumanClip(
            frameRate: MotionGenerator.frameRate, frames: [], text: actions.map(\.text).joined(separator: ", then "))
        var stream = source.makeStream(seed: seed)
        var place = FloorTransform.identity
        var pose = FloorPose.origin
        func add(_ frames: [HumanFrame]) {
            for frame in frames { pose = FloorPose(frame, after: pose) }
            clip.frames += frames
        }
        for (number, action) in actions.enumerated() {
            guard let goal = action.goal else {
                try source.begin(action, options: options, in: &stream)
                while source.tokensLeft(in: stream) > 0 {
                    for token in try source.advance(&stream, isHurried: false, isWanted: { true }) {
                        add(token.frames.map(place.act))
                    }
                }
                continue
            }
            var pursuit = GoalPursuit<Source.Stream>(
                text: action.text, goal: goal, duration: action.duration ?? goal.expectedDuration(pathScale: 1),
                isTimed: action.isTimed, endsStanding: number == actions.count - 1, options: options,
                way: TravelledPath(human: pose))
            while !pursuit.isOver {
                try pursuit.work(with: source, from: stream, at: place) { true }
                for token in pursuit.take(.max) {
                    add(token.frames)
                    (stream, place) = (token.after, token.place)
                }
            }
        }
        return clip
    }
}
