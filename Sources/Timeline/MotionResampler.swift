public import Geometry
import Robots

/// Turns retargeted motion at the human frame rate into chunks at the stream rate.
///
/// A value: a copy kept beside a generator's snapshot goes back with it, and the chunks made from there carry the same
/// numbers, so that the timeline knows which frame continues which. Curves are local (`LocalSpline`), so frames
/// leave two waypoints behind the last one given; ``finish()`` gives out the rest.
public struct MotionResampler: Sendable {
    private struct Waypoint: Sendable {
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
    public let trajectory: UInt64
    /// Number of joints of the robot.
    public let jointCount: Int
    /// Number of contact values of every waypoint.
    public let contactCount: Int
    private let grid: SampleGrid
    private let facing: Quaternion
    private var waypoints: [Waypoint] = []
    private var firstWaypoint = 0
    private var nextSample = 0
    private var isFinished = false

    /// Starts a trajectory of motion of a robot whose root body looks as its profile's `facing` says.
    public init(
        trajectory: UInt64, jointCount: Int, contactCount: Int, streamRate: Int, waypointRate: Int = 30,
        facing: Quaternion = .identity
    ) {
        precondition(trajectory != 0, "stretch 0 is the timeline's own")
        self.trajectory = trajectory
        self.jointCount = jointCount
        self.contactCount = contactCount
        self.facing = facing
        grid = SampleGrid(waypointRate: waypointRate, sampleRate: streamRate)
    }

    /// Number of waypoints taken in so far.
    public var waypointCount: Int { firstWaypoint + waypoints.count }

    /// Takes in the next waypoints and gives out the frames that they complete.
    ///
    /// - Parameters:
    ///   - newWaypoints: The next frames of motion.
    ///   - tag: What they belong to.
    ///   - endsSegment: Whether the last of them is the last of its segment.
    ///   - endsCommand: Whether the last of them is the last of its command.
    /// - Returns: The next frames of the trajectory; empty while the curve is not yet known.
    /// - Throws: ``MotionError`` when a waypoint does not fit; then nothing was taken in.
    public mutating func append(
        _ newWaypoints: [MotionWaypoint], tag: MotionTag, endsSegment: Bool = false, endsCommand: Bool = false
    ) throws(MotionError) -> MotionChunk {
        for (index, waypoint) in newWaypoints.enumerated() {
            let joints = waypoint.configuration.jointPositions.count
            guard joints == jointCount else {
                throw .jointCount(waypoint: waypointCount + index, found: joints, expected: jointCount)
            }
            guard waypoint.contacts.count == contactCount else {
                throw .contactCount(
                    waypoint: waypointCount + index, found: waypoint.contacts.count, expected: contactCount)
            }
            guard isUsable(waypoint) else { throw .notFinite(waypoint: waypointCount + index) }
        }
        for waypoint in newWaypoints {
            var configuration = waypoint.configuration
            configuration.rootRotation = configuration.rootRotation.normalized
            let yaw = waypoints.last?.coordinates[RootCoordinates.yaw] ?? 0
            waypoints.append(
                Waypoint(
                    coordinates: configuration.coordinates(yawNear: yaw, facing: facing), contacts: waypoint.contacts,
                    isBalanced: waypoint.isBalanced, tag: tag))
        }
        if !newWaypoints.isEmpty {
            waypoints[waypoints.count - 1].endsSegment = endsSegment || endsCommand
            waypoints[waypoints.count - 1].endsCommand = endsCommand
            if isFinished {
                // The last frame given out gets its true derivatives: it is where this chunk crosses over.
                isFinished = false
                nextSample = max(nextSample - 1, 0)
            }
        }
        return emit(isLast: false)
    }

    /// Whether a robot may be there: files say anything, and what is farther makes times that no whole number holds.
    private func isUsable(_ waypoint: MotionWaypoint) -> Bool {
        let configuration = waypoint.configuration
        return configuration.isFinite && configuration.rootRotation.length > 1e-6
            && configuration.rootPosition.length < Self.farthest
            && configuration.jointPositions.allSatisfy { abs($0) < Self.farthest }
            && waypoint.contacts.allSatisfy(\.isFinite)
    }

    /// Farthest place from the origin, m, and widest position of a joint, rad or m: a hundred kilometres.
    private static let farthest = 1e5

    /// Gives out the frames up to the last waypoint. More waypoints may follow; their chunk then overlaps by one frame.
    public mutating func finish() -> MotionChunk {
        isFinished = true
        return emit(isLast: true)
    }

    private mutating func emit(isLast: Bool) -> MotionChunk {
        let dimension = RootCoordinates.count + jointCount
        var chunk = MotionChunk(
            trajectory: trajectory, firstSample: nextSample, streamRate: grid.sampleRate, dimension: dimension,
            contactCount: contactCount)
        let lastWaypoint = waypointCount - 1
        let rate = Double(grid.waypointRate) / Double(grid.sampleRate)
        while true {
            let (waypoint, fraction) = grid.interval(ofSample: nextSample)
            let isComplete =
                isLast
                ? waypoint < lastWaypoint || (waypoint == lastWaypoint && fraction == 0) : waypoint + 2 <= lastWaypoint
            guard isComplete else { break }
            let here = waypoint - firstWaypoint
            let next = min(here + 1, waypoints.count - 1)
            let start = chunk.points.count
            chunk.points.append(contentsOf: repeatElement(0, count: 3 * dimension))
            for coordinate in 0..<dimension {
                let a = LocalSpline.atWaypoint(here, count: waypoints.count) { waypoints[$0].coordinates[coordinate] }
                let b = LocalSpline.atWaypoint(next, count: waypoints.count) { waypoints[$0].coordinates[coordinate] }
                let point = (fraction == 0 ? a : QuinticHermite(from: a, to: b)(fraction)).scaled(by: rate)
                chunk.points[start + coordinate] = point.value
                chunk.points[start + dimension + coordinate] = point.velocity
                chunk.points[start + 2 * dimension + coordinate] = point.acceleration
            }
            for contact in 0..<contactCount {
                let (a, b) = (waypoints[here].contacts[contact], waypoints[next].contacts[contact])
                chunk.contacts.append(min(max(a + (b - a) * Float(fraction), 0), 1))
            }
            // Behind an end that was given out begins what follows it.
            let owner = waypoints[here].isSpent && fraction > 0 ? next : here
            let endsWaypoint = !waypoints[here].isSpent && grid.interval(ofSample: nextSample + 1).waypoint > waypoint
            chunk.labels.append(
                MotionChunk.Label(
                    tag: waypoints[owner].tag, trajectory: trajectory, sample: nextSample,
                    waypoint: Double(waypoint) + fraction,
                    endsSegment: waypoints[here].endsSegment && endsWaypoint,
                    endsCommand: waypoints[here].endsCommand && endsWaypoint,
                    isBalanced: waypoints[here].isBalanced && (fraction == 0 || waypoints[next].isBalanced)))
            nextSample += 1
        }
        if isLast, let last = waypoints.last, !chunk.isEmpty {
            chunk.labels[chunk.count - 1].endsSegment = last.endsSegment
            chunk.labels[chunk.count - 1].endsCommand = last.endsCommand
            waypoints[waypoints.count - 1].isSpent = true
        }
        let unneeded = min(
            grid.interval(ofSample: max(nextSample - 1, 0)).waypoint - 1 - firstWaypoint, waypoints.count - 3)
        if unneeded > 0 {
            waypoints.removeFirst(unneeded)
            firstWaypoint += unneeded
        }
        return chunk
    }
}

/// Why motion can't be put on a timeline.
public enum MotionError: Error, Hashable, Sendable {
    /// A waypoint has another number of joints than the robot.
    case jointCount(waypoint: Int, found: Int, expected: Int)
    /// A waypoint has another number of contacts than the stream.
    case contactCount(waypoint: Int, found: Int, expected: Int)
    /// A waypoint holds a number that is infinite, not a number or beyond all places, or a rotation of no length.
    case notFinite(waypoint: Int)
}
