import FoundationEssentials
import Geometry
public import HumanBody
import HumanMotion
import Tensors

/// How a whole body moves, as it was recorded or authored: for actions of which a tokenizer's codes leave too little.
///
/// Fifteen poses a second: the pelvis' place to half a millimetre, rotations to a fiftieth of a degree.
public struct ExactMotion: Hashable, Sendable {
    /// Frames of the stream from one pose to the next.
    private static let framesPerPose = 2
    /// Numbers of a pose: place, rotations, contacts.
    private static let width = 3 + 3 * HumanJoint.count + 1
    /// Metres of one unit of the place.
    private static let length = 0.000_5
    /// Rotation vectors, a half turn as this.
    private static let halfTurn = 8_192.0

    /// Poses of ``width`` numbers; shared by all copies.
    private let values: [Int16]
    /// Whether it is seen in a mirror.
    public var isMirrored = false
    /// How many times the recorded speed.
    public var rate = 1.0
    /// The recorded frame with which it begins.
    public var start = 0
    /// Frames, at its rate, that are done again …
    private var loop = 0..<0
    /// … and how often.
    private var loopTimes = 0

    /// The poses of a motion at the stream's frame rate; nil where it is shorter than a token or leaves a square of 32 m.
    public init?(of frames: [HumanFrame]) {
        guard frames.count >= MotionTokenizer.framesPerToken else { return nil }
        let origin = frames[0].pelvis
        var values: [Int16] = []
        for index in stride(from: 0, to: frames.count, by: Self.framesPerPose) {
            let frame = frames[index]
            let place = (frame.pelvis - Vector3(origin.x, 0, origin.z)) * (1 / Self.length)
            guard let place = Self.rounded([place.x, place.y, place.z]) else { return nil }
            values += place
            for rotation in frame.rotations {
                let vector = rotation.aligned(with: .identity).rotationVector * (Self.halfTurn / .pi)
                values += Self.rounded([vector.x, vector.y, vector.z]) ?? [0, 0, 0]
            }
            let stands = frame.contacts
            let contacts = [stands.leftAnkle, stands.leftToe, stands.rightAnkle, stands.rightToe]
            values.append(contacts.enumerated().reduce(0) { $0 | ($1.element > 0.5 ? 1 << $1.offset : 0) })
        }
        self.values = values
    }

    private static func rounded(_ numbers: [Double]) -> [Int16]? {
        let whole = numbers.compactMap { Int16(exactly: $0.rounded()) }
        return whole.count == numbers.count ? whole : nil
    }

    /// The same with the frames of a range done `times` more times.
    func looping(_ frames: Range<Int>, times: Int) -> ExactMotion {
        var longer = self
        (longer.loop, longer.loopTimes) = (frames, times)
        return longer
    }

    /// Its frames at the stream's frame rate.
    public func frames() -> [HumanFrame] {
        let poses = poses()
        let (first, step) = (Double(start) / Double(Self.framesPerPose), rate / Double(Self.framesPerPose))
        let count = max(Int(((Double(poses.count - 1) - first) / step).rounded(.down)), 0) + 1
        let frames = (0..<count).map { Self.pose(of: poses, at: first + Double($0) * step) }
        guard loopTimes > 0, loop.lowerBound > 0, loop.upperBound < frames.count else { return frames }
        var all = Array(frames[..<loop.upperBound])
        for _ in 0..<loopTimes { all.append(loop, of: frames) }
        all.append(loop.upperBound..<frames.count, of: frames)
        return all
    }

    private func poses() -> [HumanFrame] {
        stride(from: 0, to: values.count, by: Self.width).map { start in
            func vector(_ index: Int) -> Vector3 {
                Vector3(
                    Double(values[start + index]), Double(values[start + index + 1]), Double(values[start + index + 2]))
            }
            let contacts = values[start + Self.width - 1]
            func stands(_ bit: Int) -> Double { contacts & (1 << bit) != 0 ? 1 : 0 }
            let frame = HumanFrame(
                pelvis: vector(0) * Self.length,
                rotations: (0..<HumanJoint.count).map { joint in
                    Quaternion(rotationVector: vector(3 + 3 * joint) * (.pi / Self.halfTurn))
                },
                contacts: FootContacts(
                    leftAnkle: stands(0), leftToe: stands(1), rightAnkle: stands(2), rightToe: stands(3)))
            return isMirrored ? frame.mirrored() : frame
        }
    }

    /// The pose between two poses, on a smooth curve through all.
    private static func pose(of poses: [HumanFrame], at place: Double) -> HumanFrame {
        let first = min(Int(place), poses.count - 1)
        let share = place - Double(first)
        guard share > 1e-6, first + 1 < poses.count else { return poses[first] }
        let around = (-1...2).map { poses[min(max(first + $0, 0), poses.count - 1)] }
        var weights = smoothWeights(at: share)
        // Beyond either end it goes on straight.
        if first == 0 { weights = [0, weights[1] + 2 * weights[0], weights[2] - weights[0], weights[3]] }
        if first + 2 == poses.count { weights = [weights[0], weights[1] - weights[3], weights[2] + 2 * weights[3], 0] }
        var frame = around[1].mixed(with: around[2], share)
        frame.pelvis = zip(around, weights).reduce(.zero) { $0 + $1.0.pelvis * $1.1 }
        for joint in HumanJoint.allCases {
            let near = around[1].rotations[joint]
            let sum = zip(around, weights).reduce(Quaternion(w: 0, x: 0, y: 0, z: 0)) { sum, next in
                let q = next.0.rotations[joint].aligned(with: near)
                return Quaternion(
                    w: sum.w + q.w * next.1, x: sum.x + q.x * next.1, y: sum.y + q.y * next.1, z: sum.z + q.z * next.1)
            }
            frame.rotations[joint] = sum.normalized
        }
        return frame
    }

    /// Weights of four points in a row, of a Catmull-Rom spline between the middle ones.
    private static func smoothWeights(at t: Double) -> [Double] {
        let (square, cube) = (t * t, t * t * t)
        return [
            (-cube + 2 * square - t) / 2, (3 * cube - 5 * square + 2) / 2, (-3 * cube + 4 * square + t) / 2,
            (cube - square) / 2,
        ]
    }
}

extension [HumanFrame] {
    /// Appends some of the frames of a motion, so that they go on from where the last one is.
    fileprivate mutating func append(_ range: Range<Int>, of frames: [HumanFrame]) {
        guard let last else { return }
        // What is left between the pose that they follow there and the one here is worn off.
        let before = frames[range.lowerBound - 1]
        let placement = FloorPlacement(moving: before, onto: last)
        var offset = PoseOffset(from: placement.placed(before), to: last)
        append(contentsOf: frames[range].map { offset.next(over: placement.placed($0)) })
    }
}

// MARK: Files

extension ExactMotion {
    /// Names of the arrays of a file.
    private static let (poses, low, high) = ("poses", "low", "high")

    /// Writes motions to a file that numpy reads too, with their checksum.
    ///
    /// Of each number the step from the pose before is kept, joint by joint, low bytes apart from high ones, which are
    /// mostly 0: that leaves a third of the size. Sides, rates and starts are not in the file.
    static func write(_ motions: [ExactMotion], to path: String) throws {
        let steps = motions.flatMap(\.steps)
        let arrays: [String: NPYArray] = [
            poses: NPYArray(shape: [motions.count], .int32(motions.map { Int32($0.values.count / width) })),
            low: NPYArray(shape: [steps.count], .uint8(steps.map { UInt8(truncatingIfNeeded: $0) })),
            high: NPYArray(shape: [steps.count], .uint8(steps.map { UInt8(truncatingIfNeeded: $0 >> 8) })),
        ]
        try NPZ(arrays).write(path: path, deflated: true)
    }

    /// Reads what ``write(_:to:)`` has written; nothing where there is no file.
    ///
    /// - Throws: `TensorFileError` for a file that is broken or holds something else.
    static func all(in path: String) throws -> [ExactMotion] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let file = try NPZ(path: path)
        let poses = try file.integers(poses, shape: [nil])
        let count = poses.reduce(0) { $0 + max($1, 0) } * width
        let (low, high) = (
            try file.array(low, shape: [count]).storage, try file.array(high, shape: [count]).storage
        )
        guard case .uint8(let low) = low, case .uint8(let high) = high, poses.allSatisfy({ $0 > 1 }) else {
            throw MotionGeneratorError.unreadableExemplars(
                path: path, why: "it is not in the form of kmmctl train exact")
        }
        var start = 0
        return poses.map { poses in
            defer { start += poses * width }
            return ExactMotion(
                steps: (start..<(start + poses * width)).map { UInt16(low[$0]) | UInt16(high[$0]) << 8 })
        }
    }

    /// The steps of each number from pose to pose, number by number, folded so that small ones of either sign are small.
    private var steps: [UInt16] {
        (0..<Self.width).flatMap { column in
            var last: Int16 = 0
            return stride(from: column, to: values.count, by: Self.width).map { index in
                let step = values[index] &- last
                last = values[index]
                return UInt16(bitPattern: step << 1 ^ step >> 15)
            }
        }
    }

    private init(steps: [UInt16]) {
        let poses = steps.count / Self.width
        var values = [Int16](repeating: 0, count: steps.count)
        for column in 0..<Self.width {
            var last: Int16 = 0
            for pose in 0..<poses {
                let folded = steps[column * poses + pose]
                last &+= Int16(bitPattern: folded >> 1) ^ -Int16(bitPattern: folded & 1)
                values[pose * Self.width + column] = last
            }
        }
        self.values = values
    }

    /// The motion as it was recorded.
    var recorded: ExactMotion {
        var motion = self
        (motion.isMirrored, motion.rate, motion.start) = (false, 1, 0)
        (motion.loop, motion.loopTimes) = (0..<0, 0)
        return motion
    }
}
