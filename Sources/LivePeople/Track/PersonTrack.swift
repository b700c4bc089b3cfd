import Geometry
public import HumanBody
public import Wire

/// A live person as far as is known: the last frames in the sender's time, calibrated to SMPL's body.
///
/// Belongs to one thread at a time. ``take(_:at:)`` and ``sample(at:into:)`` use memory that is there.
public struct PersonTrack: Sendable {
    /// What became of a frame.
    public enum Verdict: Hashable, Sendable {
        case taken
        /// The same frame came twice.
        case duplicate
        /// It was seen before all that is still remembered.
        case late
        /// The sender started anew, or its clock was set: what was before does not count.
        case restarted
        /// The sender does not vouch for it.
        case untracked
    }

    /// What has come so far.
    public struct Counts: Hashable, Sendable {
        /// Frames that were taken, that their numbers or times show to be missing, that came too late, twice, out of order.
        public var (taken, lost, late, duplicates, reordered) = (0, 0, 0, 0, 0)
        /// New starts of the sender.
        public var restarts = 0
    }

    /// How a sample came about.
    public enum Sample: Hashable, Sendable {
        /// No frame has come.
        case nothing
        case known
        /// The newest frame was seen so long before, nanoseconds.
        case predicted(after: Int64)
    }

    /// Missing joints keep their last rotation for so long, nanoseconds, then they go to rest.
    private static let patience: Int64 = 300_000_000
    /// A calibration looks at so much, nanoseconds, in frames so far apart.
    private static let (poseTime, poseSpacing): (Int64, Int64) = (500_000_000, 15_000_000)

    /// What came.
    public private(set) var counts = Counts()
    /// How the person is measured.
    public private(set) var calibration = PersonCalibration()
    /// When something came last, by our clock; nil before.
    public private(set) var received: Int64?
    /// Frames a second, over the last ones.
    public private(set) var rate = 0.0
    /// The newest frame as it came.
    public private(set) var newest: PersonFrame?

    private var clock = PersonClock()
    private var ring: PoseRing
    private var root = RootKeeper()
    private var recent: [(time: Int64, frame: PersonFrame)] = []
    private var sequence: Int64?
    private var period = 0.0
    /// When each joint was last seen.
    private var lastSeen = [Int64](repeating: .min / 2, count: HumanJoint.count)
    /// The frame that came last on SMPL's body, calibrated; missing joints keep what they did.
    public private(set) var pose = HumanFrame(pelvis: .zero)
    /// When that was seen, by the sender's clock.
    public private(set) var poseTime: Int64 = 0
    // Scratch.
    private var world = SMPLSkeleton.restRotations

    /// A person of whom nothing is known; remembers a second at any rate.
    public init(capacity: Int = 288) { ring = PoseRing(capacity: capacity) }

    /// The sender's time of what is seen now if nothing is held up on the way; nil before the first frame.
    public func senderTime(at time: Int64) -> Int64? { clock.offset.map { time - $0 } }

    /// Our time of a moment of the sender's.
    public func time(ofSender time: Int64) -> Int64 { time + (clock.offset ?? 0) }

    /// The sender's time of the newest frame.
    public var newestTime: Int64? { ring.newest }

    // MARK: Frames

    /// Takes a frame that came at `time`.
    public mutating func take(_ frame: PersonFrame, at time: Int64) -> Verdict {
        guard frame.isTracked else { return .untracked }
        let (seen, clockVerdict) = clock.take(frame.stamp, at: time)
        if clockVerdict == .restarted { restart() }
        if let oldest = ring.count > 0 ? ring.time(0) : nil, ring.count == ring.capacity, seen < oldest {
            counts.late += 1
            return .late
        }
        let isNewest = ring.newest.map { seen > $0 } ?? true
        calibrate(frame, seen: seen, isNewest: isNewest)
        switch ring.insert(pose, at: seen) {
        case .duplicate:
            counts.duplicates += 1
            return .duplicate
        case .tooOld:
            counts.late += 1
            return .late
        case .between: counts.reordered += 1
        case .atEnd: measure(frame, at: time)
        }
        counts.taken += 1
        remember(frame, at: time)
        return clockVerdict == .restarted ? .restarted : .taken
    }

    private mutating func restart() {
        ring.removeAll()
        root.restart()
        recent.removeAll(keepingCapacity: true)
        (sequence, received, period) = (nil, nil, 0)
        counts.restarts += 1
    }

    private mutating func measure(_ frame: PersonFrame, at time: Int64) {
        if let number = frame.stamp.sequence {
            if let sequence, number > sequence, number - sequence < 1000 { counts.lost += Int(number - sequence) - 1 }
            sequence = number
        }
        if let received {
            let gap = Double(time - received) / 1e9
            if frame.stamp.sequence == nil, period > 0, gap > 1.8 * period, gap < 5 {
                counts.lost += Int((gap / period).rounded()) - 1
            }
            if gap > 0, gap < 1 {
                period = period > 0 ? period + 0.05 * (gap - period) : gap
                rate = period > 0 ? 1 / period : 0
            }
        }
        received = time
        newest = frame
    }

    private mutating func remember(_ frame: PersonFrame, at time: Int64) {
        if let last = recent.last, time - last.time < Self.poseSpacing { return }
        recent.append((time, frame))
        let old = recent.prefix { time - $0.time > Self.poseTime }.count
        recent.removeFirst(old)
    }

    /// Makes of a frame what SMPL's body does, in `pose`.
    private mutating func calibrate(_ frame: PersonFrame, seen: Int64, isNewest: Bool) {
        let rest = calibration.rest
        for joint in HumanJoint.allCases {
            world[joint] = (frame.orientations[joint] * rest[joint].conjugate).normalized
        }
        for joint in HumanJoint.allCases {
            guard frame.seen.contains(joint) else {
                // What is missing keeps its last rotation for a while, then goes to rest.
                if seen - lastSeen[joint] > Self.patience { pose.rotations[joint] = .identity }
                if let parent = joint.parent { world[joint] = world[parent] * pose.rotations[joint] }
                continue
            }
            if isNewest { lastSeen[joint] = seen }
            let parent = joint.parent.map { world[$0].conjugate } ?? .identity
            pose.rotations[joint] = (parent * world[joint]).normalized
        }
        let leg = calibration.legLength ?? frame.legLength ?? SMPLSkeleton.legLength
        pose.pelvis = root.pelvis(
            frame.pelvis, rotations: pose.rotations, scale: SMPLSkeleton.legLength / leg, at: seen)
        pose.contacts = frame.contacts
        poseTime = seen
    }

    // MARK: Samples

    /// Writes where the person was at `time` of the sender's clock, or is likely to be.
    public func sample(at time: Int64, into frame: inout HumanFrame) -> Sample {
        switch PoseCurve.sample(ring, at: time, into: &frame) {
        case nil: .nothing
        case .known: .known
        case .predicted(let gap): .predicted(after: gap)
        }
    }

    /// The person of the last second, at 30 frames a second, oldest first; fewer when less is known. Allocates.
    public func lastSecond() -> [HumanFrame] {
        guard let newest = ring.newest, ring.count > 1 else { return [] }
        var frames: [HumanFrame] = []
        for index in 0..<32 {
            let time = newest - Int64(31 - index) * 33_333_333
            guard time >= ring.time(0) else { continue }
            var frame = HumanFrame(pelvis: .zero)
            _ = PoseCurve.sample(ring, at: time, into: &frame)
            frames.append(frame)
        }
        return frames
    }

    // MARK: Calibration

    /// Takes size and, but for `auto`, rest pose from the last half second; the floor is where the soles are.
    ///
    /// - Throws: `Failure`, which says what would be right; then nothing is changed.
    public mutating func calibrate(
        _ pose: Calibrate.Pose
    ) throws(PersonCalibration.Failure)
        -> PersonCalibration.Report
    {
        let report = try calibration.take(pose, from: recent)
        root.takeFloor()
        return report
    }

    /// The floor is where the soles are from now on.
    public mutating func takeFloor() { root.takeFloor() }
}
