/// One motion of an action, in tokens, that a stream may follow.
public struct Exemplar: Hashable, Sendable {
    /// What of the body shows the action: what it takes from whatever else is done at once.
    public enum Part: String, Hashable, Sendable, CaseIterable {
        /// Shoulder to hand on the left.
        case leftArm = "left_arm"
        /// Shoulder to hand on the right.
        case rightArm = "right_arm"
        /// Neck and head.
        case head
    }

    /// Codes `[layer][token]`.
    public var codes: [[Int]]
    /// Tokens after which the pose is as it was before them, so that they can be done again and again; nil where there are none.
    public var loop: Range<Int>?
    /// The parts that show it.
    public var parts: Set<Part>
    /// The clip that it comes from.
    public var source: String
    /// Joints that are laid over a standing body as they are; then there are no codes.
    public var limbs: LimbMotion?
    /// The motion whose codes these are, to be shown as it was recorded; nil to show what the codes leave of it.
    public var exact: ExactMotion?

    /// An exemplar of these codes, of one list or more, all of one length.
    public init(codes: [[Int]], loop: Range<Int>? = nil, parts: Set<Part> = [], source: String = "") {
        self.codes = codes
        self.loop = loop
        self.parts = parts
        self.source = source
    }

    /// An exemplar of joints that are laid over a standing body.
    public init(limbs: LimbMotion, loop: Range<Int>? = nil, parts: Set<Part> = [], source: String = "") {
        self.init(codes: [], loop: loop, parts: parts, source: source)
        self.limbs = limbs
    }

    /// Its length, tokens.
    public var count: Int { limbs?.tokens ?? codes.first?.count ?? 0 }

    /// The exemplar with its loop done so often that it lasts about `length` tokens; as it is where that is shorter, or
    /// where nothing can be done again.
    func lasting(_ length: Int) -> Exemplar {
        guard let loop, !loop.isEmpty, length > count else { return self }
        let times = Int((Double(length - count) / Double(loop.count)).rounded())
        var longer = self
        longer.limbs = limbs?.looping(loop, times: max(times, 0))
        let size = MotionTokenizer.framesPerToken
        longer.exact = exact?.looping(loop.lowerBound * size..<loop.upperBound * size, times: max(times, 0))
        longer.codes = codes.map { codes in
            Array(codes[..<loop.upperBound]) + Array(repeating: codes[loop], count: max(times, 0)).joined()
                + codes[loop.upperBound...]
        }
        longer.loop = nil
        return longer
    }
}
