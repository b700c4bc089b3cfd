import FoundationEssentials
import Geometry

/// Reads the element `mujoco` of an MJCF file (mujoco.readthedocs.io, XML reference).
struct MJCFReader {
    private let settings: MJCFSettings
    private let root: XMLNode
    private var bodies: [RobotDescription.Body] = []
    private var sites: [RobotDescription.Site] = []
    private var warnings: [RobotDescription.Warning] = []
    private var meshes: [String: RobotDescription.Shape.Form] = [:]
    private var bodyNames: Set<String> = []
    private var jointNames: Set<String> = []
    private var jointCount = 0
    private var bodyCount = 0

    static func read(_ root: XMLNode) throws(DescriptionError) -> RobotDescription {
        let folder = URL(filePath: root.file).deletingLastPathComponent()
        var files: Set<String> = [URL(filePath: root.file).standardizedFileURL.path]
        try expandIncludes(root, folder: folder, files: &files)
        var reader = try MJCFReader(root)
        return try reader.description()
    }

    /// Puts the children of the included files in the place of every `include`.
    private static func expandIncludes(
        _ node: XMLNode, folder: URL, files: inout Set<String>
    ) throws(DescriptionError) {
        var children: [XMLNode] = []
        for child in node.children {
            guard child.name == "include" else {
                try expandIncludes(child, folder: folder, files: &files)
                children.append(child)
                continue
            }
            let path = folder.appending(path: try child.require("file")).standardizedFileURL.path
            guard files.insert(path).inserted else {
                throw child.error(.notATree, "includes \(path) again", expected: "every file once")
            }
            let included = try XMLDocument.read(file: path).root
            try expandIncludes(included, folder: folder, files: &files)
            children += included.children
        }
        node.children = children
    }

    private init(_ root: XMLNode) throws(DescriptionError) {
        self.root = root
        settings = try MJCFSettings(root)
        for node in root.all("asset").flatMap({ $0.all("mesh") }) {
            let mesh = try settings.resolved(node, childClass: nil)
            let file = mesh["file"] ?? ""
            let name = mesh["name"] ?? String(file.split(separator: "/").last?.split(separator: ".").first ?? "")
            meshes[name] = .mesh(
                file: settings.meshFolder.isEmpty ? file : settings.meshFolder + "/" + file,
                scale: try mesh.vector("scale") ?? Vector3(1, 1, 1))
        }
    }

    private mutating func warn(_ node: XMLNode, _ message: String) {
        warnings.append(RobotDescription.Warning(line: node.line, message: message))
    }

    private mutating func description() throws(DescriptionError) -> RobotDescription {
        let world = XMLNode(name: "worldbody", attributes: [:], line: root.line, file: root.file)
        world.children = root.all("worldbody").flatMap(\.children)
        try readContent(world, body: nil, frame: .identity, childClass: nil)
        try chooseRobot(world)
        try readEqualities()
        try readActuators()
        bound()
        var description = RobotDescription(
            format: .mjcf, name: root["model"] ?? "", file: root.file, bodies: bodies, sites: sites,
            warnings: warnings)
        try description.resolveCouplings(root)
        return description
    }

    // MARK: bodies

    /// Reads the children of a body, or of a frame in it.
    private mutating func readContent(
        _ node: XMLNode, body: Int?, frame: RigidTransform, childClass: String?
    ) throws(DescriptionError) {
        for child in node.children {
            switch child.name {
            case "body": try readBody(child, parent: body, frame: frame, childClass: childClass)
            case "frame":
                try readContent(
                    child, body: body, frame: frame * settings.pose(child),
                    childClass: child["childclass"] ?? childClass)
            case "geom":
                if let body { try readShape(child, body: body, frame: frame, childClass: childClass) }
            case "site":
                guard let body else { continue }
                let site = try settings.resolved(child, childClass: childClass)
                if let name = site["name"] {
                    sites.append(
                        RobotDescription.Site(name: name, body: body, pose: frame * (try settings.pose(site))))
                }
            case "replicate", "attach", "flexcomp", "composite":
                throw child.error(
                    .unsupported, "is not supported", expected: "plain bodies; save the compiled model with MuJoCo")
            default: continue
            }
        }
    }

    private mutating func readBody(
        _ node: XMLNode, parent: Int?, frame: RigidTransform, childClass inherited: String?
    ) throws(DescriptionError) {
        let childClass = node["childclass"] ?? inherited
        bodyCount += 1
        let name = node["name"] ?? "body\(bodyCount)"
        guard bodyNames.insert(name).inserted else {
            throw node.error(.duplicateName, "is the second body of that name", expected: "a name of its own")
        }
        var joints: [(joint: RobotDescription.Joint, reference: Double)] = []
        for child in node.children where child.name == "joint" || child.name == "freejoint" {
            joints.append(try readJoint(child, childClass: childClass))
        }
        try RobotDescription.checkCount(bodies.count + max(joints.count, 1), node)
        var pose = frame * (try settings.pose(node))
        if joints.contains(where: { $0.joint.kind == .floating }), joints.count > 1 || parent != nil {
            throw node.error(
                .unsupported, "has a free joint beside others, or below another body",
                expected: "a free joint alone, on a child of the worldbody")
        }
        if parent == nil, let root = freeRoot(joints) {
            warn(node, "\(node.place) moves by three slides and a ball joint, taken as a free joint")
            joints = [(root, 0)]
        }
        var parent = parent
        if parent == nil, let joint = joints.first?.joint, joint.kind != .floating {
            // The root itself is fixed; what moves hangs on it.
            bodies.append(emptyBody(name + ".base", parent: nil, pose: pose, node))
            parent = bodies.count - 1
            pose = .identity
        }
        for (index, (joint, reference)) in joints.enumerated() {
            let last = index == joints.count - 1
            var body = emptyBody(last ? name : "\(name).\(joint.name)", parent: parent, pose: pose, node)
            body.pose = pose * joint.displacement(-reference)
            body.joint = joint
            bodies.append(body)
            (parent, pose) = (bodies.count - 1, .identity)
        }
        if joints.isEmpty { bodies.append(emptyBody(name, parent: parent, pose: pose, node)) }
        let index = bodies.count - 1
        try readContent(node, body: index, frame: .identity, childClass: childClass)
        try readInertial(node, body: index)
    }

    private func emptyBody(_ name: String, parent: Int?, pose: RigidTransform, _ node: XMLNode) -> RobotDescription.Body
    {
        RobotDescription.Body(
            name: name, parent: parent, pose: pose, inertial: .none, joint: nil, shapes: [], line: node.line)
    }

    /// The free joint that three slides and a ball joint make.
    private func freeRoot(_ joints: [(joint: RobotDescription.Joint, reference: Double)]) -> RobotDescription.Joint? {
        guard joints.map(\.joint.kind) == [.prismatic, .prismatic, .prismatic, .ball], var joint = joints.last?.joint
        else { return nil }
        joint.kind = .floating
        return joint
    }

    private mutating func readJoint(
        _ raw: XMLNode, childClass: String?
    ) throws(DescriptionError) -> (joint: RobotDescription.Joint, reference: Double) {
        let node = raw.name == "joint" ? try settings.resolved(raw, childClass: childClass) : raw
        let name = raw["name"] ?? "joint\(jointCount)"
        jointCount += 1
        guard jointNames.insert(name).inserted else {
            throw raw.error(.duplicateName, "is the second joint of that name", expected: "a name of its own")
        }
        let kind: RobotProfile.Joint.Kind
        switch raw.name == "freejoint" ? "free" : node["type"] ?? "hinge" {
        case "free": kind = .floating
        case "ball": kind = .ball
        case "slide": kind = .prismatic
        case "hinge": kind = .revolute
        case let type:
            throw node.error(.invalidValue, "type is \"\(type)\"", expected: "hinge, slide, ball or free")
        }
        let turns = kind == .revolute
        let unit = turns ? settings.angleUnit : 1
        var joint = RobotDescription.Joint(
            name: name, kind: kind, axis: Vector3(0, 0, 1), origin: try node.vector("pos") ?? .zero, line: raw.line)
        guard kind == .revolute || kind == .prismatic else { return (joint, 0) }
        joint.axis = try node.direction("axis") ?? Vector3(0, 0, 1)
        let limited =
            switch node["limited"] {
            case "true": true
            case "false": false
            default: settings.autolimits && node["range"] != nil
            }
        if limited, let range = try node.numbers("range", count: 2...2), range != [0, 0] || node["limited"] == "true" {
            guard range[0] <= range[1] else {
                throw node.error(
                    .invalidValue, "range is [\(range[0]), \(range[1])]",
                    expected: "the least value before the greatest")
            }
            joint.range = range[0] * unit...range[1] * unit
        }
        if turns, joint.range == nil { joint.kind = .continuous }
        if let force = try node.numbers("actuatorfrcrange", count: 2...2), node["actuatorfrclimited"] != "false" {
            joint.effort = force.map(abs).max()
        }
        return (joint, (try node.number("ref") ?? 0) * unit)
    }

    // MARK: shapes and masses

    private mutating func readShape(
        _ raw: XMLNode, body: Int, frame: RigidTransform, childClass: String?
    ) throws(DescriptionError) {
        let node = try settings.resolved(raw, childClass: childClass)
        var size = try node.numbers("size", count: 1...3) ?? []
        if size.contains(where: { $0 < 0 }) {
            throw node.error(.invalidValue, "size has a negative number", expected: "lengths of 0 or more")
        }
        size += [Double](repeating: 0, count: 3 - size.count)
        var pose = try settings.pose(node)
        let type = node["type"] ?? (node["mesh"] != nil ? "mesh" : "sphere")
        if let v = try node.numbers("fromto", count: 6...6), type != "mesh" {
            let (from, to) = (Vector3(v[0], v[1], v[2]), Vector3(v[3], v[4], v[5]))
            let half = (to - from).length / 2
            if type == "capsule" || type == "cylinder" { size[1] = half } else { (size[1], size[2]) = (size[0], half) }
            pose = RigidTransform(
                translation: (from + to) / 2,
                rotation: half > 0 ? Quaternion(from: Vector3(0, 0, 1), to: (to - from) / (2 * half)) : .identity)
        }
        let form: RobotDescription.Shape.Form
        switch type {
        case "box": form = .box(Vector3(size[0], size[1], size[2]))
        case "sphere": form = .sphere(size[0])
        case "capsule": form = .capsule(radius: size[0], half: size[1])
        case "cylinder": form = .cylinder(radius: size[0], half: size[1])
        case "ellipsoid": form = .ellipsoid(Vector3(size[0], size[1], size[2]))
        case "mesh":
            guard let mesh = meshes[try node.require("mesh")] else {
                warn(node, "mesh \"\(node["mesh"] ?? "")\" is no asset: the shape is left out")
                return
            }
            form = mesh
        default: return
        }
        let collides = node["contype"] != "0" || node["conaffinity"] != "0"
        let shape = RobotDescription.Shape(form: form, pose: frame * pose, collides: collides)
        bodies[body].shapes.append(shape)
        guard settings.inertiaFromGeom != false, settings.inertiaGroups.contains(try node.number("group") ?? 0) else {
            return
        }
        let mass = try node.number("mass")
        let density = try node.number("density") ?? 1000
        if let mass, mass < 0 {
            throw node.error(.invalidValue, "mass is \(mass)", expected: "0 or more, in kg")
        }
        bodies[body].inertial.add(shape.inertial(mass: mass, density: density))
    }

    private mutating func readInertial(_ node: XMLNode, body: Int) throws(DescriptionError) {
        guard settings.inertiaFromGeom != true, let inertial = node.first("inertial") else { return }
        let mass = try inertial.number("mass") ?? 0
        guard mass >= 0 else {
            throw inertial.error(.invalidValue, "of \(node.place): mass is \(mass)", expected: "0 or more, in kg")
        }
        let pose = try settings.pose(inertial)
        var moments = try inertial.numbers("fullinertia", count: 6...6)
        if moments == nil, let diagonal = try inertial.numbers("diaginertia", count: 3...3) {
            moments = diagonal + [0, 0, 0]
        }
        bodies[body].inertial = RobotDescription.Inertial(
            mass: mass, center: pose.translation,
            moments: (moments ?? [0, 0, 0, 0, 0, 0]).rotated(by: pose.rotation))
    }

    /// The compiler's bounds on masses and moments.
    private mutating func bound() {
        for index in bodies.indices where settings.leastMass > 0 || settings.leastInertia > 0 {
            bodies[index].inertial.mass = max(bodies[index].inertial.mass, settings.leastMass)
            for axis in 0..<3 {
                bodies[index].inertial.moments[axis] = max(bodies[index].inertial.moments[axis], settings.leastInertia)
            }
        }
        let mass = bodies.reduce(0) { $0 + $1.inertial.mass }
        guard let total = settings.totalMass, mass > 0 else { return }
        for index in bodies.indices {
            bodies[index].inertial.mass *= total / mass
            bodies[index].inertial.moments = bodies[index].inertial.moments.map { $0 * total / mass }
        }
    }

    // MARK: the robot among the bodies of the world

    /// Keeps the tree with the most joints; the world may hold scenery too.
    private mutating func chooseRobot(_ world: XMLNode) throws(DescriptionError) {
        let roots = bodies.indices.filter { bodies[$0].parent == nil }
        guard !roots.isEmpty else {
            throw root.error(.missing, "has no body in its worldbody", expected: "<worldbody><body>…")
        }
        func end(_ position: Int) -> Int { position + 1 < roots.count ? roots[position + 1] : bodies.count }
        func jointCount(_ position: Int) -> Int {
            bodies[roots[position]..<end(position)].count { $0.joint != nil }
        }
        let order = roots.indices.sorted { (jointCount($0), $1) > (jointCount($1), $0) }
        let chosen = roots[order[0]]..<end(order[0])
        if order.count > 1, jointCount(order[1]) > 1, 2 * jointCount(order[1]) >= jointCount(order[0]) {
            let second = bodies[roots[order[1]]]
            throw DescriptionError(
                code: .notATree, file: root.file, line: second.line, place: "body \"\(second.name)\"",
                problem: "is a second robot beside \"\(bodies[chosen.lowerBound].name)\"",
                expected: "one robot in the worldbody")
        }
        for position in order.dropFirst() {
            let body = bodies[roots[position]]
            warnings.append(
                RobotDescription.Warning(
                    line: body.line, message: "body \"\(body.name)\" is not part of the robot and left out"))
        }
        sites = sites.filter { chosen.contains($0.body) }.map { site in
            var site = site
            site.body -= chosen.lowerBound
            return site
        }
        bodies = bodies[chosen].map { body in
            var body = body
            body.parent = body.parent.map { $0 - chosen.lowerBound }
            return body
        }
    }

    // MARK: couplings and motors

    private mutating func readEqualities() throws(DescriptionError) {
        let index = jointIndex
        for raw in root.all("equality").flatMap(\.children) where raw["active"] != "false" {
            switch raw.name {
            case "connect", "weld":
                let ends = [raw["body1"] ?? raw["site1"], raw["body2"] ?? raw["site2"]].compactMap(\.self)
                warn(raw, "\(raw.name) of \(ends.joined(separator: " and ")) closes a loop: left open")
            case "joint":
                let node = try settings.resolved(raw, childClass: nil)
                let follower = try node.require("joint1")
                guard let body = index[follower] else {
                    throw node.error(
                        .unknownName, "joint1 \"\(follower)\" is no joint", expected: "the name of a joint")
                }
                let given = try node.numbers("polycoef", count: 1...5) ?? [0, 1]
                let coefficients = given + [Double](repeating: 0, count: 5 - given.count)
                guard let leader = node["joint2"] else {
                    warn(node, "joint \"\(follower)\" is held by an equality: ignored")
                    continue
                }
                if coefficients[2...].contains(where: { $0 != 0 }) {
                    warn(node, "the coupling of \"\(follower)\" to \"\(leader)\" is no line: its linear part is taken")
                }
                bodies[body].joint?.mimic = RobotProfile.Joint.Mimic(
                    joint: leader, ratio: coefficients[1], offset: coefficients[0])
            default: continue
            }
        }
    }

    private var jointIndex: [String: Int] {
        Dictionary(
            bodies.indices.compactMap { i in bodies[i].joint.map { ($0.name, i) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Greatest efforts of joints that have none of their own, from the actuators that move them.
    private mutating func readActuators() throws(DescriptionError) {
        let index = jointIndex
        for raw in root.all("actuator").flatMap(\.children) {
            let node = try settings.resolved(raw, childClass: nil)
            guard let body = node["joint"].flatMap({ index[$0] }), bodies[body].joint?.effort == nil else { continue }
            if let force = try node.numbers("forcerange", count: 2...2), node["forcelimited"] != "false" {
                bodies[body].joint?.effort = force.map(abs).max().flatMap { $0 > 0 ? $0 : nil }
            } else if raw.name == "motor", let control = try node.numbers("ctrlrange", count: 2...2) {
                let gear = abs(try node.numbers("gear", count: 1...6)?[0] ?? 1)
                bodies[body].joint?.effort = control.map { abs($0) * gear }.max().flatMap { $0 > 0 ? $0 : nil }
            }
        }
    }
}

extension RobotDescription.Joint {
    /// The motion of the body when the joint moves by `distance`.
    func displacement(_ distance: Double) -> RigidTransform {
        switch kind {
        case .revolute, .continuous:
            let turn = Quaternion(angle: distance, axis: axis)
            return RigidTransform(translation: origin - turn.act(origin), rotation: turn)
        case .prismatic: return RigidTransform(translation: axis * distance, rotation: .identity)
        case .fixed, .ball, .floating: return .identity
        }
    }
}
