internal import Geometry
internal import JSON
public import Robots

/// Reads where a robot is out of what its controller publishes.
public struct FeedbackDecoder: Sendable {
    /// Whose messages are read.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// SONIC (GR00T-WholeBodyControl): topic `g1_debug`, then a msgpack map with `body_q`, `body_dq`, `base_quat`.
        case sonic
        /// sim2real (EGalahad): little-endian u32 count, tick, whether there are torques; f32 quaternion (w, x, y, z), three
        /// rates, positions, velocities, torques.
        case sim2real
        /// LeRobot's bridge on a Unitree G1: JSON `rt/lowstate` with `motor_state` and `imu_state`.
        case lerobot

        /// What all messages begin with.
        public var topic: String { self == .sonic ? "g1_debug" : "" }
    }

    /// Whose messages are read.
    public let format: Format
    private let robot: String
    private let order: [Int]

    /// A reader for a robot whose target `mujoco` gives the order of the motors, and leaves out none.
    ///
    /// - Throws: What the profile lacks.
    public init(_ format: Format, profile: RobotProfile) throws(SinkError) {
        self.format = format
        robot = profile.name
        order = try JointOrder("mujoco", of: profile, count: profile.jointNames.count).places
    }

    /// Reads a message.
    ///
    /// - Throws: ``MeasuredStateError`` when it is of another kind, a number is missing or not finite.
    public func state(from bytes: [UInt8]) throws(MeasuredStateError) -> MeasuredState {
        switch format {
        case .sonic:
            let topic = Array(format.topic.utf8)
            guard bytes.starts(with: topic) else {
                throw .topic(String(decoding: bytes.prefix(topic.count), as: UTF8.self))
            }
            let map: JSONValue
            do throws(MessagePackError) {
                map = try JSONValue(messagePack: Array(bytes.dropFirst(topic.count)))
            } catch {
                throw .format("after `g1_debug`: \(error.reason), at byte \(error.offset)")
            }
            return try state(
                try Self.numbers("body_q", map["body_q"]), try Self.numbers("body_dq", map["body_dq"], isNeeded: false),
                try Self.numbers("base_quat", map["base_quat"], isNeeded: false))
        case .sim2real: return try lowState(bytes)
        case .lerobot:
            let message: JSONValue
            do throws(JSONSyntaxError) {
                message = try JSONValue(parsing: bytes)
            } catch {
                throw .format("no JSON: \(error)")
            }
            guard message["topic"]?.string == "rt/lowstate" else {
                throw .topic(String((message["topic"]?.string ?? "").prefix(64)))
            }
            guard let motors = message["data"]?["motor_state"]?.array else { throw .missing("motor_state") }
            func all(_ name: String) -> JSONValue { .array(motors.map { $0[name] ?? .null }) }
            return try state(
                try Self.numbers("q", all("q")), try Self.numbers("dq", all("dq")),
                try Self.numbers("quaternion", message["data"]?["imu_state"]?["quaternion"], isNeeded: false))
        }
    }

    private func lowState(_ bytes: [UInt8]) throws(MeasuredStateError) -> MeasuredState {
        func word(_ index: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[4 * index + $1]) << (8 * UInt32($1)) }
        }
        guard bytes.count >= 40 else { throw .format("\(bytes.count) bytes; 40 come before the joints") }
        let (count, hasTorques) = (Int(word(0)), word(2) != 0)
        let expected = 40 + 4 * count * (hasTorques ? 3 : 2)
        guard count <= 1000, bytes.count == expected else {
            throw .format("\(bytes.count) bytes; \(count) joints make \(expected)")
        }
        func floats(_ start: Int, _ count: Int) -> [Double] {
            (start..<start + count).map { Double(Float(bitPattern: word($0))) }
        }
        return try state(floats(10, count), floats(10 + count, count), floats(3, 4))
    }

    /// The state in the robot's own order; motors beyond those of the order are left out.
    private func state(
        _ positions: [Double], _ velocities: [Double], _ rotation: [Double]
    ) throws(MeasuredStateError) -> MeasuredState {
        guard positions.count >= order.count else {
            throw .count("joints", found: positions.count, expected: order.count)
        }
        var state = MeasuredState(robot: robot, jointPositions: Array(repeating: 0, count: order.count))
        let hasVelocities = velocities.count >= order.count
        if hasVelocities { state.jointVelocities = state.jointPositions }
        for (motor, joint) in order.enumerated() {
            state.jointPositions[joint] = positions[motor]
            if hasVelocities { state.jointVelocities[joint] = velocities[motor] }
        }
        guard state.jointPositions.allSatisfy(MeasuredState.isPossible) else { throw .notFinite("joints") }
        guard state.jointVelocities.allSatisfy(MeasuredState.isPossible) else { throw .notFinite("joint velocities") }
        if !rotation.isEmpty {
            guard rotation.count == 4 else { throw .count("quaternion", found: rotation.count, expected: 4) }
            let turn = Quaternion(w: rotation[0], x: rotation[1], y: rotation[2], z: rotation[3])
            guard turn.isFinite else { throw .notFinite("quaternion") }
            guard abs(turn.length - 1) < 0.05 else { throw .notUnit }
            state.rootRotation = turn.normalized
        }
        return state
    }

    private static func numbers(
        _ name: String, _ value: JSONValue?, isNeeded: Bool = true
    ) throws(MeasuredStateError) -> [Double] {
        guard let value else {
            if isNeeded { throw .missing(name) }
            return []
        }
        guard let elements = value.array else { throw .type(name) }
        var numbers: [Double] = []
        for element in elements {
            guard let number = element.number else { throw .type(name) }
            numbers.append(number)
        }
        return numbers
    }
}
