import Geometry
import HumanBody

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A head and two wrists, as headsets see them: enough for the arms.
///
/// The shoulders hang under the head, turned by its heading alone, so that nodding moves no hand; elbows point down and out.
struct ThreePoints {
    var head: Vector3
    var headRotation: Quaternion?
    var wrists: [Side: Vector3]

    /// From the head to the middle of the shoulders, half the shoulders' width, and the arm's two bones, metres: of a person of
    /// 1.7 m; what is out of reach is reached for.
    private static let (drop, half, upper, lower) = (0.24, 0.17, 0.28, 0.27)

    /// Orientations in the world of what is seen: chest, arms, head.
    func pose() -> [Quaternion?] {
        var heading = 0.0
        if let ahead = headRotation?.act(Vector3(0, 0, 1)), ahead.x * ahead.x + ahead.z * ahead.z > 0.01 {
            heading = atan2(ahead.x, ahead.z)
        }
        let turn = Quaternion(angle: heading, axis: Vector3(0, 1, 0))
        let middle = head - Vector3(0, Self.drop, 0)
        var points = BodyPoints()
        for side in Side.both {
            let shoulder = middle + turn.act(Vector3(Self.half * side.sign, 0, 0))
            let hip = middle + turn.act(Vector3(0.09 * side.sign, -0.5, 0))
            (points.joints[side.shoulder], points.joints[side.hip]) = (shoulder, hip)
            guard let wrist = wrists[side] else { continue }
            let way = wrist - shoulder
            let reach = min(max(way.length, 0.08), 0.998 * (Self.upper + Self.lower))
            let line = way.length > 1e-6 ? way.normalized : Vector3(0, -1, 0)
            let along = (reach * reach + Self.upper * Self.upper - Self.lower * Self.lower) / (2 * reach)
            var pole = turn.act(Vector3(0.4 * side.sign, -1, -0.5))
            pole -= line * pole.dot(line)
            let aside = pole.length > 1e-3 ? pole.normalized : turn.act(Vector3(side.sign, 0, 0))
            let elbow =
                shoulder + line * along + aside * max(Self.upper * Self.upper - along * along, 0).squareRoot()
            (points.joints[side.elbow], points.joints[side.wrist]) = (elbow, shoulder + line * reach)
        }
        var world = points.pose()?.world ?? Array(repeating: nil, count: HumanJoint.count)
        if let headRotation { (world[.head], world[.neck]) = (headRotation, turn.slerp(to: headRotation, 0.5)) }
        world[.pelvis] = turn
        return world
    }
}
