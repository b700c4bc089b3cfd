import Geometry

/// Reads the element `robot` of a URDF file (wiki.ros.org/urdf/XML).
struct URDFReader {
    private struct Link {
        var node: XMLNode
        var inertial: RobotDescription.Inertial
        var shapes: [RobotDescription.Shape]
    }
    private struct Edge {
        var child: String
        var pose: RigidTransform
        var joint: RobotDescription.Joint?
        var line: Int
    }

    private let root: XMLNode
    private var links: [String: Link] = [:]
    private var linkNames: [String] = []
    private var children: [String: [Edge]] = [:]
    private var parents: [String: String] = [:]
    private var warnings: [RobotDescription.Warning] = []
    /// Whether no joint of the file has a range: then 0 to 0 says nothing.
    private let limitsAreAbsent: Bool

    init(_ root: XMLNode) throws(DescriptionError) {
        self.root = root
        limitsAreAbsent = !root.all("joint").contains { node in
            guard node["type"] == "revolute" || node["type"] == "prismatic", let limit = node.first("limit") else {
                return false
            }
            return ["lower", "upper"].contains { (Double(limit[$0] ?? "0") ?? 1) != 0 }
        }
        for node in root.children where node.name.hasPrefix("xacro:") {
            warn(node, "\(node.place) is left over from xacro and ignored")
        }
        for node in root.all("link") { try readLink(node) }
        guard !links.isEmpty else { throw root.error(.missing, "has no link", expected: "at least one <link>") }
        try RobotDescription.checkCount(linkNames.count, root)
        var names: Set<String> = []
        for node in root.all("joint") {
            let name = try node.require("name")
            guard names.insert(name).inserted else {
                throw node.error(.duplicateName, "is the second of that name", expected: "a name of its own")
            }
            try readJoint(node, name: name)
        }
    }

    private mutating func warn(_ node: XMLNode, _ message: String) {
        warnings.append(RobotDescription.Warning(line: node.line, message: message))
    }

    /// The tree from its root downwards, in the order of the joints in the file.
    func description() throws(DescriptionError) -> RobotDescription {
        let roots = linkNames.filter { parents[$0] == nil }
        guard let first = roots.first else {
            throw root.error(
                .notATree, "every link is the child of a joint: the joints make a cycle", expected: "a root link")
        }
        guard roots.count == 1 else {
            let node = links[roots[1]]?.node ?? root
            throw node.error(
                .notATree, "is a second root beside \"\(first)\"", expected: "one link that is the child of no joint")
        }
        var bodies: [RobotDescription.Body] = []
        var pending: [(link: String, parent: Int?, edge: Edge?)] = [(first, nil, nil)]
        while let next = pending.popLast() {
            guard let link = links[next.link] else { continue }
            bodies.append(
                RobotDescription.Body(
                    name: next.link, parent: next.parent, pose: next.edge?.pose ?? .identity, inertial: link.inertial,
                    joint: next.edge?.joint, shapes: link.shapes, line: link.node.line))
            let index = bodies.count - 1
            for edge in (children[next.link] ?? []).reversed() { pending.append((edge.child, index, edge)) }
        }
        let reached = Set(bodies.map(\.name))
        if let lost = linkNames.first(where: { !reached.contains($0) }) {
            throw (links[lost]?.node ?? root).error(
                .notATree, "hangs in a cycle of joints", expected: "a path of joints to the root \"\(first)\"")
        }
        var description = RobotDescription(
            format: .urdf, name: root["name"] ?? "", file: root.file, bodies: bodies, sites: [], warnings: warnings)
        try description.resolveCouplings(root)
        return description
    }

    private mutating func readLink(_ node: XMLNode) throws(DescriptionError) {
        let name = try node.require("name")
        guard links[name] == nil else {
            throw node.error(.duplicateName, "is the second of that name", expected: "a name of its own")
        }
        var shapes: [RobotDescription.Shape] = []
        for (element, collides) in [("visual", false), ("collision", true)] {
            for shape in node.all(element) {
                if let form = try readForm(shape) {
                    shapes.append(RobotDescription.Shape(form: form, pose: try readOrigin(shape), collides: collides))
                }
            }
        }
        links[name] = Link(node: node, inertial: try readInertial(node), shapes: shapes)
        linkNames.append(name)
    }

    private mutating func readInertial(_ link: XMLNode) throws(DescriptionError) -> RobotDescription.Inertial {
        guard let node = link.first("inertial"), let massNode = node.first("mass") else { return .none }
        let mass = try massNode.number("value") ?? 0
        guard mass >= 0 else {
            throw massNode.error(
                .invalidValue, "of \(link.place) is \(mass)", expected: "0 or more, in kg")
        }
        var moments = [0.0, 0, 0, 0, 0, 0]
        if let inertia = node.first("inertia") {
            for (index, key) in ["ixx", "iyy", "izz", "ixy", "ixz", "iyz"].enumerated() {
                moments[index] = try inertia.number(key) ?? 0
            }
            if moments.prefix(3).contains(where: { $0 < 0 }) {
                warn(inertia, "\(link.place) has a negative moment of inertia")
            }
        }
        let origin = try readOrigin(node)
        return RobotDescription.Inertial(
            mass: mass, center: origin.translation, moments: moments.rotated(by: origin.rotation))
    }

    private func readOrigin(_ node: XMLNode) throws(DescriptionError) -> RigidTransform {
        guard let origin = node.first("origin") else { return .identity }
        let angles = try origin.vector("rpy") ?? .zero
        let rotation =
            Quaternion(angle: angles.z, axis: Vector3(0, 0, 1)) * Quaternion(angle: angles.y, axis: Vector3(0, 1, 0))
            * Quaternion(angle: angles.x, axis: Vector3(1, 0, 0))
        return RigidTransform(translation: try origin.vector("xyz") ?? .zero, rotation: rotation)
    }

    private func readForm(_ node: XMLNode) throws(DescriptionError) -> RobotDescription.Shape.Form? {
        guard let shape = node.first("geometry")?.children.first else { return nil }
        func size(_ key: String) throws(DescriptionError) -> Double {
            guard let value = try shape.number(key), value >= 0 else {
                throw shape.error(.invalidValue, "needs \(key)", expected: "a length of 0 or more, in m")
            }
            return value
        }
        switch shape.name {
        case "box": return .box((try shape.vector("size") ?? .zero) * 0.5)
        case "sphere": return .sphere(try size("radius"))
        case "cylinder": return .cylinder(radius: try size("radius"), half: try size("length") / 2)
        case "capsule": return .capsule(radius: try size("radius"), half: try size("length") / 2)
        case "mesh":
            return .mesh(file: try shape.require("filename"), scale: try shape.vector("scale") ?? Vector3(1, 1, 1))
        default: return nil
        }
    }

    private mutating func readJoint(_ node: XMLNode, name: String) throws(DescriptionError) {
        func link(_ element: String) throws(DescriptionError) -> String {
            guard let end = node.first(element) else {
                throw node.error(.missing, "has no <\(element)>", expected: "<\(element) link=\"…\"/>")
            }
            let name = try end.require("link")
            guard links[name] != nil else {
                let nearest = nearestName(to: name, among: linkNames).map { "; did you mean \"\($0)\"?" } ?? ""
                throw node.error(
                    .unknownName, "\(element) \"\(name)\" is no link", expected: "the name of a link" + nearest)
            }
            return name
        }
        let (parent, child) = (try link("parent"), try link("child"))
        guard parents[child] == nil else {
            throw node.error(
                .notATree, "\"\(child)\" is the child of another joint already", expected: "one parent for each link")
        }
        guard parent != child else {
            throw node.error(.notATree, "joins \"\(child)\" to itself", expected: "two links")
        }
        parents[child] = parent
        let joint = try readMotion(node, name: name)
        let edge = Edge(child: child, pose: try readOrigin(node), joint: joint, line: node.line)
        children[parent, default: []].append(edge)
    }

    /// The range of a joint; nil, with a warning, where it has none.
    private mutating func readRange(
        _ node: XMLNode, _ limit: XMLNode?, name: String
    ) throws(DescriptionError) -> ClosedRange<Double>? {
        guard let limit, limit["lower"] != nil || limit["upper"] != nil else {
            warn(node, "joint \"\(name)\" has no position limits")
            return nil
        }
        let (lower, upper) = (try limit.limit("lower") ?? 0, try limit.limit("upper") ?? 0)
        guard lower <= upper else {
            throw limit.error(
                .invalidValue, "of joint \"\(name)\": lower \(lower) is over upper \(upper)",
                expected: "lower below upper")
        }
        // The exporter of SolidWorks writes four zeros where nobody has filled in limits.
        let rates = [limit["effort"], limit["velocity"]].map { Double($0 ?? "0") ?? 1 }
        if lower == 0, upper == 0, limitsAreAbsent || rates == [0, 0] {
            warn(limit, "joint \"\(name)\" has limits of 0 to 0: taken for none")
            return nil
        }
        return lower...upper
    }

    private mutating func readMotion(_ node: XMLNode, name: String) throws(DescriptionError) -> RobotDescription.Joint?
    {
        let type = try node.require("type")
        let kind: RobotProfile.Joint.Kind
        switch type {
        case "fixed": return nil
        case "revolute": kind = .revolute
        case "continuous": kind = .continuous
        case "prismatic": kind = .prismatic
        case "spherical", "ball": kind = .ball
        case "floating", "planar":
            warn(node, "joint \"\(name)\" is \(type): held at its rest value")
            return nil
        default:
            throw node.error(
                .invalidValue, "type is \"\(type)\"",
                expected: "revolute, continuous, prismatic, fixed, floating or planar")
        }
        var axis = Vector3(1, 0, 0)
        if let given = try node.first("axis")?.vector("xyz"), kind != .ball {
            guard abs(given.length - 1) < 0.01 else {
                throw node.error(.invalidValue, "axis has length \(given.length)", expected: "a unit vector")
            }
            axis = given.normalized
        }
        let limit = node.first("limit")
        let range = kind == .revolute || kind == .prismatic ? try readRange(node, limit, name: name) : nil
        func rate(_ key: String) throws(DescriptionError) -> Double? {
            guard let value = try limit?.limit(key) else { return nil }
            guard value >= 0 else {
                throw (limit ?? node).error(
                    .invalidValue, "of joint \"\(name)\": \(key) is \(value)", expected: "more than 0")
            }
            return value > 0 ? value : nil
        }
        var mimic: RobotProfile.Joint.Mimic?
        if let coupling = node.first("mimic") {
            mimic = RobotProfile.Joint.Mimic(
                joint: try coupling.require("joint"), ratio: try coupling.number("multiplier") ?? 1,
                offset: try coupling.number("offset") ?? 0)
        }
        return RobotDescription.Joint(
            name: name, kind: kind, axis: axis, origin: .zero, range: range, velocity: try rate("velocity"),
            effort: try rate("effort"), mimic: mimic, line: node.line)
    }
}

extension RobotDescription {
    /// Makes every coupling refer to a joint that follows no other.
    mutating func resolveCouplings(_ root: XMLNode) throws(DescriptionError) {
        let index = Dictionary(
            bodies.indices.compactMap { i in bodies[i].joint.map { ($0.name, i) } },
            uniquingKeysWith: { first, _ in first })
        for i in bodies.indices {
            guard let joint = bodies[i].joint, var mimic = joint.mimic else { continue }
            func fail(_ code: DescriptionError.Code, _ problem: String, _ expected: String) -> DescriptionError {
                DescriptionError(
                    code: code, file: root.file, line: joint.line, place: "joint \"\(joint.name)\"", problem: problem,
                    expected: expected)
            }
            var seen: Set<String> = [joint.name]
            while true {
                guard seen.insert(mimic.joint).inserted else {
                    throw fail(.notATree, "mimics itself", "a joint that moves on its own")
                }
                guard let leader = index[mimic.joint] else {
                    guard root.name == "robot", root.all("joint").contains(where: { $0["name"] == mimic.joint }) else {
                        throw fail(.unknownName, "mimics \"\(mimic.joint)\", which is no joint", "the name of a joint")
                    }
                    // The joint that it follows is fixed.
                    bodies[i].joint?.mimic = nil
                    warnings.append(
                        Warning(
                            line: joint.line, message: "joint \"\(joint.name)\" mimics a fixed joint: coupling dropped")
                    )
                    break
                }
                guard let next = bodies[leader].joint?.mimic else {
                    bodies[i].joint?.mimic = mimic
                    break
                }
                mimic = RobotProfile.Joint.Mimic(
                    joint: next.joint, ratio: mimic.ratio * next.ratio, offset: mimic.ratio * next.offset + mimic.offset
                )
            }
        }
    }
}

extension [Double] {
    /// Moments xx, yy, zz, xy, xz, yz of a body whose axes are turned by `rotation`, in the axes of the parent.
    func rotated(by rotation: Quaternion) -> [Double] {
        let r = Matrix3(rotation)
        let i = Matrix3(
            rows: Vector3(self[0], self[3], self[4]), Vector3(self[3], self[1], self[5]),
            Vector3(self[4], self[5], self[2]))
        let m = r * i * r.transposed
        return [m[0, 0], m[1, 1], m[2, 2], m[0, 1], m[0, 2], m[1, 2]]
    }
}
