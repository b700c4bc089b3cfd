import Geometry
public import HumanBody

/// A clip as rows of 276 numbers: the 272-D representation and four foot contacts.
///
/// Layout of a row, after L. Xiao et al., "MotionStreamer", ICCV 2025 (272-D, y up, rotations as the first two rows of
/// the matrix). The heading frame of a time t has its z axis along the pelvis' facing direction on the floor.
///
/// | range | content |
/// | --- | --- |
/// | `rootVelocity` | pelvis step x, z in the heading frame of the frame before, metres per frame; 0 at first |
/// | `headingStep` | 6 numbers of `Y(h_t − h_{t−1})`, h minus the heading angle; identity at first |
/// | `positions` | 22 joints in the heading frame, pelvis x, z removed, floor at 0, metres |
/// | `velocities` | difference of `positions` to the frame before; 0 at first |
/// | `rotations` | 22 × 6 numbers: pelvis with the heading removed, the others in their parents |
/// | `contacts` | left ankle, left toe, right ankle, right toe, each in [0, 1] |
public struct MotionFeatures: Sendable {
    /// Numbers per frame.
    public static let width = 276
    /// Pelvis step on the floor.
    public static let rootVelocity = 0..<2
    /// Turn of the heading.
    public static let headingStep = 2..<8
    /// Joint positions.
    public static let positions = 8..<74
    /// Differences of joint positions.
    public static let velocities = 74..<140
    /// Joint rotations.
    public static let rotations = 140..<272
    /// Foot contacts.
    public static let contacts = 272..<276
    /// Position of one joint.
    public static func position(of joint: HumanJoint) -> Range<Int> { columns(positions, 3, joint) }
    /// Rotation of one joint.
    public static func rotation(of joint: HumanJoint) -> Range<Int> { columns(rotations, 6, joint) }

    private static func columns(_ group: Range<Int>, _ width: Int, _ joint: HumanJoint) -> Range<Int> {
        let start = group.lowerBound + width * joint.rawValue
        return start..<start + width
    }

    /// All ranges in order: the groups that share one scale when normalising.
    public static let groups = [rootVelocity, headingStep, positions, velocities, rotations, contacts]

    /// Frames per second.
    public var frameRate: Double
    /// Row-major `[frameCount, width]`.
    public private(set) var values: [Float]
    /// Number of rows.
    public var frameCount: Int { values.count / Self.width }

    /// Wraps finished rows, row-major `[frames, width]`.
    public init(frameRate: Double, values: [Float]) {
        precondition(values.count.isMultiple(of: Self.width), "rows of 276 numbers")
        self.frameRate = frameRate
        self.values = values
    }

    /// The features of a clip; its place on the floor and first heading are lost.
    ///
    /// While the pelvis' forward axis is near the vertical (lying) the heading is held (`HeadingFollower`) where the
    /// published representation jumps. Steps are taken from where the
    /// rows so far lead, so rounding to `Float` does not add up over a long clip.
    public init(_ clip: HumanClip) {
        let clip = clip.placedAtOrigin()
        frameRate = clip.frameRate
        values = []
        values.reserveCapacity(clip.frames.count * Self.width)
        var follower = HeadingFollower(heading: 0)
        var integrator = MotionIntegrator()
        var positionsBefore: [Vector3]?
        for frame in clip.frames {
            let heading = follower.follow(frame)
            let root = Self.turn(-integrator.heading)
                .act(Vector3(frame.pelvis.x - integrator.x, 0, frame.pelvis.z - integrator.z))
            append(root.x)
            append(root.z)
            append(Self.turn(integrator.heading - heading))

            let unturn = Self.turn(-heading)
            let floor = Vector3(frame.pelvis.x, 0, frame.pelvis.z)
            let positions = SMPLSkeleton.forwardKinematics(frame).map { unturn.act($0.translation - floor) }
            for position in positions { append(position) }
            for (joint, position) in positions.enumerated() {
                append(position - (positionsBefore?[joint] ?? position))
            }
            positionsBefore = positions

            append(unturn * frame.rotations[.pelvis])
            for rotation in frame.rotations.dropFirst() { append(rotation) }
            for contact in frame.contacts.values { append(contact) }
            values.withUnsafeBufferPointer { all in
                integrator.advance(by: UnsafeBufferPointer(rebasing: all.suffix(Self.width)))
            }
        }
    }

    /// The clip of the rows, starting over the origin and facing +z.
    public func clip(text: String = "") -> HumanClip {
        var integrator = MotionIntegrator()
        let frames = values.withUnsafeBufferPointer { all in
            (0..<frameCount).map { index in
                integrator.frame(
                    from: UnsafeBufferPointer(rebasing: all[index * Self.width..<(index + 1) * Self.width]))
            }
        }
        return HumanClip(frameRate: frameRate, frames: frames, text: text)
    }

    /// One row.
    public func row(_ frame: Int) -> ArraySlice<Float> { values[frame * Self.width..<(frame + 1) * Self.width] }

    /// Writes into `next` the row that follows when the pose of `row` is held: no step, no turn, nothing moves.
    public static func hold(_ row: UnsafePointer<Float>, in next: UnsafeMutablePointer<Float>) {
        next.update(from: row, count: width)
        for column in rootVelocity { next[column] = 0 }
        for (column, value) in zip(headingStep, [1, 0, 0, 0, 1, 0] as [Float]) { next[column] = value }
        for column in velocities { next[column] = 0 }
    }

    private static func turn(_ angle: Double) -> Quaternion { Quaternion(angle: angle, axis: Vector3(0, 1, 0)) }

    private mutating func append(_ value: Double) { values.append(Float(value)) }
    private mutating func append(_ vector: Vector3) {
        append(vector.x)
        append(vector.y)
        append(vector.z)
    }
    private mutating func append(_ rotation: Quaternion) {
        let six = Rotation6D(Matrix3(rotation))
        append(six.first)
        append(six.second)
    }
}
