import Foundation
import Geometry
import JSON
import Wire

/// HoloMotion's receiver, after its own rules: only the newest message counts, every 20 ms one new frame is shifted into a
/// queue, and what is older than 0.6 s is held.
struct HoloMotionReceiver {
    struct Frame: Equatable {
        var index: Int64
        var time: Double
        var numbers: [Float]
    }

    /// Future frames of the policy and the delay against jitter, together.
    static let queueLength = 10
    /// Frames that it needs before it takes the stream over, besides the queue.
    static let margin = 3

    private var newest: (frame: Frame, received: Double)?
    private var queue: [Frame] = []
    /// What the policy was given, control step by control step.
    private(set) var played: [Frame] = []
    /// Control steps, after it took over, without a fresh frame.
    private(set) var staleSteps = 0

    mutating func receive(_ bytes: [UInt8], at time: Double) throws {
        let message = try StreamMessage(decoding: bytes)
        guard message.topic == "reference_qpos", case .float(let numbers)? = message["reference_qpos"]?.elements,
            numbers.count == 36, case .integer(let indices)? = message["frame_index"]?.elements,
            case .double(let times)? = message["timestamp_realtime"]?.elements, let index = indices.first
        else { throw StreamMessageError.invalidHeader(reason: "no reference") }
        newest = (Frame(index: index, time: times[0], numbers: numbers), time)
    }

    mutating func step(at time: Double) {
        guard let newest else { return }
        if time - newest.received > 600 {
            if !played.isEmpty { staleSteps += 1 }
        } else if queue.last?.index != newest.frame.index {
            queue.append(newest.frame)
        }
        guard queue.count >= Self.queueLength + Self.margin || !played.isEmpty else { return }
        if queue.count > Self.queueLength { queue.removeFirst() }
        played.append(queue[0])
    }
}

/// sim2real's receiver: it plays with a constant delay by the senders' clock, between the frames that it has.
struct Sim2RealReceiver {
    struct Frame {
        var time: Double
        var joints: [Double]
        var root: Vector3
    }

    /// Sixteen future steps and 40 ms.
    static let delay = 360.0

    private var frames: [Frame] = []
    /// Time of the receiver less that of the sender.
    private var offset: Double?
    private var nextSequence: Int64?
    private var lastReceived: Double?
    private(set) var isPaused = false
    /// Times that its clock was anchored anew, observations thrown away, place and heading realigned.
    private(set) var (anchors, resets, realignments) = (0, 0, 0)
    private var wasFirst = false
    /// Steps for which no frame was there yet.
    private(set) var starvedSteps = 0
    /// What was played: time of the sender, joints, root.
    private(set) var played: [Frame] = []

    mutating func receive(_ bytes: [UInt8], at time: Double) throws {
        let message = try JSONValue(parsing: bytes)
        guard let joints = message["joint_pos"]?.array?.compactMap(\.number),
            message["joint_names"]?.array?.count == joints.count, let stamp = message["publish_t_ns"]?.integer,
            let root = message["body_pos_w"]?.array?.first?.array?.compactMap(\.number), root.count == 3,
            let sequence = message["seq"]?.integer, let isFirst = message["motion_first_frame"]?.bool,
            let pause = message["paused"]?.bool
        else { throw StreamMessageError.invalidHeader(reason: "no reference") }
        let sent = Double(stamp) / 1e6
        // A message that is missing leaves the clock as it is; a sequence that begins anew does not.
        let isAnew = nextSequence.map { sequence < $0 } ?? true
        if isAnew || abs((offset ?? 0) - (time - sent)) > 5000 {
            offset = time - sent
            anchors += 1
        }
        offset = min(offset ?? .infinity, time - sent)
        nextSequence = sequence + 1
        if let lastReceived, time - lastReceived > 500 { resets += 1 }
        lastReceived = time
        if isFirst, !wasFirst { realignments += 1 }
        wasFirst = isFirst
        isPaused = pause
        if !pause { frames.append(Frame(time: sent, joints: joints, root: Vector3(root[0], root[1], root[2]))) }
    }

    mutating func step(at time: Double) {
        guard let offset, let first = frames.first else { return }
        let wanted = time - offset - Self.delay
        guard wanted >= first.time else { return }
        guard let next = frames.firstIndex(where: { $0.time > wanted }) else {
            if !isPaused { starvedSteps += 1 }
            return
        }
        let (a, b) = (frames[next - 1], frames[next])
        let t = (wanted - a.time) / (b.time - a.time)
        played.append(
            Frame(
                time: wanted, joints: zip(a.joints, b.joints).map { $0 + ($1 - $0) * t },
                root: a.root + (b.root - a.root) * t))
        if next > 1 { frames.removeFirst(next - 1) }
    }
}

/// TWIST2's receiver: it reads the keys 50 times a second, whatever stands there.
struct Twist2Receiver {
    private var values: [String: String] = [:]
    /// The 35 numbers that were read and the sender's time with them, milliseconds.
    private(set) var played: [(numbers: [Double], time: Double)] = []

    /// Takes a pipeline of `SET` commands.
    mutating func receive(_ bytes: [UInt8]) throws {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        var index = 0
        while index + 6 < lines.count {
            guard lines[index] == "*3", lines[index + 2] == "SET",
                lines[index + 3] == "$\(lines[index + 4].utf8.count)",
                lines[index + 5] == "$\(lines[index + 6].utf8.count)"
            else { throw StreamMessageError.invalidHeader(reason: "no SET") }
            values[lines[index + 4]] = lines[index + 6]
            index += 7
        }
        guard index == lines.count - 1 else { throw StreamMessageError.invalidHeader(reason: "half a command") }
    }

    mutating func step() throws {
        guard let body = values["action_body_unitree_g1_with_hands"], let time = values["t_action"].flatMap(Double.init)
        else { return }
        let numbers = try JSONValue(parsing: Array(body.utf8)).array?.compactMap(\.number) ?? []
        guard numbers.count == 35 else { throw StreamMessageError.invalidHeader(reason: "\(numbers.count) numbers") }
        played.append((numbers, time))
    }
}
