import Geometry
import HumanMotion
public import Robots

/// What users see of a retargeted motion: feet, floor, jumps, limits and likeness.
public struct QualityReport: Hashable, Sendable, Encodable, CustomStringConvertible {
    /// Number of frames.
    public private(set) var frameCount = 0
    /// Root mean square over frames of the limb segments' error, m.
    public private(set) var limbError = 0.0
    /// Mean horizontal speed of the sole's touching points while the foot stands, m/s; of points within 5 mm of the
    /// floor, or of the lower of heel and toe when none is.
    public private(set) var skating = 0.0
    /// 99th percentile of that speed, m/s.
    public private(set) var skatingPeak = 0.0
    /// Mean distance from the floor of the lowest sole corner of a standing foot, m.
    public private(set) var soleHeight = 0.0
    /// Largest distance from the floor of the lowest sole corner of a standing foot, m.
    public private(set) var soleHeightPeak = 0.0
    /// Depth of the lowest sole corner under the floor over all frames, m.
    public private(set) var penetration = 0.0
    /// Share of frames in which some joint is within half a degree of the end of its range.
    public private(set) var limitShare = 0.0
    /// Frames in which a joint is outside its range.
    public private(set) var positionViolations = 0
    /// Steps over which a joint moved faster than its limit.
    public private(set) var velocityViolations = 0
    /// Largest joint speed, rad/s.
    public private(set) var peakVelocity = 0.0
    /// Largest joint acceleration, rad/s².
    public private(set) var peakAcceleration = 0.0
    /// Largest joint acceleration as a share of its limit.
    public private(set) var accelerationShare = 0.0
    /// Largest speed of the root from frame to frame, m/s.
    public private(set) var peakRootSpeed = 0.0
    /// Root mean square of the joint accelerations, rad/s².
    public private(set) var acceleration = 0.0

    /// Least distance of a joint from the ends of its range, rad or m; nil without limited joints.
    public private(set) var limitMargin: Double?
    /// Least distance between watched capsules, m, negative when they overlap; nil when none are watched.
    public private(set) var collisionDistance: Double?
    /// Frames that the solver did not find.
    public private(set) var unsolvedFrames = 0
    /// Share of the frames with a standing foot in which the centre of mass is over the standing soles; nil without such.
    public private(set) var balanceShare: Double?

    /// The robot's limbs beside the person's; nothing without the person.
    public private(set) var likeness = LikenessReport()
    /// The whole robot and the floor; nothing without the person.
    public private(set) var ground = GroundReport()
    /// What is wrong with the motion.
    public private(set) var verdict: Verdict

    /// Judges a motion of the robot: speeds and feet from its configurations and contacts, the rest from what was said of
    /// each frame as it was solved.
    public init(_ motion: RobotMotion, profile: RobotProfile) throws(KinematicsError) {
        let tree = try KinematicTree(profile)
        self.init(motion, profile, tree)
        verdict = Verdict(self)
    }

    /// Judges a motion beside the person's.
    init(_ motion: RobotMotion, of clip: HumanClip, _ model: RetargetModel) {
        self.init(motion, model.profile, model.tree)
        likeness = LikenessReport(motion, clip, model)
        ground = GroundReport(motion, clip, model)
        verdict = Verdict(self)
    }

    private init(_ motion: RobotMotion, _ profile: RobotProfile, _ tree: KinematicTree) {
        verdict = Verdict()
        frameCount = motion.frames.count
        judgeJoints(motion, profile.jointLimits)
        judgeFeet(motion, profile, KinematicWorkspace(tree))
        let squares = motion.frames.reduce(0) { $0 + $1.quality.limbError * $1.quality.limbError }
        limbError = (squares / Double(max(frameCount, 1))).squareRoot()
        let frames = motion.frames.map(\.quality)
        unsolvedFrames = frames.count { !$0.isSolved }
        limitMargin = frames.map(\.limitMargin).filter(\.isFinite).min()
        collisionDistance = frames.map(\.collisionDistance).filter(\.isFinite).min()
        let margins = frames.map(\.balanceMargin).filter(\.isFinite)
        if !margins.isEmpty { balanceShare = Double(margins.count { $0 >= 0 }) / Double(margins.count) }
    }

    private mutating func judgeJoints(_ motion: RobotMotion, _ limits: [JointLimits]) {
        let rate = motion.frameRate
        let frames = motion.frames.map(\.configuration.jointPositions)
        var (atLimit, squares, count) = (0, 0.0, 0)
        for (index, q) in frames.enumerated() {
            if index > 0 {
                let way =
                    motion.frames[index].configuration.rootPosition
                    - motion.frames[index - 1].configuration.rootPosition
                peakRootSpeed = max(peakRootSpeed, way.length * rate)
            }
            var (near, outside, fast) = (false, false, false)
            for (joint, limit) in limits.enumerated() {
                let slack = min(q[joint] - limit.lower, limit.upper - q[joint])
                near = near || slack < 0.00873
                outside = outside || slack < 0
                guard index > 0 else { continue }
                let velocity = (q[joint] - frames[index - 1][joint]) * rate
                peakVelocity = max(peakVelocity, abs(velocity))
                fast = fast || abs(velocity) > limit.velocity * (1 + 1e-9)
                guard index > 1 else { continue }
                let change = velocity - (frames[index - 1][joint] - frames[index - 2][joint]) * rate
                peakAcceleration = max(peakAcceleration, abs(change * rate))
                accelerationShare = max(accelerationShare, abs(change * rate) / limit.acceleration)
                squares += change * rate * change * rate
                count += 1
            }
            atLimit += near ? 1 : 0
            positionViolations += outside ? 1 : 0
            velocityViolations += fast ? 1 : 0
        }
        limitShare = Double(atLimit) / Double(max(frameCount, 1))
        acceleration = (squares / Double(max(count, 1))).squareRoot()
    }

    private mutating func judgeFeet(_ motion: RobotMotion, _ profile: RobotProfile, _ workspace: KinematicWorkspace) {
        guard let feet = profile.feet?.both else { return }
        let bodies = feet.compactMap { workspace.tree.index(ofBody: $0.body) }
        var before: [[Vector3]] = []
        var (speeds, heights): ([Double], [Double]) = ([], [])
        for (index, frame) in motion.frames.enumerated() {
            workspace.update(frame.configuration)
            let soles = zip(feet, bodies).map { foot, body in
                (foot.sole + [foot.heel, foot.toe]).map(workspace.pose(ofBody: body).act)
            }
            for (side, sole) in soles.enumerated() {
                let lowest = sole.map(\.z).min() ?? 0
                penetration = max(penetration, -lowest)
                func stands(_ frame: RetargetedFrame) -> Bool {
                    (side == 0 ? frame.contacts.left : frame.contacts.right) > 0.5
                }
                guard stands(frame) else { continue }
                heights.append(abs(lowest))
                guard index > 0, stands(motion.frames[index - 1]) else { continue }
                let points = [sole.count - 2, sole.count - 1]
                let touching = points.filter { sole[$0].z < 0.005 }
                let lower = sole[points[0]].z < sole[points[1]].z ? points[0] : points[1]
                for point in touching.isEmpty ? [lower] : touching {
                    var step = sole[point] - before[side][point]
                    step.z = 0
                    speeds.append(step.length * motion.frameRate)
                }
            }
            before = soles
        }
        let sorted = speeds.sorted()
        skating = speeds.reduce(0, +) / Double(max(speeds.count, 1))
        skatingPeak = sorted.isEmpty ? 0 : sorted[Int(Double(sorted.count - 1) * 0.99)]
        soleHeight = heights.reduce(0, +) / Double(max(heights.count, 1))
        soleHeightPeak = heights.max() ?? 0
    }

    /// A table for people.
    public var description: String {
        func number(_ value: Double, _ scale: Double, _ unit: String) -> String {
            let scaled = (value * scale * 100).rounded() / 100
            return "\(scaled) \(unit)"
        }
        let distance = collisionDistance.map { number($0, 1000, "mm min") } ?? "nothing watched"
        let margin = limitMargin.map { number($0, 180 / Double.pi, "degrees min") } ?? "no limits"
        let unsolved = unsolvedFrames == 0 ? "" : "\nwithout a solution    \(unsolvedFrames) frames"
        let balance = balanceShare.map { number($0, 100, "% of standing frames") } ?? "no foot stands"
        let lines = """
            frames                \(frameCount)
            limb error            \(number(limbError, 1000, "mm rms"))
            foot skating          \(number(skating, 100, "cm/s mean")), \(number(skatingPeak, 100, "cm/s 99 %"))
            sole over floor       \(number(soleHeight, 1000, "mm mean")), \(number(soleHeightPeak, 1000, "mm max"))
            floor penetration     \(number(penetration, 1000, "mm max"))
            joints at range end   \(number(limitShare, 100, "% of frames")), \(margin)
            capsules apart        \(distance)
            in balance            \(balance)
            limit violations      \(positionViolations) position, \(velocityViolations) velocity\(unsolved)
            joint velocity        \(number(peakVelocity, 1, "rad/s max"))
            joint acceleration    \(number(acceleration, 1, "rad/s² rms")), \(number(peakAcceleration, 1, "max"))
            """
        return lines + beside(number) + "\nverdict               "
            + (verdict.isGood ? "good" : verdict.findings.joined(separator: "\n                      "))
    }

    /// The robot beside the person, for people.
    private func beside(_ number: (Double, Double, String) -> String) -> String {
        let degrees = 180 / Double.pi
        guard likeness.all.frames > 0 else { return "" }
        var lines = [
            "limbs beside person   \(number(likeness.all.mean, degrees, "degrees mean")), "
                + "\(number(likeness.all.p95, degrees, "95 %")) (joints alone \(number(likeness.all.freeMean, degrees, "mean")))",
            "worst second          from \(number(likeness.worstSecond, 1, "s")), "
                + "\(number(likeness.worstSecondMean, degrees, "degrees"))",
            "lowest point          \(number(ground.lowest, 1000, "mm")), \(ground.lowestBody ?? "")",
            "off the floor         \(number(ground.floating, 100, "% of frames")), person not: "
                + "\(number(ground.floatingAlone, 100, "%"))",
        ]
        if ground.rests > 0 {
            lines.append(
                "rests on other parts  \(number(ground.rests, 100, "% of frames")), slip \(number(ground.slip, 100, "cm/s"))"
                    + ", up to \(number(ground.restHeight, 1000, "mm high"))")
        }
        if ground.unknownSupport > 0 {
            lines.append(
                "support not known     \(number(ground.unknownSupport, 100, "% of frames")): a seat, a rail? Balance is off "
                    + "there; --support gives its height")
        }
        return "\n" + lines.joined(separator: "\n")
    }
}
