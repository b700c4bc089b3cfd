import Geometry
import JSON
import Testing
import Wire

/// What controllers publish, put together from the formats' descriptions.
@Suite struct FeedbackDecoderTests {
    /// The G1's own order is that of its motors.
    private let positions = (0..<29).map { 0.01 * Double($0) - 0.1 }
    private let velocities = (0..<29).map { 0.5 - 0.02 * Double($0) }
    private let turn = [0.6, 0.0, 0.0, 0.8]

    private func list(_ numbers: [Double]) -> [UInt8] {
        [0xDC, UInt8(numbers.count >> 8), UInt8(numbers.count & 255)]
            + numbers.flatMap { number -> [UInt8] in
                [0xCB] + (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (56 - 8 * UInt64($0))) }
            }
    }

    private func sonic(_ fields: [(String, [Double])]) -> [UInt8] {
        Array("g1_debug".utf8) + [0x80 | UInt8(fields.count + 1)] + text("index") + [0x07]
            + fields.flatMap { text($0.0) + list($0.1) }
    }

    private func text(_ text: String) -> [UInt8] { [0xA0 | UInt8(text.utf8.count)] + Array(text.utf8) }

    private func lowState(_ numbers: [Double], count: UInt32 = 29, torques: UInt32 = 0) -> [UInt8] {
        let words = [count, 12, torques] + numbers.map { Float($0).bitPattern }
        return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
    }

    private func check(_ state: MeasuredState, tolerance: Double) {
        #expect(state.robot == "unitree_g1")
        let isSame = zip(state.jointPositions, positions).allSatisfy { abs($0 - $1) < tolerance }
        let isFast = zip(state.jointVelocities, velocities).allSatisfy { abs($0 - $1) < tolerance }
        #expect(isSame && isFast && state.jointPositions.count == 29)
        #expect((state.rootRotation?.dot(Quaternion(w: 0.6, x: 0, y: 0, z: 0.8)) ?? 0) > 1 - tolerance)
    }

    @Test func `SONIC's feedback`() throws {
        let decoder = try FeedbackDecoder(.sonic, profile: g1)
        let fields = [("body_dq", velocities), ("body_q", positions), ("base_quat", turn), ("last_action", positions)]
        check(try decoder.state(from: sonic(fields)), tolerance: 1e-12)
        #expect(throws: MeasuredStateError.missing("body_q")) { try decoder.state(from: sonic([("base_quat", turn)])) }
        #expect(throws: MeasuredStateError.self) {
            try decoder.state(from: sonic([("body_q", positions.dropLast() + [.nan])]))
        }
        #expect(throws: MeasuredStateError.count("joints", found: 28, expected: 29)) {
            try decoder.state(from: sonic([("body_q", Array(positions.dropLast()))]))
        }
        #expect(throws: MeasuredStateError.self) { try decoder.state(from: Array("robot_config".utf8) + [0x80]) }
        #expect(throws: MeasuredStateError.notUnit) {
            try decoder.state(from: sonic([("body_q", positions), ("base_quat", [0, 0, 0, 0])]))
        }
    }

    @Test func `sim2real's low state`() throws {
        let decoder = try FeedbackDecoder(.sim2real, profile: g1)
        let numbers = turn + [0.1, 0.2, 0.3] + positions + velocities
        check(try decoder.state(from: lowState(numbers)), tolerance: 1e-6)
        check(try decoder.state(from: lowState(numbers + positions, torques: 1)), tolerance: 1e-6)
        for broken in [
            [], lowState(numbers, torques: 1), lowState(numbers, count: 28), lowState(numbers, count: .max),
            lowState([.nan] + numbers.dropFirst()), lowState(numbers.dropLast() + [.infinity]),
            lowState(numbers.dropLast() + [1e30]),
        ] {
            #expect(throws: MeasuredStateError.self) { try decoder.state(from: broken) }
        }
    }

    @Test func `LeRobot's bridge`() throws {
        let decoder = try FeedbackDecoder(.lerobot, profile: g1)
        func message(_ count: Int, _ topic: String = "rt/lowstate") -> [UInt8] {
            let motors = (0..<count).map { index -> JSONValue in
                // The bridge always sends 35 motors.
                let isJoint = index < 29
                return [
                    "q": .number(isJoint ? positions[index] : 0), "dq": .number(isJoint ? velocities[index] : 0),
                    "tau_est": 0, "temperature": 40,
                ]
            }
            let message: JSONValue = [
                "topic": .string(topic),
                "data": [
                    "motor_state": .array(motors), "imu_state": ["quaternion": .array(turn.map { .number($0) })],
                    "mode_machine": 5,
                ],
            ]
            return Array(message.encoded)
        }
        check(try decoder.state(from: message(35)), tolerance: 1e-9)
        for broken in [message(20), message(35, "rt/lowcmd"), Array("{".utf8), Array("[1]".utf8)] {
            #expect(throws: MeasuredStateError.self) { try decoder.state(from: broken) }
        }
    }

    @Test func `bytes of any kind are refused or read, never more`() throws {
        var random = SplitMix64(seed: 5)
        let good = [
            sonic([("body_q", positions), ("base_quat", turn)]), lowState(turn + [0, 0, 0] + positions + velocities),
        ]
        for format in FeedbackDecoder.Format.allCases {
            let decoder = try FeedbackDecoder(format, profile: g1)
            for _ in 0..<3000 {
                var bytes = good[Int.random(in: 0..<2, using: &random)]
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                bytes.removeLast(Bool.random(using: &random) ? 0 : Int.random(in: 0..<bytes.count, using: &random))
                guard let state = try? decoder.state(from: bytes) else { continue }
                #expect(state.jointPositions.count == 29)
                let isFinite = state.jointPositions.allSatisfy { $0.isFinite }
                #expect(isFinite)
            }
        }
    }
}
