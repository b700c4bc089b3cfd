public import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A small change of the way that a motion takes: longer or shorter steps, more or less turning.
///
/// It is spread over the motion in proportion to how much the body goes and turns there, so that a body that stands still
/// stands still afterwards, and a foot on the floor is hardly turned.
public struct PathCorrection: Hashable, Sendable {
    /// Factor of every step along the floor.
    public var scale = 1.0
    /// Factor of every change of heading.
    public var turnScale = 1.0
    /// Additional turn over the whole way, radians, spread along its length.
    public var drift = 0.0

    /// No change.
    public init() {}

    /// The transforms that bring the frames, which follow `previous`, onto the corrected way: one for each.
    public func transforms(of frames: [HumanFrame], after previous: FloorPose) -> [FloorTransform] {
        var poses: [FloorPose] = []
        poses.reserveCapacity(frames.count)
        for frame in frames { poses.append(FloorPose(frame, after: poses.last ?? previous)) }
        var meter = PathMeter(start: previous)
        for pose in poses { meter.add(pose) }
        let length = max(meter.length, 1e-9)

        var way = PathMeter(start: previous)
        var place = (x: previous.x, y: previous.y)
        var before = previous
        return poses.map { pose in
            // The turn of the middle of the step is that of the step.
            let turnBefore = extra(way, of: length)
            way.add(pose)
            let turn = extra(way, of: length)
            let middle = (turnBefore + turn) / 2
            let (c, s) = (cos(middle) * scale, sin(middle) * scale)
            let (dx, dy) = (pose.x - before.x, pose.y - before.y)
            place = (place.x + c * dx - s * dy, place.y + s * dx + c * dy)
            before = pose
            return FloorTransform(from: pose, to: FloorPose(x: place.x, y: place.y, heading: pose.heading + turn))
        }
    }

    private func extra(_ way: PathMeter, of length: Double) -> Double {
        (turnScale - 1) * way.turn + drift * way.length / length
    }
}
