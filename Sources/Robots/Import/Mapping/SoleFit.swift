import Geometry

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The flat underside of a foot, from its shapes or, without any, from its box of inertia and the leg's length.
struct SoleFit {
    /// Shares of the leg's length unless another unit is said. Where no source is named, found by trying on the 75 descriptions
    /// of `Documentation/any-robot.md`, whose soles were compared with their meshes.
    private enum Proportion {
        /// Of a foot of which only the leg is known. A human's are 0.31, 0.11 and 0.08 of the way from hip to ankle (Winter,
        /// "Biomechanics and Motor Control of Human Movement", 4th ed., fig. 4.1); robots' are shorter and flatter.
        static let length = 0.24
        static let width = 0.1
        static let ankleHeight = 0.06
        /// Where the middle of the sole lies ahead of the ankle, and the least height of the ankle over it, when a foot's
        /// inertia says otherwise.
        static let ahead = 0.05
        static let leastAnkleHeight = 0.03
        /// What lies this near to the lowest point is the sole's: four millimetres (m), and more on large feet with treads.
        static let leastThickness = 0.004
        static let thickness = 0.012
        /// Shorter patches are an edge or a roller and no sole.
        static let shortestPatch = 0.03
        /// A mesh's patch shorter than this is a worn or rounded sole's: more of it is taken.
        static let solePatch = 0.12
        /// Added to a patch's width when patches are compared, so that two rails beat one broad heel; and the least width of a
        /// sole, which a line of contact (a capsule) has not.
        static let leastWidth = 0.02
        /// An outline of more corners is a rounded one: its rectangle costs the solver less and loses nothing.
        static let corners = 4...10
    }

    /// Cosines of the angle between a shape's side and the vertical of the zero pose: side faces of a foot are no soles (60°),
    /// and what is level within 0.8° is the vertical itself.
    private static let tilt = (steepest: 0.5, level: 0.9999)
    /// A tilted sole has to be this much larger than a level one: in the zero pose most robots stand level.
    private static let tiltAdvantage = 1.3
    /// How far a foot rolls, rad (from toe-off in a walk to a kneeling toe); what stands out by less than the second, m, is within
    /// the solver's own tolerance; points nearer than the third are one.
    private enum Roll {
        static let angles = [0.2, 0.45, 0.75, 1.1]
        static let least = 0.001
        static let apart = 0.006
    }
    /// Corners of an outline nearer than this are one, m.
    private static let cornerDistance = 0.003

    /// Corners in the foot's link, in one plane, going round.
    private(set) var corners: [Vector3] = []
    private(set) var heel = Vector3.zero
    private(set) var toe = Vector3.zero
    /// The sole's axes in the link: x ahead, y left, z up.
    private(set) var frame: Quaternion
    private(set) var isEstimated = false
    /// Points of the underside beyond the sole, in the foot's link.
    private(set) var rocker: [Vector3] = []

    init(_ robot: ReducedRobot, foot: Int, leg: Limb) {
        let toLink = robot.zero[foot].rotation.conjugate
        let legLength = (leg.bend - leg.upper).length + (leg.lower - leg.bend).length
        let upright = (toLink, toLink.act(Vector3(0, 0, 1)))
        let shapes = robot.links[foot].shapes
        let solid = shapes.filter { $0.collides && $0.corners != nil }
        let used = solid.isEmpty ? shapes.filter { $0.corners != nil } : solid
        guard !used.isEmpty else {
            frame = toLink
            estimate(robot, foot, legLength)
            return
        }
        var ups = [upright.1]
        for shape in used {
            for axis in shape.flatAxes {
                let unit = Vector3(axis == 0 ? 1 : 0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0)
                let direction = shape.pose.rotation.act(unit)
                let cosine = direction.dot(upright.1)
                if abs(cosine) > Self.tilt.steepest, abs(cosine) < Self.tilt.level {
                    ups.append(cosine > 0 ? direction : -direction)
                }
            }
        }
        for shape in used {
            guard case .capsule = shape.form else { continue }
            let axis = shape.pose.rotation.act(Vector3(0, 0, 1))
            let up = upright.1 - axis * axis.dot(upright.1)
            if up.length > Self.tilt.steepest { ups.append(up.normalized) }
        }
        let ahead = toLink.act(Vector3(1, 0, 0))
        // The outline of a mesh is exact: what lies higher is no sole but rolls.
        let tread = max(Proportion.leastThickness, Proportion.thickness * legLength)
        let isMesh = used.contains { if case .hull = $0.form { true } else { false } }
        var best = (area: -1.0, frame: toLink, points: [Vector3](), bottom: 0.0)
        for thickness in isMesh ? [Proportion.leastThickness, tread] : [tread] {
            best = Self.patch(used, ups, ahead: ahead, thickness: thickness, legLength, start: toLink)
            if Self.extent(best.points, \.x) > Proportion.solePatch * legLength { break }
        }
        frame = best.frame
        let (length, width) = (Self.extent(best.points, \.x), Self.extent(best.points, \.y))
        guard length > Proportion.shortestPatch * legLength else {
            estimate(robot, foot, legLength)
            return
        }
        var outline = Self.hull(best.points.map { Vector3($0.x, $0.y, best.bottom) })
        let leastWidth = Proportion.leastWidth * legLength
        if !Proportion.corners.contains(outline.count) || width < leastWidth {
            outline = Self.rectangle(best.points, bottom: best.bottom, leastWidth: leastWidth)
        }
        finish(outline)
        rocker = Self.rocker(used.flatMap { $0.corners ?? [] }.map(frame.conjugate.act), beyond: outline).map(frame.act)
    }

    /// The largest patch of points near the lowest one, over all directions that may be up.
    private static func patch(
        _ shapes: [RobotDescription.Shape], _ ups: [Vector3], ahead: Vector3, thickness: Double, _ legLength: Double,
        start: Quaternion
    ) -> (area: Double, frame: Quaternion, points: [Vector3], bottom: Double) {
        var best = (area: -1.0, frame: start, points: [Vector3](), bottom: 0.0)
        for (index, up) in ups.enumerated() {
            let x = (ahead - up * up.dot(ahead)).normalized
            let axes = Quaternion(Matrix3(columns: x, up.cross(x), up))
            let points = shapes.flatMap { $0.lowPoints(up) }.map(axes.conjugate.act)
            let bottom = points.map(\.z).min() ?? 0
            let patch = points.filter { $0.z < bottom + thickness }
            let area = extent(patch, \.x) * (extent(patch, \.y) + Proportion.leastWidth * legLength)
            if area > best.area * (index == 0 ? 1 : tiltAdvantage) + 1e-9 { best = (area, axes, patch, bottom) }
        }
        return best
    }

    /// The points, in the sole's axes, that would meet the floor before the sole when the foot rolls over its toes, its heel or
    /// a side.
    private static func rocker(_ points: [Vector3], beyond sole: [Vector3]) -> [Vector3] {
        var found: [Vector3] = []
        let middle = sole.reduce(.zero, +) / Double(max(sole.count, 1))
        for angle in Roll.angles {
            for (across, along) in [(Vector3(1, 0, 0), \Vector3.y), (Vector3(0, 1, 0), \Vector3.x)] {
                for sign in [-1.0, 1] {
                    let down = across * (sign * sin(angle)) - Vector3(0, 0, cos(angle))
                    let reach = sole.map { $0.dot(down) }.max() ?? 0
                    for half in [-1.0, 1] {
                        let beside = points.filter { ($0[keyPath: along] - middle[keyPath: along]) * half >= 0 }
                        guard let lowest = beside.max(by: { $0.dot(down) < $1.dot(down) }),
                            lowest.dot(down) > reach + Roll.least,
                            !found.contains(where: { ($0 - lowest).length < Roll.apart })
                        else { continue }
                        found.append(lowest)
                    }
                }
            }
        }
        return found
    }

    /// The mirror image of another sole, on the other side's foot.
    init(mirroring other: SoleFit, _ robot: ReducedRobot, from: Limb, to: Limb) {
        func mirror(_ point: Vector3) -> Vector3 {
            var offset = robot.zero[from.endBody].act(point) - from.lower
            offset.y = -offset.y
            return robot.local(to.endBody, to.lower + offset)
        }
        let axes = Matrix3(robot.zero[from.endBody].rotation * other.frame)
        let (x, z) = (Vector3(axes[0, 0], -axes[1, 0], axes[2, 0]), Vector3(axes[0, 2], -axes[1, 2], axes[2, 2]))
        frame = robot.zero[to.endBody].rotation.conjugate * Quaternion(Matrix3(columns: x, z.cross(x), z))
        corners = other.corners.reversed().map(mirror)
        (heel, toe) = (mirror(other.heel), mirror(other.toe))
        rocker = other.rocker.map(mirror)
        isEstimated = other.isEstimated
    }

    private mutating func estimate(_ robot: ReducedRobot, _ foot: Int, _ legLength: Double) {
        isEstimated = true
        let box = robot.corners(foot).points.map(frame.conjugate.act)
        let ankle = frame.conjugate.act(robot.links[foot].joint?.origin ?? .zero)
        let bottom = box.map(\.z).min() ?? ankle.z - Proportion.ankleHeight * legLength
        let middle =
            box.isEmpty
            ? ankle + Vector3(Proportion.ahead * legLength, 0, 0) : box.reduce(.zero, +) / Double(box.count)
        let half = Vector3(
            max(Self.extent(box, \.x), Proportion.length * legLength) / 2,
            max(Self.extent(box, \.y), Proportion.width * legLength) / 2, 0)
        let height = min(bottom, ankle.z - Proportion.leastAnkleHeight * legLength)
        finish(
            [(-1.0, -1.0), (1, -1), (1, 1), (-1, 1)].map {
                Vector3(middle.x + half.x * $0.0, middle.y + half.y * $0.1, height)
            })
    }

    private mutating func finish(_ outline: [Vector3]) {
        corners = outline.map(frame.act)
        let (xs, ys) = (outline.map(\.x), outline.map(\.y))
        let middle = ((ys.min() ?? 0) + (ys.max() ?? 0)) / 2
        heel = frame.act(Vector3(xs.min() ?? 0, middle, outline[0].z))
        toe = frame.act(Vector3(xs.max() ?? 0, middle, outline[0].z))
    }

    private static func extent(_ points: [Vector3], _ axis: KeyPath<Vector3, Double>) -> Double {
        let values = points.map { $0[keyPath: axis] }
        return (values.max() ?? 0) - (values.min() ?? 0)
    }

    private static func rectangle(_ points: [Vector3], bottom: Double, leastWidth: Double) -> [Vector3] {
        let (xs, ys) = (points.map(\.x), points.map(\.y))
        let (back, front) = (xs.min() ?? 0, xs.max() ?? 0)
        let middle = ((ys.min() ?? 0) + (ys.max() ?? 0)) / 2
        let half = max((ys.max() ?? 0) - (ys.min() ?? 0), leastWidth) / 2
        return [
            Vector3(back, middle - half, bottom), Vector3(front, middle - half, bottom),
            Vector3(front, middle + half, bottom), Vector3(back, middle + half, bottom),
        ]
    }

    /// Convex outline in the xy plane, counter-clockwise, without corners nearer than 3 mm to one another.
    private static func hull(_ points: [Vector3]) -> [Vector3] {
        var sorted: [Vector3] = []
        for point in points.sorted(by: { ($0.x, $0.y) < ($1.x, $1.y) })
        where !sorted.contains(where: { ($0 - point).length < cornerDistance }) { sorted.append(point) }
        guard sorted.count > 2 else { return sorted }
        func half(_ points: [Vector3]) -> [Vector3] {
            var chain: [Vector3] = []
            for p in points {
                while chain.count > 1 {
                    let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
                    if (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 1e-7 { break }
                    chain.removeLast()
                }
                chain.append(p)
            }
            return chain
        }
        return half(sorted).dropLast() + half(sorted.reversed()).dropLast()
    }
}

extension RobotDescription.Shape {
    /// Axes to which the shape may have a flat side; a round one is turned about its z axis at will.
    fileprivate var flatAxes: Range<Int> {
        switch form {
        case .sphere, .capsule: 0..<0
        case .cylinder: 2..<3
        default: 0..<3
        }
    }

    /// The points that may touch the ground under the shape when `up` points up.
    fileprivate func lowPoints(_ up: Vector3) -> [Vector3] {
        switch form {
        case .sphere(let r): return [pose.translation - up * r]
        case .capsule(let r, let h): return [-h, h].map { pose.act(Vector3(0, 0, $0)) - up * r }
        // A cylinder that lies (its axis within 12° of level) rolls on a line.
        case .cylinder(let r, let h) where abs(pose.rotation.act(Vector3(0, 0, 1)).dot(up)) < 0.2:
            return [-h, h].map { pose.act(Vector3(0, 0, $0)) - up * r }
        default: return corners ?? []
        }
    }
}
