public import Geometry
public import Robots
public import Tensors

/// A trajectory of robot motion at a constant frame rate, with velocities: what file formats are written from.
public struct ReferenceClip: Sendable {
    /// One frame.
    public struct Frame: Hashable, Sendable {
        /// Where the robot is.
        public var configuration: RobotConfiguration
        /// Velocity of the root's origin in the world, m/s.
        public var rootLinearVelocity = Vector3.zero
        /// Angular velocity of the root in the world's axes, rad/s.
        public var rootAngularVelocity = Vector3.zero
        /// Velocity of every joint, rad/s.
        public var jointVelocities: [Double]
    }

    /// The robot.
    public let profile: RobotProfile
    /// Frames per second.
    public let rate: Double
    /// The frames in order; at least one.
    public let frames: [Frame]

    /// Motion at another rate: through every given configuration, with the derivatives of the curve.
    ///
    /// - Parameters:
    ///   - configurations: The motion, in the robot's joint order.
    ///   - waypointRate: Its frames per second.
    ///   - rate: Frames per second of the clip.
    ///   - profile: The robot.
    /// - Throws: When there is no frame, one does not fit the robot or is not finite, or a rate is out of range.
    public init(
        _ configurations: [RobotConfiguration], at waypointRate: Double, resampledTo rate: Double, profile: RobotProfile
    ) throws(ClipError) {
        let joints = profile.jointNames.count
        guard !configurations.isEmpty else { throw .empty }
        guard waypointRate > 0, rate > 0, waypointRate <= 1000, rate <= 1000 else {
            throw .rate(min(waypointRate, rate))
        }
        for (index, configuration) in configurations.enumerated() {
            guard configuration.jointPositions.count == joints else {
                throw .jointCount(frame: index, found: configuration.jointPositions.count, expected: joints)
            }
            guard configuration.isFinite, configuration.rootRotation.length > 1e-6 else {
                throw .notFinite(frame: index)
            }
        }
        let rotations = configurations.map(\.rootRotation.normalized)
        let axes: [[Double]] =
            [
                configurations.map(\.rootPosition.x), configurations.map(\.rootPosition.y),
                configurations.map(\.rootPosition.z),
            ] + (0..<joints).map { joint in configurations.map { $0.jointPositions[joint] } }
        // A hundredth of a frame, so that rounding costs no frame at the end.
        let count = Int((Double(configurations.count - 1) / waypointRate * rate + 0.01).rounded(.down)) + 1
        self.profile = profile
        self.rate = rate
        var previous = rotations[0]
        frames = (0..<count).map { index in
            let place = Double(index) / rate * waypointRate
            let points = axes.map { LocalSpline.sample($0, at: place) }
            let turn = RotationSpline.sample(rotations, at: place)
            let rotation = turn.rotation.aligned(with: previous)
            previous = rotation
            return Frame(
                configuration: RobotConfiguration(
                    rootPosition: Vector3(points[0].value, points[1].value, points[2].value), rootRotation: rotation,
                    jointPositions: points[3...].map(\.value)),
                rootLinearVelocity: Vector3(points[0].velocity, points[1].velocity, points[2].velocity) * waypointRate,
                rootAngularVelocity: rotation.act(turn.bodyAngularVelocity) * waypointRate,
                jointVelocities: points[3...].map { $0.velocity * waypointRate })
        }
    }

    /// Motion from the arrays that `kmmctl retarget` writes: `fps`, `joint_names`, `root_pos`, `root_quat` (w, x, y, z),
    /// `joint_pos`.
    ///
    /// - Parameters:
    ///   - arrays: The arrays.
    ///   - rate: Frames per second of the clip; nil keeps that of the arrays.
    ///   - profile: The robot; its joints are found by name.
    /// - Throws: What is missing or does not fit.
    public init(_ arrays: NPZ, rate: Double?, profile: RobotProfile) throws(ClipError) {
        let fps: [Double]
        let nameArray: NPYArray
        let places: [Double]
        do throws(TensorFileError) {
            fps = try arrays.doubles("fps")
            nameArray = try arrays.array("joint_names", shape: [nil])
            places = try arrays.doubles("root_pos", shape: [nil, 3])
        } catch {
            throw .file(error)
        }
        guard let waypointRate = fps.first else { throw .rate(0) }
        guard case .strings(let names) = nameArray.storage else { throw .jointNames }
        let turns: [Double]
        let joints: [Double]
        do throws(TensorFileError) {
            turns = try arrays.doubles("root_quat", shape: [places.count / 3, 4])
            joints = try arrays.doubles("joint_pos", shape: [places.count / 3, names.count])
        } catch {
            throw .file(error)
        }
        var order: [Int] = []
        for joint in profile.jointNames {
            guard let index = names.firstIndex(of: joint) else { throw .missingJoint(joint) }
            order.append(index)
        }
        let configurations = (0..<places.count / 3).map { frame in
            RobotConfiguration(
                rootPosition: Vector3(places[3 * frame], places[3 * frame + 1], places[3 * frame + 2]),
                rootRotation: Quaternion(
                    w: turns[4 * frame], x: turns[4 * frame + 1], y: turns[4 * frame + 2], z: turns[4 * frame + 3]),
                jointPositions: order.map { joints[frame * names.count + $0] })
        }
        try self.init(configurations, at: waypointRate, resampledTo: rate ?? waypointRate, profile: profile)
    }
}

/// Why motion cannot be written to a file.
public enum ClipError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no frame.
    case empty
    /// A frame has another number of joints than the robot.
    case jointCount(frame: Int, found: Int, expected: Int)
    /// A frame holds a number that is infinite or not a number, or a rotation of no length.
    case notFinite(frame: Int)
    /// A frame rate that cannot be.
    case rate(Double)
    /// `joint_names` is no list of texts.
    case jointNames
    /// A joint of the robot is not among the names.
    case missingJoint(String)
    /// An array is missing or has another shape.
    case file(TensorFileError)
    /// The robot lacks what the format needs.
    case format(SinkError)

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .empty: "the motion has no frame"
        case .jointCount(let frame, let found, let expected):
            "frame \(frame) has \(found) joints, the robot has \(expected)"
        case .notFinite(let frame): "frame \(frame) holds a number that is not finite, or a rotation of no length"
        case .rate(let rate): "\(rate) frames per second is out of range; allowed: above 0, to 1000"
        case .jointNames: "`joint_names` has to be a list of texts"
        case .missingJoint(let name): "`joint_names` lacks the robot's joint \"\(name)\""
        case .file(let error): "\(error)"
        case .format(let error): "\(error)"
        }
    }
}
