package import Geometry
internal import Glibc
package import Robots

/// What a robot's body does in a motion: centre of mass, angular momentum and the points that may carry it, frame by frame.
package struct BodyTrace: Sendable {
    /// One frame.
    package struct Instant: Sendable {
        /// Centre of mass, m.
        package var center: Vector3
        /// Angular momentum about the centre of mass between the frame before and this one, kg m²/s.
        package var momentum: Vector3
        /// Angle between the root's z axis and the vertical, rad.
        package var tilt: Double
        /// Height of the root, m.
        package var height: Double
    }

    /// Seconds between frames.
    package let step: Double
    /// Which points of a frame belong to each sole.
    package let soles: [Range<Int>]
    /// The robot's mass, kg.
    package let mass: Double
    /// The frames.
    package private(set) var instants: [Instant] = []
    /// Points of the soles, frame by frame.
    package private(set) var points: [Vector3] = []
    /// Where every body was in the last frame: centre of mass and orientation.
    var bodies: [(center: Vector3, rotation: Quaternion)] = []

    /// A trace without frames.
    package init(step: Double, soles: [Range<Int>], mass: Double) {
        (self.step, self.soles, self.mass) = (step, soles, mass)
    }

    /// Points of a frame.
    private var pointCount: Int { soles.last?.upperBound ?? 0 }

    /// The points of a frame.
    package func points(_ frame: Int) -> ArraySlice<Vector3> {
        points[(frame * pointCount)..<((frame + 1) * pointCount)]
    }

    /// What carries the robot in a frame: a function that says how far a point lies inside; nil where nothing does.
    func support(_ frame: Int, clearance: Double) -> ((Vector3) -> Double)? {
        let down = points(frame).filter { $0.z < clearance }
        return down.isEmpty ? nil : { SupportMargin.margin(of: $0, in: down) ?? 0 }
    }

    mutating func append(_ instant: Instant, points added: some Collection<Vector3>) {
        instants.append(instant)
        points += added
    }

    /// Forgets all but the last frames.
    package mutating func keepLast(_ count: Int) {
        let dropped = max(instants.count - count, 0)
        instants.removeFirst(dropped)
        points.removeFirst(dropped * pointCount)
    }
}

/// Follows a robot's body through its motions. For one thread at a time.
package final class BodyTracer {
    private struct Part {
        var mass: Double
        var center: Vector3
        var inertia: Matrix3
    }

    private let workspace: KinematicWorkspace
    private let parts: [Part]
    private let mass: Double
    private let supports: [(body: Int, points: [Vector3])]
    private let soles: [Range<Int>]

    /// The tracer of a robot that walks; nil for one that stands on no soles, or whose root is fixed.
    package init?(_ profile: RobotProfile) throws(KinematicsError) {
        guard let feet = profile.feet, profile.hasFloatingRoot else { return nil }
        let tree = try KinematicTree(profile)
        workspace = KinematicWorkspace(tree)
        parts = profile.bodies.map {
            Part(mass: $0.mass, center: $0.centerOfMass, inertia: Matrix3(inertia: $0.inertia))
        }
        mass = max(parts.reduce(0) { $0 + $1.mass }, 1e-9)
        supports = feet.both.compactMap { foot in tree.index(ofBody: foot.body).map { ($0, foot.sole) } }
        var soles: [Range<Int>] = []
        for support in supports {
            let first = soles.last?.upperBound ?? 0
            soles.append(first..<(first + support.points.count))
        }
        self.soles = soles
    }

    /// A trace to be appended to.
    package func makeTrace(step: Double) -> BodyTrace { BodyTrace(step: step, soles: soles, mass: mass) }

    /// Adds a frame to a trace.
    package func append(_ configuration: RobotConfiguration, to trace: inout BodyTrace) {
        workspace.update(configuration)
        let up = configuration.rootRotation.act(Vector3(0, 0, 1)).z
        var bodies: [(center: Vector3, rotation: Quaternion)] = []
        bodies.reserveCapacity(parts.count)
        var center = Vector3.zero
        for (index, part) in parts.enumerated() {
            let pose = workspace.pose(ofBody: index)
            let own = pose.act(part.center)
            bodies.append((own, pose.rotation))
            center += own * part.mass
        }
        center = center / mass
        let instant = BodyTrace.Instant(
            center: center, momentum: momentum(from: trace, to: bodies, center),
            tilt: acos(min(max(up, -1), 1)), height: configuration.rootPosition.z)
        let points = supports.flatMap { support in
            let pose = workspace.pose(ofBody: support.body)
            return support.points.map(pose.act)
        }
        trace.append(instant, points: points)
        trace.bodies = bodies
    }

    private func momentum(
        from trace: BodyTrace, to bodies: [(center: Vector3, rotation: Quaternion)], _ center: Vector3
    ) -> Vector3 {
        guard let before = trace.instants.last, trace.bodies.count == bodies.count else { return .zero }
        let rate = 1 / trace.step
        let middle = (before.center + center) * 0.5
        let velocity = (center - before.center) * rate
        var sum = Vector3.zero
        for (index, part) in parts.enumerated() where part.mass > 0 {
            let (old, new) = (trace.bodies[index], bodies[index])
            let arm = (old.center + new.center) * 0.5 - middle
            let own = (new.center - old.center) * rate - velocity
            sum += arm.cross(own) * part.mass
            let turn = (new.rotation * old.rotation.conjugate).rotationVector * rate
            sum += new.rotation.act(part.inertia * new.rotation.conjugate.act(turn))
        }
        return sum
    }
}

extension Matrix3 {
    /// A symmetric matrix of xx, yy, zz, xy, xz, yz.
    fileprivate init(inertia i: [Double]) {
        let i = i.count == 6 ? i : [Double](repeating: 0, count: 6)
        self.init(rows: Vector3(i[0], i[3], i[4]), Vector3(i[3], i[1], i[5]), Vector3(i[4], i[5], i[2]))
    }
}
