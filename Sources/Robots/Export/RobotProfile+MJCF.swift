import Geometry

extension RobotProfile {
    /// The robot as a MuJoCo model (MJCF) without meshes: tree, masses, ranges, couplings, and the poses as key frames.
    public var mjcf: String {
        let joints = Dictionary(joints.map { ($0.body, $0) }, uniquingKeysWith: { first, _ in first })
        let shapes = exportShapes
        let children = Dictionary(grouping: bodies.filter { $0.parent != nil }) { $0.parent ?? "" }
        func element(_ body: Body) -> XMLElement {
            var parts: [XMLElement] = []
            if body.mass > 0 {
                parts.append(
                    XMLElement(
                        "inertial",
                        [
                            ("pos", body.centerOfMass.attribute), ("mass", [body.mass].attribute),
                            ("fullinertia", body.inertia.attribute),
                        ]))
            }
            if let joint = joints[body.name] { parts += joint.mjcf }
            parts += (shapes[body.name] ?? []).map(\.mjcf)
            parts += (children[body.name] ?? []).map(element)
            let pose = body.parent == nil ? rootPose : body.pose
            return XMLElement(
                "body",
                [("name", body.name), ("pos", pose.translation.attribute), ("quat", pose.rotation.attribute)], parts)
        }
        let world = [
            XMLElement("light", [("pos", "0 0 4"), ("dir", "0 0 -1"), ("directional", "true")]),
            XMLElement("geom", [("name", "floor"), ("type", "plane"), ("size", "0 0 0.05")]),
        ]
        let couplings = self.joints.compactMap { joint in
            joint.mimic.map { mimic in
                XMLElement(
                    "joint",
                    [
                        ("joint1", joint.name), ("joint2", mimic.joint),
                        ("polycoef", [mimic.offset, mimic.ratio, 0, 0, 0].attribute),
                    ])
            }
        }
        var parts = [
            // Makers' inertias are not always physical, and frames have no mass: MuJoCo wants both.
            XMLElement(
                "compiler",
                [
                    ("angle", "radian"), ("autolimits", "true"), ("balanceinertia", "true"), ("boundmass", "1e-9"),
                    ("boundinertia", "1e-12"),
                ]), XMLElement("worldbody", [], world + bodies.prefix(1).map(element)),
        ]
        if !couplings.isEmpty { parts.append(XMLElement("equality", [], couplings)) }
        parts.append(XMLElement("keyframe", [], poses.sorted { $0.key < $1.key }.map(keyFrame)))
        return XMLElement("mujoco", [("model", name)], parts).document(remark: exportRemark)
    }

    /// Where the root stands before anything moves.
    private var rootPose: RigidTransform {
        guard hasFloatingRoot else { return RigidTransform(translation: .zero, rotation: restingRoot) }
        return RigidTransform(translation: standPose.rootPosition, rotation: standPose.rootRotation)
    }

    private func keyFrame(_ name: String, _ pose: Pose) -> XMLElement {
        var positions: [Double] = []
        if hasFloatingRoot {
            let (p, q) = (pose.rootPosition, pose.rootRotation)
            positions = [p.x, p.y, p.z, q.w, q.x, q.y, q.z]
        }
        // MuJoCo numbers joints depth first, which may not be the order of the profile's bodies.
        let children = Dictionary(grouping: bodies.filter { $0.parent != nil }) { $0.parent ?? "" }
        let byBody = Dictionary(joints.map { ($0.body, $0) }, uniquingKeysWith: { first, _ in first })
        var waiting = Array(bodies.prefix(1))
        while let body = waiting.popLast() {
            if let joint = byBody[body.name], joint.kind.moves {
                let driver = joint.mimic.map { $0.ratio * (pose.joints[$0.joint] ?? 0) + $0.offset }
                positions.append(driver ?? pose.joints[joint.name] ?? 0)
            }
            waiting += (children[body.name] ?? []).reversed()
        }
        return XMLElement("key", [("name", name), ("qpos", positions.attribute)])
    }
}

extension RobotProfile.Joint {
    fileprivate var mjcf: [XMLElement] {
        if kind == .floating { return [XMLElement("freejoint", [("name", name)])] }
        guard kind.moves else { return [] }
        var attributes = [
            ("name", name), ("type", kind == .prismatic ? "slide" : "hinge"), ("pos", origin.attribute),
            ("axis", axis.attribute),
        ]
        if limits.lower.isFinite { attributes.append(("range", [limits.lower, limits.upper].attribute)) }
        if let effort { attributes.append(("actuatorfrcrange", [-effort, effort].attribute)) }
        return [XMLElement("joint", attributes)]
    }
}

extension ExportShape {
    fileprivate var mjcf: XMLElement {
        switch self {
        case .capsule(let from, let to, let radius):
            let isBall = (to - from).length < 1e-6
            let place = isBall ? ("pos", from.attribute) : ("fromto", from.attribute + " " + to.attribute)
            return XMLElement(
                "geom",
                [
                    ("type", isBall ? "sphere" : "capsule"), place, ("size", [radius].attribute),
                    ("contype", "0"), ("conaffinity", "0"), ("group", "1"),
                ])
        case .soleCorner(let point, let radius):
            return XMLElement(
                "geom",
                [("type", "sphere"), ("pos", point.attribute), ("size", [radius].attribute), ("group", "3")])
        }
    }
}

extension Vector3 {
    var attribute: String { [x, y, z].attribute }
}

extension Quaternion {
    var attribute: String { [w, x, y, z].attribute }
}
