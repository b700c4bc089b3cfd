import Geometry
import Timeline
import Wire

/// SONIC's receiver, after its own rules: a window of frames merged from messages, and a cursor that plays them.
///
/// Frames are known by their bytes: orientation, positions and velocities as they came.
struct SonicReceiver {
    /// One frame as it came.
    struct Pose: Hashable {
        var index: Int64
        var rotation: ArraySlice<Float>
        var positions: ArraySlice<Float>
        var velocities: ArraySlice<Float>
    }

    let lookAhead: Int
    private var window: [Pose] = []
    private var cursor = 0
    /// Times that the window was thrown away and the heading matched anew.
    private(set) var resets = 0
    /// Control steps in which the motion stood still as too little of it was known.
    private(set) var underruns = 0
    /// What was played, step by step.
    private(set) var played: [Pose] = []
    private var isPlaying = false

    private static let history = 5
    private static let maximumGap = 205

    init(lookAhead: Int = SonicEncoder.defaultLookAhead) { self.lookAhead = lookAhead }

    /// Takes a message in.
    mutating func receive(_ bytes: [UInt8]) throws {
        let message = try StreamMessage(decoding: bytes)
        guard message.topic == "pose", case .integer(let indices)? = message["frame_index"]?.elements,
            case .float(let rotations)? = message["body_quat"]?.elements,
            case .float(let positions)? = message["joint_pos"]?.elements,
            case .float(let velocities)? = message["joint_vel"]?.elements,
            case .byte(let catchUp)? = message["catch_up"]?.elements, let first = indices.first, let last = indices.last
        else { throw StreamMessageError.invalidHeader(reason: "not a pose") }
        let poses = indices.indices.map {
            Pose(
                index: indices[$0], rotation: rotations[4 * $0..<4 * $0 + 4],
                positions: positions[29 * $0..<29 * $0 + 29], velocities: velocities[29 * $0..<29 * $0 + 29])
        }
        let step = indices.count > 1 ? max(abs(indices[1] - indices[0]), 1) : 1
        guard let start = window.first?.index, let end = window.last?.index else { return begin(poses) }
        if first <= start || last <= end || first > end + step { return begin(poses) }
        let wanted = min(start + step * Int64(max(cursor - Self.history, 0)), first)
        if catchUp[0] != 0, (first - wanted) / step > Self.maximumGap { return begin(poses) }
        cursor -= Int((wanted - start) / step)
        window = window.filter { $0.index >= wanted && $0.index < first } + poses
    }

    private mutating func begin(_ poses: [Pose]) {
        window = poses
        cursor = 0
        resets += 1
    }

    /// One control step, every 20 ms.
    mutating func step() {
        guard !window.isEmpty else { return }
        played.append(window[min(cursor, window.count - 1)])
        if cursor < window.count - lookAhead {
            cursor += 1
        } else {
            underruns += 1
        }
    }
}
