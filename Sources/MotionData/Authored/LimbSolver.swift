import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Two bones of the SMPL skeleton that reach for a point: shoulder, elbow, wrist or hip, knee, ankle.
///
/// Elbows and knees bend about one axis only, that of the T pose: the upper joint takes all turns about the limb, as it does in
/// recorded motion.
struct LimbSolver {
    let limb: HumanLimb
    /// The hinge in the rest pose: from the upper bone towards the bent lower one.
    private let hinge: Vector3

    /// The arm or leg of a side.
    static func arm(_ side: Side) -> LimbSolver { LimbSolver(limb: side.arm, hinge: Vector3(0, -side.sign, 0)) }
    static func leg(_ side: Side) -> LimbSolver { LimbSolver(limb: side.leg, hinge: Vector3(1, 0, 0)) }

    private var upperBone: Vector3 { SMPLSkeleton.offsets[limb.bend] }
    private var lowerBone: Vector3 { SMPLSkeleton.offsets[limb.end] }
    /// Share of its length to which a limb is stretched at most: nobody locks the joint.
    private static let stretch = 0.995

    /// World rotations of the upper and the lower joint that bring the end from `root` to `target`, the bend towards `pole`;
    /// as far as it reaches.
    func reach(from root: Vector3, to target: Vector3, pole: Vector3) -> (upper: Quaternion, lower: Quaternion) {
        let (a, b) = (upperBone.length, lowerBone.length)
        let way = target - root
        let distance = min(max(way.length, abs(a - b) + 1e-3), (a + b) * Self.stretch)
        let along = way.normalized
        var aside = pole - along * along.dot(pole)
        if aside.length < 1e-6 { aside = along.cross(Vector3(0.3, 0.5, 0.8)) }
        aside = aside.normalized
        let share = (a * a - b * b + distance * distance) / (2 * distance)
        let middle = along * share + aside * max(a * a - share * share, 0).squareRoot()
        let rest = along * distance - middle
        let axis = middle.cross(rest).length > 1e-9 ? middle.cross(rest).normalized : along.cross(aside) * -1
        return (
            Self.rotation(from: upperBone, hinge, to: middle, axis),
            Self.rotation(from: lowerBone, hinge, to: rest, axis)
        )
    }

    /// The rotation that takes one direction with a hinge across it onto another.
    private static func rotation(from a: Vector3, _ hinge: Vector3, to b: Vector3, _ axis: Vector3) -> Quaternion {
        func frame(_ along: Vector3, _ across: Vector3) -> Matrix3 {
            let x = along.normalized
            let z = (across - x * x.dot(across)).normalized
            return Matrix3(columns: x, z.cross(x), z)
        }
        return Quaternion(frame(b, axis) * frame(a, hinge).transposed)
    }
}
