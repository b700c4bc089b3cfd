import Geometry
import HumanBody
import HumanMotion

/// The tokens that a segment of a stream follows: an exemplar behind a few tokens in which the body comes to its first pose.
struct Guide: Sendable {
    /// Tokens that are drawn before the first of the exemplar.
    let lead: Int
    /// Codes `[layer][token]`.
    let codes: [[Int]]
    /// What is shown in place of what the codes leave of it.
    let exact: ExactMotion?

    /// Least tokens in which the body goes over to an exemplar.
    private static let shortestLead = 2
    /// Most of them.
    private static let longestLead = 8
    /// How far the joints go in one token on the way, metres on average: half a metre in a second.
    private static let stride = 0.065

    /// A body that moves faster than this, metres a second, slows down in tokens that are drawn.
    private static let slow = 0.3

    /// The guide from a pose, in which the body goes at some metres a second, into an exemplar that lasts, with the way to
    /// it, about `length` tokens, or as long as it takes.
    init(_ exemplar: Exemplar, from pose: HumanFrame?, pace: Double, length: Int?, tokenizer: MotionTokenizer) {
        let first = Self.frames(of: exemplar.codes.map { Array($0.prefix(2)) }, tokenizer: tokenizer).last
        let way =
            zip(pose.map(Self.joints) ?? [], first.map(Self.joints) ?? []).reduce(0) { $0 + ($1.0 - $1.1).length }
            / Double(HumanJoint.count)
        let tokens = Int((way / Self.stride).rounded(.up))
        // What is recorded is gone over to frame by frame: from near by, nothing need be drawn.
        let isNear = exemplar.exact != nil && pace < Self.slow && tokens <= Self.shortestLead
        lead = isNear ? 0 : min(max(tokens, Self.shortestLead), Self.longestLead)
        let lasting = length.map { [lead] in exemplar.lasting($0 - lead) } ?? exemplar
        (codes, exact) = (lasting.codes, lasting.exact)
    }

    /// Tokens of the whole.
    var count: Int { lead + (codes.first?.count ?? 0) }

    /// The codes of a token of the segment; nil for one that is free.
    func codes(at index: Int) -> [Int]? {
        let place = index - lead
        guard place >= 0, place < codes[0].count else { return nil }
        return codes.map { $0[place] }
    }

    /// The frames of codes `[layer][token]`, from the origin.
    static func frames(of codes: [[Int]], tokenizer: MotionTokenizer) -> [HumanFrame] {
        var decoder = StreamingDecoder()
        var frames: [HumanFrame] = []
        decoder.decode(codes, with: tokenizer) { part, _ in frames += part }
        return frames
    }

    /// The joints as the moving person sees them, over the origin.
    private static func joints(of frame: HumanFrame) -> [Vector3] {
        var frame = frame
        frame.pelvis = Vector3(0, frame.pelvis.y, 0)
        let unturn = Quaternion(angle: -(frame.heading ?? 0), axis: Vector3(0, 1, 0))
        return SMPLSkeleton.forwardKinematics(frame).map { unturn.act($0.translation) }
    }
}
