import Geometry
import HumanBody
import HumanMotion
import Robots

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How far the robot's limbs point elsewhere than the person's, by forward kinematics of both.
public struct LikenessReport: Hashable, Sendable, Encodable {
    /// Errors of the directions of limb segments over some frames, rad.
    public struct Share: Hashable, Sendable, Encodable {
        /// Number of frames.
        public fileprivate(set) var frames = 0
        /// Mean error.
        public fileprivate(set) var mean = 0.0
        /// 95th percentile.
        public fileprivate(set) var p95 = 0.0
        /// Mean that a fit of directions alone reaches within the joints' ranges, without floor, contacts, speeds or other
        /// bodies.
        public fileprivate(set) var freeMean = 0.0
        /// 95th percentile of that fit.
        public fileprivate(set) var freeP95 = 0.0
    }

    /// Over all frames.
    public private(set) var all = Share()
    /// Over those in which soles carry.
    public private(set) var onFeet = Share()
    /// Over the others.
    public private(set) var elsewhere = Share()
    /// Mean error by segment, as in `left_hip-left_knee`, rad.
    public private(set) var segments: [String: Double] = [:]
    /// When the worst second begins, s.
    public private(set) var worstSecond = 0.0
    /// Mean error over that second, rad.
    public private(set) var worstSecondMean = 0.0

    /// Nothing compared.
    init() {}

    /// Steps of a free fit, and how many frames lie between two of them.
    private static let free = (iterations: 12, every: 3)
    /// A frame that is this near is not fitted again, rad.
    private static let nearEnough = 0.05

    init(_ motion: RobotMotion, _ clip: HumanClip, _ model: RetargetModel) {
        let limbs = Limbs(model)
        guard !limbs.bones.isEmpty else { return }
        var human = HumanPose()
        var errors: [[Double]] = []
        var fits: [(index: Int, errors: [Double])] = []
        for (index, (robot, frame)) in zip(motion.frames, clip.frames).enumerated() {
            human.update(frame)
            let own = limbs.errors(robot.configuration, human)
            errors.append(own)
            guard index.isMultiple(of: Self.free.every) else { continue }
            let isNear = own.reduce(0, +) < Self.nearEnough * Double(own.count)
            fits.append(
                (index, isNear ? own : limbs.freeErrors(robot.configuration, human, iterations: Self.free.iterations)))
        }
        func share(_ takes: (FrameQuality) -> Bool) -> Share {
            let taken = errors.indices.filter { takes(motion.frames[$0].quality) }
            var share = Share()
            share.frames = taken.count
            (share.mean, share.p95) = Self.statistics(taken.flatMap { errors[$0] })
            (share.freeMean, share.freeP95) = Self.statistics(
                fits.filter { takes(motion.frames[$0.index].quality) }.flatMap(\.errors))
            return share
        }
        all = share { _ in true }
        onFeet = share { $0.rest < 0.5 && $0.isSupportKnown }
        elsewhere = share { $0.rest >= 0.5 || !$0.isSupportKnown }
        for (number, bone) in limbs.bones.enumerated() {
            segments["\(bone.start.name)-\(bone.end.name)"] = Self.statistics(errors.map { $0[number] }).mean
        }
        findWorstSecond(errors.map { Self.statistics($0).mean }, motion.frameRate)
    }

    private mutating func findWorstSecond(_ means: [Double], _ rate: Double) {
        let size = min(max(Int(rate), 1), means.count)
        guard size > 0 else { return }
        var sum = means.prefix(size).reduce(0, +)
        worstSecondMean = sum / Double(size)
        for end in means.indices.dropFirst(size) {
            sum += means[end] - means[end - size]
            guard sum / Double(size) > worstSecondMean else { continue }
            worstSecondMean = sum / Double(size)
            worstSecond = Double(end - size + 1) / rate
        }
    }

    private static func statistics(_ values: [Double]) -> (mean: Double, p95: Double) {
        guard !values.isEmpty else { return (0, 0) }
        let sorted = values.sorted()
        return (
            values.reduce(0, +) / Double(values.count), sorted[min(sorted.count * 95 / 100, sorted.count - 1)]
        )
    }
}

/// The robot's limb segments, and a fit of their directions alone.
private final class Limbs {
    struct Segment {
        var start: HumanJoint
        var end: HumanJoint
        var from: BodyPoint
        var to: BodyPoint
    }

    let bones: [Segment]
    private let model: RetargetModel
    private let workspace: KinematicWorkspace
    private let solver: InverseKinematics
    private let followers: [OrientationFollowTask]

    init(_ model: RetargetModel) {
        self.model = model
        let calibration = model.calibration
        bones = calibration.bones.compactMap { bone in
            guard let from = calibration.followers[bone.start], let to = calibration.followers[bone.end] else {
                return nil
            }
            return Segment(
                start: bone.start, end: bone.end, from: BodyPoint(from.body, from.point),
                to: BodyPoint(to.body, to.point))
        }
        followers = [HumanJoint.pelvis, .spine3].compactMap { joint in
            calibration.followers[joint].map {
                OrientationFollowTask(joint: joint, body: $0.body, rest: $0.rotation, weight: 0.3, hand: nil)
            }
        }
        let root: [any IKTask] = [PositionTask(point: BodyPoint(0, .zero))]
        let directions: [any IKTask] = bones.map { PositionTask(point: $0.to, relativeTo: $0.from) }
        workspace = KinematicWorkspace(model.tree)
        solver = InverseKinematics(model.tree, tasks: root + directions + followers)
        solver.bound(model.limits, margin: 0)
        for joint in model.limits.indices { solver.postureWeight[joint] = 1e-5 }
    }

    /// Angle of each segment to the human's, rad.
    func errors(_ robot: RobotConfiguration, _ human: HumanPose) -> [Double] {
        workspace.update(robot)
        return bones.map { bone in
            let mine = workspace.position(of: bone.to) - workspace.position(of: bone.from)
            return mine.angle(to: human.direction(from: bone.start, to: bone.end))
        }
    }

    /// Those of the fit that starts where the robot is.
    func freeErrors(_ robot: RobotConfiguration, _ human: HumanPose, iterations: Int) -> [Double] {
        workspace.update(robot)
        var targets = [TaskTarget(position: robot.rootPosition, weight: 1)]
        for bone in bones {
            let length = (workspace.position(of: bone.to) - workspace.position(of: bone.from)).length
            targets.append(
                TaskTarget(
                    position: human.direction(from: bone.start, to: bone.end) * length,
                    weight: 1 / max(length * length, 1e-6)))
        }
        targets += followers.map { $0.target(for: human) }
        for (joint, q) in robot.jointPositions.enumerated() { solver.posture[joint] = q }
        var fitted = robot
        // A fit that fails is none: the robot's own errors stand.
        _ = try? solver.solve(targets, &fitted, effort: .init(iterations: iterations))
        let (own, free) = (errors(robot, human), errors(fitted, human))
        return free.reduce(0, +) < own.reduce(0, +) ? free : own
    }
}

extension Vector3 {
    /// Angle to another vector, rad.
    fileprivate func angle(to other: Vector3) -> Double {
        let cosine = dot(other) / max(length * other.length, 1e-12)
        return acos(min(max(cosine, -1), 1))
    }
}
