import Geometry

/// A description without its fixed joints: what hangs rigidly on a moving body is merged into it. All of it can be
/// looked at in the zero pose, with x ahead, y left and z up.
struct ReducedRobot {
    /// Boxes of inertia tell a shape only of bodies with this share of the robot's mass, and with corners within this share of its
    /// size: others are placeholders.
    private static let box = (leastMass: 2e-4, greatestReach: 0.35)
    /// A range of less than this, rad or m, holds the joint.
    private static let emptyRange = 1e-9
    /// Less mass than this, kg, is the placeholder that some formats ask for.
    private static let placeholderMass = 1e-4
    /// A mesh that reaches so many times the robot's size is not in metres; sizes under the second, m, are no measure.
    private static let largestMesh = 20.0
    private static let leastSize = 0.1
    /// Angles under this, rad, are rounding.
    private static let noTurn = 1e-6

    struct Link {
        var name: String
        var parent: Int?
        /// In the parent, at joint position 0.
        var pose: RigidTransform
        var inertial: RobotDescription.Inertial
        var joint: RobotDescription.Joint?
        var shapes: [RobotDescription.Shape]
        /// Bodies and sites that were merged into this one.
        var frames: [(name: String, pose: RigidTransform)]
    }

    private(set) var links: [Link] = []
    private(set) var children: [[Int]] = []
    /// Poses in the zero pose, as near to it as the ranges allow; the root's is the identity.
    private(set) var zero: [RigidTransform] = []
    /// Diagonal of the box around all links' origins in the zero pose, m.
    private(set) var size = 0.0
    /// Mass of the whole robot, kg.
    private(set) var mass = 0.0
    private(set) var notes: [String] = []
    /// From the description's root frame to the one used here.
    private(set) var turn = Quaternion.identity
    /// What the file's world takes for up, in the description's root frame; nil when the file says nothing of it.
    private(set) var statedUp: Vector3?

    init(_ description: RobotDescription, bodyMeshes: String? = nil) {
        let (start, virtual) = Self.realRoot(description)
        if !virtual.isEmpty {
            notes.append(
                "\(virtual.count) virtual joints move the base (\(virtual.joined(separator: ", "))): taken for the root"
            )
        }
        if description.format == .mjcf {
            let pose = (0...start).reduce(Quaternion.identity) { $0 * description.bodies[$1].pose.rotation }
            statedUp = pose.conjugate.act(Vector3(0, 0, 1))
        }
        merge(description, from: start, bodyMeshes: bodyMeshes)
        readMeshes(besides: description.file)
        connect()
        judgeMeshes()
    }

    /// Makes links of the bodies from `start` on: what a fixed joint holds, and every site, is merged into what it hangs on.
    private mutating func merge(_ description: RobotDescription, from start: Int, bodyMeshes: String?) {
        var target: [Int: (link: Int, pose: RigidTransform)] = [:]
        var meshCount = 0
        for (i, body) in description.bodies.enumerated() where i >= start {
            var body = body
            if let folder = bodyMeshes, let hull = MeshHull(ofBody: body.name, in: folder) {
                body.shapes = [RobotDescription.Shape(form: .hull(hull.points), pose: .identity, collides: true)]
                meshCount += 1
            }
            let outer = body.parent.flatMap { target[$0] }
            guard i == start || outer != nil else { continue }
            if i == start { body.joint = nil }
            if let range = body.joint?.range, range.upperBound - range.lowerBound < Self.emptyRange {
                notes.append("joint \"\(body.joint?.name ?? "")\" has an empty range and is held")
                body.joint = nil
            }
            if let outer, body.joint == nil {
                let pose = outer.pose * body.pose
                links[outer.link].inertial.add(body.inertial.moved(by: pose))
                links[outer.link].shapes += body.shapes.map { shape in
                    var shape = shape
                    shape.pose = pose * shape.pose
                    return shape
                }
                links[outer.link].frames.append((body.name, pose))
                target[i] = (outer.link, pose)
            } else {
                links.append(
                    Link(
                        name: body.name, parent: outer?.link,
                        pose: i == start ? .identity : (outer?.pose ?? .identity) * body.pose,
                        inertial: body.inertial, joint: body.joint, shapes: body.shapes, frames: []))
                target[i] = (links.count - 1, .identity)
            }
        }
        for site in description.sites {
            if let outer = target[site.body] {
                links[outer.link].frames.append((site.name, outer.pose * site.pose))
            }
        }
        if meshCount > 0 { notes.append("\(meshCount) bodies have the meshes of the folder that was given") }
    }

    /// Meshes of a robot in metres that are far larger than it were drawn in millimetres, and their scale forgotten.
    private mutating func judgeMeshes() {
        var count = 0
        for link in links.indices {
            for shape in links[link].shapes.indices {
                guard case .hull(let points) = links[link].shapes[shape].form,
                    let reach = points.map(\.length).max(), reach > Self.largestMesh * max(size, Self.leastSize)
                else { continue }
                links[link].shapes[shape].form = .hull(points.map { $0 * 1e-3 })
                count += 1
            }
        }
        if count > 0 { notes.append("\(count) meshes are in millimetres without saying so: read as such") }
    }

    /// Puts the outlines of meshes, where their files lie, in the place of their names.
    private mutating func readMeshes(besides file: String) {
        var known: [RobotDescription.Shape.Form: RobotDescription.Shape.Form] = [:]
        var (read, missing) = (0, 0)
        for link in links.indices {
            for shape in links[link].shapes.indices {
                guard case .mesh(let name, let scale) = links[link].shapes[shape].form else { continue }
                let form = links[link].shapes[shape].form
                if known[form] == nil {
                    let hull = MeshHull(name, besides: file, scale: scale)
                    known[form] = hull.map { .hull($0.points) } ?? form
                    if hull == nil { missing += 1 } else { read += 1 }
                }
                links[link].shapes[shape].form = known[form] ?? form
            }
        }
        if read > 0 { notes.append("\(read) meshes read") }
        if missing > 0 {
            notes.append("\(missing) meshes are not where the description says, or neither STL nor OBJ nor DAE")
        }
    }

    /// A massless frame on which the whole robot hangs is no part of it, nor are joints between such frames that stand for the
    /// way of the base in the world: two slides at least, with or without turns.
    private static func realRoot(_ description: RobotDescription) -> (root: Int, virtual: [String]) {
        var (root, current) = (0, 0)
        var joints: [RobotDescription.Joint] = []
        var virtual: [String] = []
        while true {
            let body = description.bodies[current]
            let below = description.bodies.indices.filter { description.bodies[$0].parent == current }
            guard body.inertial.mass < Self.placeholderMass, body.shapes.isEmpty, below == [current + 1] else { break }
            let next = description.bodies[current + 1]
            current += 1
            if let joint = next.joint, joint.kind != .floating {
                guard joint.kind.isSingle else { break }
                joints.append(joint)
            } else if joints.isEmpty, next.pose.rotation.angle > Self.noTurn {
                break
            }
            if joints.isEmpty {
                root = current
            } else if joints.count(where: { $0.kind == .prismatic }) > 1 {
                (root, virtual) = (current, joints.map(\.name))
            }
        }
        return (root, virtual)
    }

    private mutating func connect() {
        children = [[Int]](repeating: [], count: links.count)
        zero = []
        for (index, link) in links.enumerated() {
            guard let parent = link.parent else {
                zero.append(.identity)
                continue
            }
            children[parent].append(index)
            zero.append(zero[parent] * link.pose * (link.joint.map { $0.displacement($0.nearestToZero) } ?? .identity))
        }
        mass = links.reduce(0) { $0 + $1.inertial.mass }
        let points = zero.map(\.translation)
        func extent(_ axis: KeyPath<Vector3, Double>) -> Double {
            let values = points.map { $0[keyPath: axis] }
            return (values.max() ?? 0) - (values.min() ?? 0)
        }
        size = Vector3(extent(\.x), extent(\.y), extent(\.z)).length
    }

    /// Turns the root's frame so that what was at `heading` becomes x.
    mutating func face(_ heading: Double) {
        turnRoot(by: Quaternion(angle: -heading, axis: Vector3(0, 0, 1)))
    }

    /// Looks at the robot in another frame of its root: `rotation` is applied to what is in the frame so far.
    mutating func turnRoot(by rotation: Quaternion) {
        guard rotation.angle > Self.noTurn else { return }
        let pose = RigidTransform(translation: .zero, rotation: rotation)
        links[0].inertial = links[0].inertial.moved(by: pose)
        for index in links[0].shapes.indices { links[0].shapes[index].pose = pose * links[0].shapes[index].pose }
        for index in links[0].frames.indices { links[0].frames[index].pose = pose * links[0].frames[index].pose }
        for child in children[0] { links[child].pose = pose * links[child].pose }
        turn = (rotation * turn).normalized
        connect()
    }

    /// A point of the joint's axis in the zero pose.
    func anchor(_ link: Int) -> Vector3 { zero[link].act(links[link].joint?.origin ?? .zero) }
    /// A point of the zero pose, seen from the link.
    func local(_ link: Int, _ point: Vector3) -> Vector3 { zero[link].inverse.act(point) }
    /// The joint's axis in the zero pose.
    func axis(_ link: Int) -> Vector3 { zero[link].rotation.act(links[link].joint?.axis ?? Vector3(0, 0, 1)) }
    /// Whether a joint of one freedom moves the link.
    func moves(_ link: Int) -> Bool { links[link].joint?.kind.isSingle ?? false }

    /// The link and all below it.
    func subtree(_ link: Int) -> [Int] { [link] + children[link].flatMap(subtree) }

    func index(of name: String) -> Int? {
        links.firstIndex { $0.name == name } ?? links.firstIndex { $0.frames.contains { $0.name == name } }
    }

    /// Corners of the link's shapes in the link: of the colliding ones, else of any, else of the box that has its
    /// moments of inertia.
    func corners(_ link: Int) -> (points: [Vector3], estimated: Bool) {
        let known = links[link].shapes.compactMap { shape in shape.corners.map { (shape.collides, $0) } }
        let colliding = known.filter(\.0).flatMap(\.1)
        if !colliding.isEmpty { return (colliding, false) }
        if !known.isEmpty { return (known.flatMap(\.1), false) }
        return (box(link), true)
    }

    /// Corners of the box that has the link's moments of inertia; none when these are placeholders, too big to be true.
    func box(_ link: Int) -> [Vector3] {
        let inertial = links[link].inertial
        guard inertial.mass > Self.box.leastMass * mass else { return [] }
        let corners = inertial.boxCorners
        return corners.allSatisfy { ($0 - inertial.center).length < Self.box.greatestReach * size } ? corners : []
    }

    /// Corners in the zero pose.
    func zeroCorners(_ link: Int) -> [Vector3] { corners(link).points.map(zero[link].act) }
}

extension RobotDescription.Joint {
    var nearestToZero: Double { range.map { min(max(0, $0.lowerBound), $0.upperBound) } ?? 0 }
}

extension RobotProfile.Joint.Kind {
    /// Whether a joint of this kind has one freedom.
    var isSingle: Bool { self == .revolute || self == .continuous || self == .prismatic }
}

extension RobotDescription.Shape {
    /// Points in the body whose convex hull is the shape, round shapes by the box around them; nil for a mesh.
    var corners: [Vector3]? {
        let half: Vector3
        switch form {
        case .box(let h), .ellipsoid(let h): half = h
        case .sphere(let r): half = Vector3(r, r, r)
        case .cylinder(let r, let h): half = Vector3(r, r, h)
        case .capsule(let r, let h): half = Vector3(r, r, h + r)
        case .hull(let points): return points.map(pose.act)
        case .mesh: return nil
        }
        guard half.length > 1e-6 else { return nil }
        return Vector3.boxCorners(half).map(pose.act)
    }
}

extension RobotDescription.Inertial {
    /// Corners of the uniform box with these moments, its axes along the body's; empty without mass.
    var boxCorners: [Vector3] {
        guard mass > 1e-6 else { return [] }
        func half(_ a: Double, _ b: Double, _ c: Double) -> Double { (max(0, 1.5 * (b + c - a) / mass)).squareRoot() }
        let (x, y, z) = (moments[0], moments[1], moments[2])
        return Vector3.boxCorners(Vector3(half(x, y, z), half(y, x, z), half(z, x, y))).map { $0 + center }
    }
}

extension Vector3 {
    static func boxCorners(_ h: Vector3) -> [Vector3] {
        [-1.0, 1].flatMap { x in [-1.0, 1].flatMap { y in [-1.0, 1].map { z in Vector3(h.x * x, h.y * y, h.z * z) } } }
    }

    /// The point that is nearest to all lines, in the least-squares sense, and of such points the nearest to `hint`.
    static func nearest(toLines lines: [(point: Vector3, direction: Vector3)], hint: Vector3) -> Vector3 {
        var rows = [Vector3(1e-3, 0, 0), Vector3(0, 1e-3, 0), Vector3(0, 0, 1e-3)]
        var right = hint * 1e-3
        for line in lines {
            let d = line.direction
            for i in 0..<3 {
                let unit = Vector3(i == 0 ? 1 : 0, i == 1 ? 1 : 0, i == 2 ? 1 : 0)
                rows[i] += unit - d * d[i]
            }
            right += line.point - d * d.dot(line.point)
        }
        let m = Matrix3(rows: rows[0], rows[1], rows[2])
        let determinant = m.determinant
        return Vector3(
            Matrix3(columns: right, m.column(1), m.column(2)).determinant,
            Matrix3(columns: m.column(0), right, m.column(2)).determinant,
            Matrix3(columns: m.column(0), m.column(1), right).determinant) / determinant
    }
}

extension Matrix3 {
    fileprivate func column(_ index: Int) -> Vector3 { Vector3(self[0, index], self[1, index], self[2, index]) }
}
