import Geometry
public import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where a body is on the floor and where it faces; x ahead, y to the left, as in the robots' world.
public struct FloorPose: Hashable, Sendable {
    /// Place, metres.
    public var x: Double
    /// Place, metres.
    public var y: Double
    /// Direction it faces, radians, counterclockwise seen from above; 0 is x ahead.
    public var heading: Double

    /// The origin, facing x.
    public static let origin = FloorPose(x: 0, y: 0, heading: 0)

    /// Creates a pose.
    public init(x: Double, y: Double, heading: Double) {
        self.x = x
        self.y = y
        self.heading = heading
    }

    /// The pose of a human frame; the heading of `previous` where the body lies or stands on its head.
    public init(_ frame: HumanFrame, after previous: FloorPose = .origin) {
        self.init(x: frame.pelvis.z, y: frame.pelvis.x, heading: frame.heading ?? previous.heading)
    }
}

/// A turn about the vertical and a shift along the floor, which leave a motion what it is.
public struct FloorTransform: Hashable, Sendable {
    /// Turn, radians, applied first.
    public var turn = 0.0
    /// Shift, metres.
    public var x = 0.0
    /// Shift, metres.
    public var y = 0.0

    /// No change.
    public static let identity = FloorTransform()

    /// Creates a transform.
    public init(turn: Double = 0, x: Double = 0, y: Double = 0) {
        self.turn = turn
        self.x = x
        self.y = y
    }

    /// The transform that takes one pose to another.
    public init(from: FloorPose, to: FloorPose) {
        turn = to.heading - from.heading
        let (c, s) = (cos(turn), sin(turn))
        x = to.x - (c * from.x - s * from.y)
        y = to.y - (s * from.x + c * from.y)
    }

    /// The pose after the transform.
    public func act(_ pose: FloorPose) -> FloorPose {
        let (c, s) = (cos(turn), sin(turn))
        return FloorPose(
            x: c * pose.x - s * pose.y + x, y: s * pose.x + c * pose.y + y, heading: pose.heading + turn)
    }

    /// First `other`, then this one.
    public func after(_ other: FloorTransform) -> FloorTransform {
        let moved = act(FloorPose(x: other.x, y: other.y, heading: other.turn))
        return FloorTransform(turn: moved.heading, x: moved.x, y: moved.y)
    }

    /// The frame after the transform; the same frame for the identity.
    public func act(_ frame: HumanFrame) -> HumanFrame {
        guard self != .identity else { return frame }
        let place = act(FloorPose(x: frame.pelvis.z, y: frame.pelvis.x, heading: 0))
        var moved = frame
        moved.pelvis = Vector3(place.y, frame.pelvis.y, place.x)
        moved.rotations[.pelvis] =
            (Quaternion(angle: turn, axis: Vector3(0, 1, 0)) * frame.rotations[.pelvis]).aligned(
                with: frame.rotations[.pelvis])
        return moved
    }
}

/// How far a body has come since it started: along the way, as the crow flies, and around.
public struct PathMeter: Hashable, Sendable {
    /// Where it started.
    public let start: FloorPose
    /// Where it is.
    public private(set) var end: FloorPose
    /// Length of the way, metres.
    public private(set) var length = 0.0
    /// Turned by, radians, counterclockwise; not wrapped.
    public private(set) var turn = 0.0

    /// A body that starts.
    public init(start: FloorPose) {
        self.start = start
        end = start
    }

    /// Takes in the next pose.
    public mutating func add(_ pose: FloorPose) {
        length += hypot(pose.x - end.x, pose.y - end.y)
        turn += remainder(pose.heading - end.heading, 2 * .pi)
        end = pose
    }

    /// What came after an earlier reading of the same meter.
    public func since(_ earlier: PathMeter) -> PathMeter {
        var rest = PathMeter(start: earlier.end)
        (rest.end, rest.length, rest.turn) = (end, length - earlier.length, turn - earlier.turn)
        return rest
    }

    /// From start to end, metres: ahead and to the left of how the body faced at the start.
    public var displacement: (ahead: Double, left: Double) {
        let (c, s) = (cos(start.heading), sin(start.heading))
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        return (c * dx + s * dy, c * dy - s * dx)
    }
}
