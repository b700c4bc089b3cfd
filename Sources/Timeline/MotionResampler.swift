public import Geometry
import Robots

/// Turns retargeted motion at the human frame rate into chunks at the stream rate.
///
/// A value: a copy kept beside a generator's snapshot goes back with it, and the chunks made from there carry the same
/// numbers, so that the timeline knows which frame continues which. Curves are local (`LocalSpline`), so frames
/// leave two knots behind the last one given; ``finish()`` gives out the rest.
public struct MotionResampler: Sendable {
    private struct Knot: Sendable {
        var coordinates: [Double]
        var contacts: [Float]
        var isBalanced: Bool
        var tag: MotionTag
        var endsSegment = false
        var endsCommand = false
        /// Whether its frame was given out as the last for the time being.
        var isSpent = false
    }

    /// Identity of the endless motion that is being resampled, not 0; chosen by the caller, unique for a robot.
    public let stretch: UInt64
    /// Number of joints of the robot.
    public let jointCount: Int
    /// Number of contact values of every knot.
    public let contactCount: Int
    private let grid: SampleGrid
    private let facing: Quaternion
    private var knots: [Knot] = []
    private var firstKnot = 0
    private var nextSample = 0
    private var isFinished = false

    /// Starts a stretch of motion of a robot whose root body looks as its profile's `facing` says.
    public init(
        stretch: UInt64, jointCount: Int, contactCount: Int, streamRate: Int, knotRate: Int = 30,
        facing: Quaternion = .identity
    ) {
        precondition(stretch != 0, "stretch 0 is the timeline's own")
        self.stretch = stretch
        self.jointCount = jointCount
        self.contactCount = contactCount
        self.facing = facing
        grid = SampleGrid(knotRate: knotRate, sampleRate: streamRate)
    }

    /// Number of knots taken in so far.
    public var knotCount: Int { firstKnot + knots.count }

    /// Takes in the next knots and gives out the frames that they complete.
    ///
    /// - Parameters:
    ///   - newKnots: The next frames of motion.
    ///   - tag: What they belong to.
    ///   - endsSegment: Whether the last of them is the last of its segment.
    ///   - endsCommand: Whether the last of them is the last of its command.
    /// - Returns: The next frames of the stretch; empty while the curve is not yet known.
    /// - Throws: ``MotionError`` when a knot does not fit; then nothing was taken in.
    public mutating func append(
        _ newKnots: [MotionKnot], tag: MotionTag, endsSegment: Bool = false, endsCommand: Bool = false
    ) throws(MotionError) -> MotionChunk {
        for (index, knot) in newKnots.enumerated() {
            let joints = knot.configuration.jointPositions.count
            guard joints == jointCount else {
                throw .jointCount(knot: knotCount + index, found: joints, expected: jointCount)
            }
            guard knot.contacts.count == contactCount else {
                throw .contactCount(knot: knotCount + index, found: knot.contacts.count, expected: contactCount)
            }
            guard knot.configuration.isFinite, knot.configuration.rootRotation.length > 1e-6,
                knot.contacts.allSatisfy(\.isFinite)
            else { throw .notFinite(knot: knotCount + index) }
        }
        for knot in newKnots {
            var configuration = knot.configuration
            configuration.rootRotation = configuration.rootRotation.normalized
            let yaw = knots.last?.coordinates[RootCoordinates.yaw] ?? 0
            knots.append(
                Knot(
                    coordinates: configuration.coordinates(yawNear: yaw, facing: facing), contacts: knot.contacts,
                    isBalanced: knot.isBalanced, tag: tag))
        }
        if !newKnots.isEmpty {
            knots[knots.count - 1].endsSegment = endsSegment || endsCommand
            knots[knots.count - 1].endsCommand = endsCommand
            if isFinished {
                // The last frame given out gets its true derivatives: it is where this chunk crosses over.
                isFinished = false
                nextSample = max(nextSample - 1, 0)
            }
        }
        return emit(isLast: false)
    }

    /// Gives out the frames up to the last knot. More knots may follow; their chunk then overlaps by one frame.
    public mutating func finish() -> MotionChunk {
        isFinished = true
        return emit(isLast: true)
    }

    private mutating func emit(isLast: Bool) -> MotionChunk {
        let dimension = RootCoordinates.count + jointCount
        var chunk = MotionChunk(
            stretch: stretch, firstSample: nextSample, streamRate: grid.sampleRate, dimension: dimension,
            contactCount: contactCount)
        let lastKnot = knotCount - 1
        let rate = Double(grid.knotRate) / Double(grid.sampleRate)
        while true {
            let (knot, fraction) = grid.interval(ofSample: nextSample)
            let isComplete = isLast ? knot < lastKnot || (knot == lastKnot && fraction == 0) : knot + 2 <= lastKnot
            guard isComplete else { break }
            let here = knot - firstKnot
            let next = min(here + 1, knots.count - 1)
            let start = chunk.points.count
            chunk.points.append(contentsOf: repeatElement(0, count: 3 * dimension))
            for coordinate in 0..<dimension {
                let a = LocalSpline.atKnot(here, count: knots.count) { knots[$0].coordinates[coordinate] }
                let b = LocalSpline.atKnot(next, count: knots.count) { knots[$0].coordinates[coordinate] }
                let point = (fraction == 0 ? a : QuinticHermite(from: a, to: b)(fraction)).scaled(by: rate)
                chunk.points[start + coordinate] = point.value
                chunk.points[start + dimension + coordinate] = point.velocity
                chunk.points[start + 2 * dimension + coordinate] = point.acceleration
            }
            for contact in 0..<contactCount {
                let (a, b) = (knots[here].contacts[contact], knots[next].contacts[contact])
                chunk.contacts.append(min(max(a + (b - a) * Float(fraction), 0), 1))
            }
            // Behind an end that was given out begins what follows it.
            let owner = knots[here].isSpent && fraction > 0 ? next : here
            let endsKnot = !knots[here].isSpent && grid.interval(ofSample: nextSample + 1).knot > knot
            chunk.labels.append(
                MotionChunk.Label(
                    tag: knots[owner].tag, stretch: stretch, sample: nextSample, knot: Double(knot) + fraction,
                    endsSegment: knots[here].endsSegment && endsKnot,
                    endsCommand: knots[here].endsCommand && endsKnot,
                    isBalanced: knots[here].isBalanced && (fraction == 0 || knots[next].isBalanced)))
            nextSample += 1
        }
        if isLast, let last = knots.last, !chunk.isEmpty {
            chunk.labels[chunk.count - 1].endsSegment = last.endsSegment
            chunk.labels[chunk.count - 1].endsCommand = last.endsCommand
            knots[knots.count - 1].isSpent = true
        }
        let unneeded = min(grid.interval(ofSample: max(nextSample - 1, 0)).knot - 1 - firstKnot, knots.count - 3)
        if unneeded > 0 {
            knots.removeFirst(unneeded)
            firstKnot += unneeded
        }
        return chunk
    }
}

/// Why motion can't be put on a timeline.
public enum MotionError: Error, Hashable, Sendable {
    /// A knot has another number of joints than the robot.
    case jointCount(knot: Int, found: Int, expected: Int)
    /// A knot has another number of contacts than the stream.
    case contactCount(knot: Int, found: Int, expected: Int)
    /// A knot holds a number that is infinite or not a number, or a rotation of no length.
    case notFinite(knot: Int)
}
