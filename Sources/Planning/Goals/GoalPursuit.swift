internal import HumanBody
internal import HumanMotion
internal import KMM
internal import TextEncoding

/// A token on the plan's floor.
struct PlacedToken<Stream: Sendable>: Sendable {
    /// Its frames, where they shall be.
    var frames: [HumanFrame]
    /// The stream after them.
    var after: Stream
    /// From the stream's own floor to the plan's, after them.
    var place: FloorTransform
    /// Share of its depth that the motion has after them.
    var depth = 1.0
}

/// The motion of an action that shall lead somewhere, such as "walk two metres".
///
/// Of a piece of up to eight seconds several versions are made; the one that leads there best is taken and its way
/// corrected within bounds. Unless the time is given, each version lasts as long as the one before says it should. What
/// nothing follows ends standing, with the steps that this takes: they count.
struct GoalPursuit<Stream: Sendable>: Sendable {
    /// Versions of a piece at most, and tokens of all of them together after which no other is begun.
    static var mostTrials: Int { 4 }
    static var tokenBudget: Int { 120 }
    /// A version that fits this well is taken at once.
    static var goodCost: Double { 0.12 }
    /// Longest piece, seconds, and the length of those before the last.
    static var pieces: (longest: Double, usual: Double) { (8, 6) }

    private let text: String
    private let options: SamplingOptions
    /// In metres of the human.
    private let goal: MotionGoal
    private let isTimed: Bool
    private let endsStanding: Bool
    private var timeLeft: Double
    private var meter: PathMeter
    private var stance: FootStance
    private var steps = 0
    private var piece: Piece?
    private var isLastMade = false
    /// Frames of the first piece that were too late to be played; they do not count.
    private(set) var passed = 0
    /// Those of them that were not yet taken in.
    private var late = 0
    /// Made, and not handed out.
    private var ready: ArraySlice<PlacedToken<Stream>> = []

    private struct Piece: Sendable {
        var base: Stream
        var place: FloorTransform
        var duration: Double
        var share: Double
        var isLast: Bool
        var trials = 0
        var variation = 0
        var spent = 0
        /// Whether the version comes to a stand already.
        var isClosing = false
        var stream: Stream?
        var tokens: [(frames: [HumanFrame], after: Stream)] = []
        var best: (tokens: [(frames: [HumanFrame], after: Stream)], fit: GoalFit)?
    }

    /// Begins an action at the end of a way; the goal is in metres of the human, and the duration only an expectation
    /// unless `isTimed`. With `endsStanding` nothing follows it.
    init(
        text: String, goal: MotionGoal, duration: Double, isTimed: Bool, endsStanding: Bool = false,
        options: SamplingOptions, way: TravelledPath
    ) {
        self.text = text
        self.goal = goal
        self.isTimed = isTimed
        self.endsStanding = endsStanding
        self.options = options
        timeLeft = duration
        meter = PathMeter(start: way.human)
        stance = way.stance
    }

    /// Whether all has been handed out.
    var isOver: Bool { isLastMade && ready.isEmpty }
    /// Whether there is something to hand out.
    var isReady: Bool { !ready.isEmpty }

    /// Longest way that is one step rather than a walk: a walk begins with a stride and takes another to end. Metres of the human.
    private static var longestStep: Double { 0.6 }

    /// A sentence for what is so short that it is one step; nil for longer ways.
    private var shortText: String? {
        guard let distance = goal.distance, distance < Self.longestStep, goal.turn == nil, goal.steps == nil else {
            return nil
        }
        return switch goal.direction {
        case .forward: "a person takes a step forward"
        case .backward: "a person takes a step back"
        case .left: "a person sidesteps to the left"
        case .right: "a person sidesteps to the right"
        case .any, .path: nil
        }
    }

    /// The next tokens, up to `count`.
    mutating func take(_ count: Int) -> [PlacedToken<Stream>] {
        let taken = Array(ready.prefix(count))
        ready = ready.dropFirst(taken.count)
        return taken
    }

    /// Does a bit of the work on the next piece, about one horizon; ``isReady`` tells when it is done.
    mutating func work<Source: MotionSource>(
        with source: Source, from stream: Stream, at place: FloorTransform, isWanted: () -> Bool
    ) throws where Source.Stream == Stream {
        guard !isLastMade, ready.isEmpty else { return }
        var piece = piece ?? nextPiece(from: stream, at: place)
        var current: Stream
        if let begun = piece.stream {
            current = begun
        } else {
            current = piece.base
            source.vary(&current, by: UInt64(piece.variation))
            // Of a given time the stand takes its part.
            let closing = endsStanding && piece.isLast && isTimed ? Standing.closing : 0
            let duration = max(piece.duration - closing, piece.duration / 2)
            let words = piece.trials.isMultiple(of: 2) ? shortText ?? text : text
            try source.begin(Action(text: words, duration: duration), options: options, in: &current)
        }
        let tokens = try source.advance(&current, isHurried: false, isWanted: isWanted)
        piece.tokens += tokens
        let isOver = tokens.isEmpty || source.tokensLeft(in: current) == 0
        let isClosed = piece.isClosing || !piece.isLast || !endsStanding
        if isOver, !isClosed {
            piece.isClosing = true
            try source.begin(
                Action(text: Standing.text, duration: Standing.closing), options: options, in: &current)
        }
        piece.stream = current
        self.piece = piece
        if isOver, isClosed { judge() }
    }

    /// Makes the first few tokens at once, for somebody who waits: without a choice, but with a correction.
    ///
    /// Once they are made, `passedFrames` tells how many of their frames are too late to be played.
    mutating func hurry<Source: MotionSource>(
        with source: Source, from stream: Stream, at place: FloorTransform, passedFrames: () -> Int
    ) throws where Source.Stream == Stream {
        var current = stream
        try source.begin(Action(text: shortText ?? text, duration: timeLeft), options: options, in: &current)
        let tokens = try source.advance(&current, isHurried: true) { true }
        let left = source.tokensLeft(in: current)
        let count = Double(tokens.count)
        var piece = Piece(
            base: stream, place: place, duration: timeLeft, share: count / max(count + Double(left), 1),
            isLast: left == 0 || tokens.isEmpty)
        piece.duration = timeLeft * piece.share
        passed = min(passedFrames(), tokens.reduce(0) { $0 + $1.frames.count })
        late = passed
        commit(tokens, fit(tokens, piece), of: piece)
    }

    private func nextPiece(from stream: Stream, at place: FloorTransform) -> Piece {
        let isLast = timeLeft <= GoalPursuit.pieces.longest
        let duration = isLast ? timeLeft : GoalPursuit.pieces.usual
        return Piece(
            base: stream, place: place, duration: duration, share: isLast ? 1 : duration / timeLeft, isLast: isLast)
    }

    /// A version is complete: it is taken, or another is begun.
    private mutating func judge() {
        guard var piece else { return }
        let fit = fit(piece.tokens, piece)
        if piece.best.map({ fit.cost < $0.fit.cost }) ?? true { piece.best = (piece.tokens, fit) }
        piece.trials += 1
        piece.spent += piece.tokens.count
        if fit.cost < GoalPursuit.goodCost || piece.trials == GoalPursuit.mostTrials
            || piece.spent >= GoalPursuit.tokenBudget || piece.tokens.isEmpty
        {
            guard let best = piece.best else { return }
            self.piece = nil
            piece.duration = Double(best.tokens.count) * 4 / 30
            commit(best.tokens, best.fit, of: piece)
            return
        }
        let least = goal.turn == nil ? 0.3 : MotionGoal.shortestTurn
        let scaled = piece.duration * min(max(fit.durationFactor, 0.5), 2)
        let duration = min(max(scaled, min(least, piece.duration)), 2 * GoalPursuit.pieces.longest)
        if !isTimed, piece.isLast, abs(duration / piece.duration - 1) > 0.05, fit.cost < GoalFit.missCost {
            // The same motion for a longer or shorter time.
            piece.duration = duration
        } else {
            piece.variation += 1
            // What led nowhere may have had no time to begin.
            if !isTimed, piece.isLast, fit.cost >= GoalFit.missCost {
                piece.duration = min(1.4 * piece.duration, GoalPursuit.pieces.longest)
            }
        }
        piece.tokens = []
        piece.isClosing = false
        piece.stream = nil
        self.piece = piece
    }

    private func fit(_ tokens: [(frames: [HumanFrame], after: Stream)], _ piece: Piece) -> GoalFit {
        var frames = tokens.flatMap { $0.frames.map(piece.place.act) }[...]
        var (stance, meter) = (stance, meter)
        for frame in frames.prefix(late) {
            meter = PathMeter(start: FloorPose(frame, after: meter.end))
            _ = stance.advance(to: frame.contacts)
            frames = frames.dropFirst()
        }
        let landings = frames.count { stance.advance(to: $0.contacts) }
        return GoalFit(Array(frames), after: meter, goal: goal, share: piece.share, steps: (steps, landings))
    }

    /// Takes a version with its correction.
    private mutating func commit(
        _ tokens: [(frames: [HumanFrame], after: Stream)], _ fit: GoalFit, of piece: Piece
    ) {
        let before = left
        var changes = fit.correction.transforms(
            of: tokens.flatMap { $0.frames.map(piece.place.act) }, after: meter.end)[...]
        for token in tokens {
            let frames = zip(changes, token.frames).map { $0.act(piece.place.act($1)) }
            for frame in frames {
                let pose = FloorPose(frame, after: meter.end)
                let lands = stance.advance(to: frame.contacts)
                if late > 0 {
                    meter = PathMeter(start: pose)
                    late -= 1
                } else {
                    meter.add(pose)
                    if lands { steps += 1 }
                }
            }
            changes = changes.dropFirst(frames.count - 1)
            let place = (changes.popFirst() ?? .identity).after(piece.place)
            ready.append(PlacedToken(frames: frames, after: token.after, place: place))
        }
        isLastMade = piece.isLast
        timeLeft = max(timeLeft - piece.duration, 0.3)
        // As fast as until now, what is left takes so long.
        if !isTimed, !piece.isLast, before > 0 {
            let expected = max(before * (1 - piece.share), 1e-6)
            timeLeft = min(max(timeLeft * min(max(left / expected, 0.5), 2), 0.3), 600)
        }
    }

    /// What is left of the goal, in its main unit.
    private var left: Double {
        let done = GoalFit.achieved(goal, meter, steps: steps)
        if let distance = goal.distance { return distance - (done.distance ?? 0) }
        if let turn = goal.turn { return abs(turn) - abs(done.turn ?? 0) }
        return Double((goal.steps ?? 0) - steps)
    }
}
