import Geometry

/// Reads the model of an SDF file (sdformat.org/spec, versions 1.5 and later).
struct SDFReader {
    /// Gazebo writes 1e16 where there is no limit.
    private static let endless = 1e6

    private let model: XMLNode
    private var links: [String: XMLNode] = [:]
    private var names: [String] = []
    private var joints: [String: XMLNode] = [:]
    private var frames: [String: XMLNode] = [:]
    private var warnings: [RobotDescription.Warning] = []

    static func read(_ root: XMLNode) throws(DescriptionError) -> RobotDescription {
        func size(_ model: XMLNode) -> (Int, Int) { (model.all("joint").count, model.all("link").count) }
        let models = (root.all("model") + root.all("world").flatMap { $0.all("model") })
        guard let model = models.max(by: { size($0) < size($1) }) else {
            throw root.error(.missing, "has no model", expected: "a <model> with links and joints")
        }
        var reader = SDFReader(model)
        return try reader.description()
    }

    private init(_ model: XMLNode) { self.model = model }

    private mutating func description() throws(DescriptionError) -> RobotDescription {
        try collectLinks()
        let children = try collectJoints()
        let hanging = Set(children.values.joined().map(\.child))
        guard let first = names.first(where: { !hanging.contains($0) }) else {
            throw model.error(
                .notATree, "has no root: its joints make a cycle", expected: "a link that is no joint's child")
        }
        var bodies: [RobotDescription.Body] = []
        var pending: [(link: String, parent: Int?, joint: XMLNode?)] = [(first, nil, nil)]
        while let next = pending.popLast(), let link = links[next.link] {
            let place = try pose(ofLink: next.link, depth: 0)
            var body = RobotDescription.Body(
                name: next.link, parent: next.parent, pose: .identity, inertial: try inertial(link), joint: nil,
                shapes: try shapes(link), line: link.line)
            if let parent = next.parent {
                body.pose = try pose(ofLink: bodies[parent].name, depth: 0).inverse * place
            }
            if let joint = next.joint { body.joint = try motion(joint) }
            bodies.append(body)
            let index = bodies.count - 1
            for edge in (children[next.link] ?? []).reversed() { pending.append((edge.child, index, edge.joint)) }
        }
        guard bodies.count == names.count else {
            throw model.error(
                .notATree, "has \(names.count - bodies.count) links that hang on nothing",
                expected: "a path of joints from \"\(first)\" to every link")
        }
        var description = RobotDescription(
            format: .sdf, name: model["name"] ?? "", file: model.file, bodies: bodies, sites: [], warnings: warnings)
        try description.resolveCouplings(model)
        return description
    }

    private mutating func collectLinks() throws(DescriptionError) {
        for name in ["include", "model"] {
            if let other = model.first(name) {
                throw other.error(
                    .unsupported, "is a model within the model, which is not supported",
                    expected: "one model; gz sdf -p FILE puts included ones into it")
            }
        }
        for link in model.all("link") {
            let name = try link.require("name")
            guard links.updateValue(link, forKey: name) == nil else {
                throw link.error(.duplicateName, "is the second of that name", expected: "a name of its own")
            }
            names.append(name)
        }
        try RobotDescription.checkCount(names.count, model)
        for frame in model.all("frame") { frames[try frame.require("name")] = frame }
    }

    /// The joints by their parents; one that would close a loop is left out, with a warning.
    private mutating func collectJoints() throws(DescriptionError) -> [String: [(child: String, joint: XMLNode)]] {
        var children: [String: [(child: String, joint: XMLNode)]] = [:]
        var hanging: Set<String> = []
        for joint in model.all("joint") {
            let name = try joint.require("name")
            guard joints.updateValue(joint, forKey: name) == nil else {
                throw joint.error(.duplicateName, "is the second of that name", expected: "a name of its own")
            }
            guard let parent = joint.first("parent")?.words.first, let child = joint.first("child")?.words.first else {
                throw joint.error(.missing, "lacks its parent or child", expected: "<parent> and <child>")
            }
            if parent == "world" { continue }
            for end in [parent, child] where links[end] == nil {
                throw joint.error(
                    .unknownName, "\"\(end)\" is no link",
                    expected: "the name of a link" + (nearestName(to: end, among: names).map { ", \"\($0)\"?" } ?? ""))
            }
            guard hanging.insert(child).inserted else {
                warn(joint, "\"\(child)\" hangs on another joint already: the loop is broken here")
                continue
            }
            children[parent, default: []].append((child, joint))
        }
        return children
    }

    private mutating func warn(_ node: XMLNode, _ message: String) {
        warnings.append(RobotDescription.Warning(line: node.line, message: message))
    }

    // MARK: poses

    private func own(_ node: XMLNode) throws(DescriptionError) -> RigidTransform {
        guard let pose = node.first("pose") else { return .identity }
        let v = try pose.contents(count: 6)
        let unit = pose["degrees"] == "true" ? Double.pi / 180 : 1
        let turn =
            Quaternion(angle: v[5] * unit, axis: Vector3(0, 0, 1))
            * Quaternion(angle: v[4] * unit, axis: Vector3(0, 1, 0))
            * Quaternion(angle: v[3] * unit, axis: Vector3(1, 0, 0))
        return RigidTransform(translation: Vector3(v[0], v[1], v[2]), rotation: turn)
    }

    /// Pose of a link in the model.
    private func pose(ofLink name: String, depth: Int) throws(DescriptionError) -> RigidTransform {
        guard let link = links[name] else { return .identity }
        return try pose(ofFrame: link.first("pose")?["relative_to"], depth) * own(link)
    }

    /// Pose in the model of what a `relative_to` names.
    private func pose(ofFrame name: String?, _ depth: Int) throws(DescriptionError) -> RigidTransform {
        guard let name, !name.isEmpty, name != "__model__" else { return .identity }
        guard depth < names.count + joints.count + frames.count else {
            throw model.error(.notATree, "has poses that refer to one another in a circle", expected: "poses that end")
        }
        if let link = links[name] {
            return try pose(ofFrame: link.first("pose")?["relative_to"], depth + 1) * own(link)
        }
        if let joint = joints[name] {
            let base = joint.first("pose")?["relative_to"] ?? joint.first("child")?.words.first
            return try pose(ofFrame: base, depth + 1) * own(joint)
        }
        if let frame = frames[name] {
            return try pose(ofFrame: frame.first("pose")?["relative_to"] ?? frame["attached_to"], depth + 1)
                * own(frame)
        }
        throw model.error(.unknownName, "has a pose relative to \"\(name)\"", expected: "a link, joint or frame")
    }

    // MARK: links

    private func inertial(_ link: XMLNode) throws(DescriptionError) -> RobotDescription.Inertial {
        guard let node = link.first("inertial") else { return .none }
        let mass = try node.first("mass")?.contents(count: 1)[0] ?? 1
        guard mass >= 0 else {
            throw node.error(.invalidValue, "of \(link.place) has mass \(mass)", expected: "0 or more, in kg")
        }
        var moments = [0.0, 0, 0, 0, 0, 0]
        if let inertia = node.first("inertia") {
            for (index, key) in ["ixx", "iyy", "izz", "ixy", "ixz", "iyz"].enumerated() {
                moments[index] = try inertia.first(key)?.contents(count: 1)[0] ?? 0
            }
        }
        let pose = try own(node)
        return RobotDescription.Inertial(
            mass: mass, center: pose.translation, moments: moments.rotated(by: pose.rotation))
    }

    private func shapes(_ link: XMLNode) throws(DescriptionError) -> [RobotDescription.Shape] {
        var shapes: [RobotDescription.Shape] = []
        for (element, collides) in [("visual", false), ("collision", true)] {
            for node in link.all(element) {
                guard let form = try node.first("geometry")?.children.first.flatMap(form) else { continue }
                shapes.append(RobotDescription.Shape(form: form, pose: try own(node), collides: collides))
            }
        }
        return shapes
    }

    private func form(_ node: XMLNode) throws(DescriptionError) -> RobotDescription.Shape.Form? {
        func number(_ key: String) throws(DescriptionError) -> Double {
            guard let value = try node.first(key)?.contents(count: 1)[0], value >= 0 else {
                throw node.error(.invalidValue, "needs \(key)", expected: "a length of 0 or more, in m")
            }
            return value
        }
        func vector(_ key: String) throws(DescriptionError) -> Vector3? {
            guard let v = try node.first(key)?.contents(count: 3) else { return nil }
            return Vector3(v[0], v[1], v[2])
        }
        switch node.name {
        case "box": return .box((try vector("size") ?? .zero) * 0.5)
        case "sphere": return .sphere(try number("radius"))
        case "cylinder": return .cylinder(radius: try number("radius"), half: try number("length") / 2)
        case "capsule": return .capsule(radius: try number("radius"), half: try number("length") / 2)
        case "ellipsoid": return .ellipsoid(try vector("radii") ?? .zero)
        case "mesh":
            guard let file = node.first("uri")?.words.first else { return nil }
            return .mesh(file: file, scale: try vector("scale") ?? Vector3(1, 1, 1))
        default: return nil
        }
    }

    // MARK: joints

    private mutating func motion(_ node: XMLNode) throws(DescriptionError) -> RobotDescription.Joint? {
        let name = try node.require("name")
        let kind: RobotProfile.Joint.Kind
        switch node["type"] ?? "" {
        case "fixed": return nil
        case "revolute": kind = .revolute
        case "continuous": kind = .continuous
        case "prismatic": kind = .prismatic
        case "ball": kind = .ball
        case let type:
            warn(node, "joint \"\(name)\" is \(type.isEmpty ? "of no type" : type): held at its rest value")
            return nil
        }
        let child = node.first("child")?.words.first ?? ""
        let inChild = try pose(ofLink: child, depth: 0).inverse
        let place = inChild * (try pose(ofFrame: name, 0))
        var joint = RobotDescription.Joint(
            name: name, kind: kind, axis: Vector3(0, 0, 1), origin: place.translation, line: node.line)
        guard kind != .ball, let axis = node.first("axis") else { return joint }
        if let xyz = axis.first("xyz") {
            let v = try xyz.contents(count: 3)
            let direction = Vector3(v[0], v[1], v[2])
            guard direction.length > 1e-6 else {
                throw xyz.error(.invalidValue, "of joint \"\(name)\" is zero", expected: "a direction")
            }
            var turn = place.rotation
            if axis.first("use_parent_model_frame")?.words.first.map({ $0 == "1" || $0 == "true" }) == true {
                turn = inChild.rotation
            } else if let frame = xyz["expressed_in"] {
                turn = inChild.rotation * (try pose(ofFrame: frame, 0)).rotation
            }
            joint.axis = turn.act(direction.normalized)
        }
        guard let limit = axis.first("limit") else { return joint }
        func bound(_ key: String) throws(DescriptionError) -> Double? {
            guard let text = limit.first(key)?.words.first, Double(text)?.isFinite ?? true else { return nil }
            let value = try limit.first(key)?.contents(count: 1)[0] ?? 0
            return abs(value) < Self.endless ? value : nil
        }
        if kind != .continuous, let lower = try bound("lower"), let upper = try bound("upper"), lower <= upper {
            joint.range = lower...upper
        } else if kind == .revolute {
            joint.kind = .continuous
        }
        joint.velocity = try bound("velocity").flatMap { $0 > 0 ? $0 : nil }
        joint.effort = try bound("effort").flatMap { $0 > 0 ? $0 : nil }
        if let mimic = axis.first("mimic") {
            joint.mimic = RobotProfile.Joint.Mimic(
                joint: try mimic.require("joint"), ratio: try mimic.first("multiplier")?.contents(count: 1)[0] ?? 1,
                offset: try mimic.first("offset")?.contents(count: 1)[0] ?? 0)
        }
        return joint
    }
}

extension XMLNode {
    /// The words between the element's tags.
    fileprivate var words: [String] {
        String(decoding: text, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// The numbers between the element's tags.
    fileprivate func contents(count: Int) throws(DescriptionError) -> [Double] {
        let values = words.compactMap(Double.init).filter(\.isFinite)
        guard values.count == count, words.count == count else {
            throw error(
                .invalidValue, "holds \"\(words.joined(separator: " ").prefix(60))\"", expected: "\(count) numbers")
        }
        return values
    }
}
