import Geometry
public import Robots

/// What a retargeter remembers of a motion: a value, so that it can be kept and taken up again.
///
/// It holds a window of frames: some that were given out, from which the motion goes on; those that are final and wait to
/// be taken; and those that may still change, as they are solved again whenever a frame ahead becomes known.
public struct RetargetState: Sendable {
    /// Frames per second of the motion.
    public let frameRate: Double
    /// Frames that are known ahead of one before it is final; each smooths the motion and delays it by a frame.
    public let horizon: Int
    /// Frames that become final together; more take less time for each.
    public let stride: Int

    /// Frames given out that the next ones go on from.
    static let memory = 3

    /// The window: `taken` frames that were given out, then those that are final up to `final`, then the others.
    var slots: [Slot] = []
    /// By slot and joint.
    var joints: [Double] = []
    /// By slot and task.
    var targets: [TaskTarget] = []
    /// By slot and leg.
    var feet: [FootFrame] = []
    /// By slot and part of the body.
    var parts: [PartFrame] = []
    /// By slot and point of the robot's surface: where it is, as solved last.
    var surface: [Vector3] = []
    var taken = 0
    var final = 0
    /// Joint positions of a better solution, to which the joints are drawn; empty when there is none.
    var escape: [Double] = []
    /// What the search of the frame before has found, to be compared; empty when it did not search.
    var candidate: [Double] = []
    /// Time since a better solution was last looked for, s, and how often it was.
    var sinceSearch = 0.0
    var searches = 0

    /// Before the first frame of a motion.
    ///
    /// - Parameters:
    ///   - frameRate: Frames per second, 1 to 1000.
    ///   - horizon: Frames known ahead; 0 gives each frame out at once.
    ///   - stride: Frames that become final together.
    public init(frameRate: Double = 30, horizon: Int = 0, stride: Int = 1) {
        precondition(frameRate >= 1 && frameRate <= 1000, "a frame rate lies in 1 to 1000")
        precondition(horizon >= 0 && stride >= 1, "a window holds whole frames")
        (self.frameRate, self.horizon, self.stride) = (frameRate, horizon, stride)
    }

    /// The configuration of the newest frame; nil before the first.
    public var configuration: RobotConfiguration? {
        guard let last = slots.last else { return nil }
        return RobotConfiguration(
            rootPosition: last.root.translation, rootRotation: last.root.rotation,
            jointPositions: Array(joints.suffix(joints.count / slots.count)))
    }

    /// Number of frames that are final and wait to be taken.
    public var ready: Int { final - taken }

    /// The state with the frames forgotten that may still change: the motion goes on from the last final one.
    public var withoutPending: RetargetState {
        var state = self
        let surplus = slots.count - final
        guard surplus > 0 else { return state }
        state.joints.removeLast(surplus * (joints.count / slots.count))
        state.targets.removeLast(surplus * (targets.count / slots.count))
        state.feet.removeLast(surplus * (feet.count / slots.count))
        state.parts.removeLast(surplus * (parts.count / slots.count))
        state.surface.removeLast(surplus * (surface.count / slots.count))
        state.slots.removeLast(surplus)
        return state
    }

    /// The foot of a leg in frame `t`.
    func foot(_ leg: Int, _ t: Int) -> FootFrame { feet[t * (feet.count / slots.count) + leg] }

    /// Sets where an end of the robot's sole is in frame `t`.
    mutating func setActual(_ place: Vector3, of end: SoleEnd, _ leg: Int, _ t: Int) {
        feet[t * (feet.count / slots.count) + leg].actual[end] = place
    }

    /// Appends the newest frame once more.
    mutating func repeatLast() {
        let count = slots.count
        let (j, k, f) = (joints.count / count, targets.count / count, feet.count / count)
        let (p, s) = (parts.count / count, surface.count / count)
        for index in (joints.count - j)..<joints.count { joints.append(joints[index]) }
        for index in (targets.count - k)..<targets.count { targets.append(targets[index]) }
        for index in (feet.count - f)..<feet.count { feet.append(feet[index]) }
        for index in (parts.count - p)..<parts.count { parts.append(parts[index]) }
        for index in (surface.count - s)..<surface.count { surface.append(surface[index]) }
        slots.append(slots[count - 1])
    }

    /// Forgets what lies so far back that nothing refers to it.
    mutating func forget() {
        let old = taken - Self.memory
        guard old > 0 else { return }
        let count = slots.count
        joints.removeFirst(old * (joints.count / count))
        targets.removeFirst(old * (targets.count / count))
        feet.removeFirst(old * (feet.count / count))
        parts.removeFirst(old * (parts.count / count))
        surface.removeFirst(old * (surface.count / count))
        slots.removeFirst(old)
        taken -= old
        final -= old
    }
}

/// One frame of a window.
struct Slot: Sendable {
    /// The solution for the root.
    var root = RigidTransform.identity
    /// Its centre of mass.
    var centerOfMass = Vector3.zero
    /// The human's centre of mass, m.
    var humanCenter = Vector3.zero
    /// How much of the body rests on other parts than soles, 0 to 1.
    var rest = 0.0
    /// Whether what the human rests on is known.
    var isSupportKnown = true
    /// Goal of the middle of the hips, before it is shifted; and how far standing feet shift it.
    var hips = Vector3.zero
    var shift = Vector3.zero
    /// How far the hips' goal moves for balance.
    var lean = Vector3.zero
    /// What its centre of mass is away from balance.
    var imbalance = Imbalance()
    /// Joints at a bound in the last solution.
    var activeBounds = 0
    /// Whether the solver found it.
    var isSolved = true
}

/// One foot in one frame of a window.
struct FootFrame: Sendable {
    /// The human's heel (ankle) and toe joints in the robot's world, m, and their heights over the floor.
    var human = SolePoints(heel: Vector3.zero, toe: Vector3.zero)
    var height = SolePoints(heel: 0.0, toe: 0.0)
    /// The input's probability that they stand; nil when it has none.
    var probability: SolePoints<Double>?
    /// Whether they stand.
    var stands = SolePoints(heel: false, toe: false)
    /// How firmly the foot is held, 0 to 1.
    var grip = SolePoints(heel: 0.0, toe: 0.0)
    /// The free motion of ankle and sole frame: the human's leg with the robot's lengths.
    var free = RigidTransform.identity
    /// The free motion of the sole's points, and the one that is aimed at.
    var freePoints = SolePoints(heel: Vector3.zero, toe: Vector3.zero)
    var path = SolePoints(heel: Vector3.zero, toe: Vector3.zero)
    /// Where the robot's are in a frame that was given out.
    var actual = SolePoints(heel: Vector3.zero, toe: Vector3.zero)
    /// Goal of the sole frame's orientation.
    var rotation = Quaternion.identity
    /// How level the human's sole lies, the cosine of its tilt.
    var flatness = 1.0
    /// How far the foot follows the human's directions instead of standing on its sole, 0 to 1.
    var loose = 0.0

    /// Whether the sole stands.
    var isStanding: Bool { (stands.heel || stands.toe) && loose < 0.5 }
}

/// An end of a sole.
enum SoleEnd: CaseIterable {
    case heel, toe

    /// Made once: both are gone through in every frame.
    static let allCases: [SoleEnd] = [.heel, .toe]
}

/// Something of the heel and of the toe end of a sole.
struct SolePoints<Element: Sendable>: Sendable {
    var heel: Element
    var toe: Element

    subscript(end: SoleEnd) -> Element {
        get { end == .heel ? heel : toe }
        set { if end == .heel { heel = newValue } else { toe = newValue } }
    }
}
