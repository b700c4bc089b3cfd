import Geometry
import HumanBody

/// A turn about the upright axis and a way over the floor.
struct FloorPlacement: Hashable, Sendable {
    private var turn = Quaternion.identity
    private var way = Vector3.zero

    /// Leaves everything where it is.
    init() {}

    /// Puts a frame where another one is: pelvises face the same way, feet are in the same place.
    init(moving frame: HumanFrame, onto other: HumanFrame) {
        let up = Vector3(0, 1, 0)
        let between = other.rotations[.pelvis] * frame.rotations[.pelvis].conjugate
        turn = Quaternion(angle: between.twist(about: up), axis: up)
        let apart = Self.feet(of: other) - turn.act(Self.feet(of: frame))
        way = Vector3(apart.x, 0, apart.z)
    }

    /// The frame there.
    func placed(_ frame: HumanFrame) -> HumanFrame {
        var placed = frame
        placed.pelvis = turn.act(frame.pelvis) + way
        placed.rotations[.pelvis] = turn * frame.rotations[.pelvis]
        return placed
    }

    /// The middle of the feet.
    private static func feet(of frame: HumanFrame) -> Vector3 {
        let joints = SMPLSkeleton.forwardKinematics(frame)
        let feet: [HumanJoint] = [.leftAnkle, .leftFoot, .rightAnkle, .rightFoot]
        return feet.reduce(.zero) { $0 + joints[$1].translation } * (1 / Double(feet.count))
    }
}

/// What lies between two poses, and wears off over a third of a second: a body goes over without a jolt.
struct PoseOffset: Hashable, Sendable {
    private static let frames = 10
    private let pelvis: Vector3
    private let rotations: [Quaternion]
    private var age = 0

    /// From one pose to another one in the same place.
    init(from pose: HumanFrame, to other: HumanFrame) {
        pelvis = other.pelvis - pose.pelvis
        rotations = zip(pose.rotations, other.rotations).map { ($0.conjugate * $1).aligned(with: .identity) }
    }

    /// Whether nothing of it is left.
    var isOver: Bool { age >= Self.frames }

    /// A frame with what is left of the offset, which is less from frame to frame.
    mutating func next(over frame: HumanFrame) -> HumanFrame {
        guard !isOver else { return frame }
        age += 1
        let share = 1 - smoothStep(Double(age) / Double(Self.frames))
        var shown = frame
        shown.pelvis = frame.pelvis + pelvis * share
        for joint in HumanJoint.allCases {
            shown.rotations[joint] = frame.rotations[joint] * Quaternion.identity.slerp(to: rotations[joint], share)
        }
        return shown
    }
}

/// From 0 to 1 without a jolt at either end.
func smoothStep(_ share: Double) -> Double {
    let bounded = min(max(share, 0), 1)
    return bounded * bounded * (3 - 2 * bounded)
}
