import Geometry

extension RobotDescription.Shape {
    /// Mass and moments of the solid, in the body; a mesh has none.
    func inertial(mass given: Double?, density: Double) -> RobotDescription.Inertial {
        let pi = Double.pi
        let volume: Double
        /// Moments for unit mass.
        let unit: Vector3
        switch form {
        case .box(let h):
            volume = 8 * h.x * h.y * h.z
            unit = Vector3(h.y * h.y + h.z * h.z, h.x * h.x + h.z * h.z, h.x * h.x + h.y * h.y) / 3
        case .ellipsoid(let a):
            volume = 4 / 3 * pi * a.x * a.y * a.z
            unit = Vector3(a.y * a.y + a.z * a.z, a.x * a.x + a.z * a.z, a.x * a.x + a.y * a.y) / 5
        case .sphere(let r):
            volume = 4 / 3 * pi * r * r * r
            unit = Vector3(1, 1, 1) * (0.4 * r * r)
        case .cylinder(let r, let h):
            volume = 2 * pi * r * r * h
            let across = r * r / 4 + h * h / 3
            unit = Vector3(across, across, r * r / 2)
        case .capsule(let r, let h):
            let (tube, ends) = (2 * pi * r * r * h, 4 / 3 * pi * r * r * r)
            volume = tube + ends
            guard volume > 0 else { return .none }
            let across =
                tube * (r * r / 4 + h * h / 3) + ends * (0.4 * r * r + h * h + 0.75 * h * r)
            unit = Vector3(across, across, tube * r * r / 2 + ends * 0.4 * r * r) / volume
        case .mesh, .hull: return .none
        }
        let mass = given ?? density * volume
        return RobotDescription.Inertial(
            mass: mass, center: pose.translation,
            moments: [unit.x * mass, unit.y * mass, unit.z * mass, 0, 0, 0].rotated(by: pose.rotation))
    }
}

extension RobotDescription.Inertial {
    /// Joins another mass, given in the same body, to this one.
    mutating func add(_ other: RobotDescription.Inertial) {
        let total = mass + other.mass
        guard other.mass > 0 || other.moments.contains(where: { $0 != 0 }) else { return }
        let middle = total > 0 ? (center * mass + other.center * other.mass) / total : center
        var sum = [0.0, 0, 0, 0, 0, 0]
        for part in [self, other] {
            let d = part.center - middle
            let shift = [
                d.y * d.y + d.z * d.z, d.x * d.x + d.z * d.z, d.x * d.x + d.y * d.y, -d.x * d.y, -d.x * d.z, -d.y * d.z,
            ]
            for index in 0..<6 { sum[index] += part.moments[index] + part.mass * shift[index] }
        }
        self = RobotDescription.Inertial(mass: total, center: middle, moments: sum)
    }

    /// The same mass in the frame in which the body has `pose`.
    func moved(by pose: RigidTransform) -> RobotDescription.Inertial {
        RobotDescription.Inertial(
            mass: mass, center: pose.act(center), moments: moments.rotated(by: pose.rotation))
    }
}
