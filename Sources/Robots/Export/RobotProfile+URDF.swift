import Geometry
import Glibc

extension RobotProfile {
    /// The robot as a URDF without meshes: tree, masses, ranges and couplings.
    ///
    /// URDF turns joints about the origin of the moved link: where the axis lies elsewhere, a link without mass stands
    /// between. The numbers for efforts that are unknown are zero.
    public var urdf: String {
        let joints = Dictionary(joints.map { ($0.body, $0) }, uniquingKeysWith: { first, _ in first })
        let shapes = exportShapes
        var parts: [XMLElement] = [
            // Read by MuJoCo alone: keeps the bodies that do not move.
            XMLElement(
                "mujoco", [],
                [
                    XMLElement(
                        "compiler",
                        [
                            ("fusestatic", "false"), ("balanceinertia", "true"), ("boundmass", "1e-9"),
                            ("boundinertia", "1e-12"),
                        ])
                ])
        ]
        for body in bodies {
            parts.append(link(body, shapes[body.name] ?? []))
            guard let parent = body.parent else { continue }
            let joint = joints[body.name]
            guard let joint, joint.kind.moves, joint.origin != .zero else {
                parts.append(connection(joint, from: parent, to: body.name, at: body.pose, fallback: body.name))
                continue
            }
            let pivot = RigidTransform(translation: joint.origin, rotation: .identity)
            let between = body.name + "_pivot"
            parts.append(XMLElement("link", [("name", between)]))
            parts.append(connection(joint, from: parent, to: between, at: body.pose * pivot, fallback: body.name))
            parts.append(connection(nil, from: between, to: body.name, at: pivot.inverse, fallback: body.name))
        }
        return XMLElement("robot", [("name", name)], parts).document(remark: exportRemark)
    }

    private func link(_ body: Body, _ shapes: [ExportShape]) -> XMLElement {
        var parts: [XMLElement] = []
        if body.mass > 0 {
            parts.append(
                XMLElement(
                    "inertial", [],
                    [
                        XMLElement("origin", [("xyz", body.centerOfMass.attribute), ("rpy", "0 0 0")]),
                        XMLElement("mass", [("value", [body.mass].attribute)]),
                        XMLElement(
                            "inertia",
                            zip(["ixx", "iyy", "izz", "ixy", "ixz", "iyz"], body.inertia).map { ($0, [$1].attribute) }),
                    ]))
        }
        return XMLElement("link", [("name", body.name)], parts + shapes.flatMap(\.urdf))
    }

    private func connection(
        _ joint: Joint?, from parent: String, to child: String, at pose: RigidTransform, fallback: String
    ) -> XMLElement {
        var parts = [
            pose.urdfOrigin, XMLElement("parent", [("link", parent)]), XMLElement("child", [("link", child)]),
        ]
        guard let joint, joint.kind.moves else {
            return XMLElement("joint", [("name", joint?.name ?? fallback + "_fixed"), ("type", "fixed")], parts)
        }
        parts.append(XMLElement("axis", [("xyz", joint.axis.attribute)]))
        var limit = [
            ("effort", [joint.effort ?? 0].attribute),
            ("velocity", [joint.limits.velocity.isFinite ? joint.limits.velocity : 0].attribute),
        ]
        if joint.limits.lower.isFinite {
            limit += [("lower", [joint.limits.lower].attribute), ("upper", [joint.limits.upper].attribute)]
        }
        parts.append(XMLElement("limit", limit))
        if let mimic = joint.mimic {
            parts.append(
                XMLElement(
                    "mimic",
                    [
                        ("joint", mimic.joint), ("multiplier", [mimic.ratio].attribute),
                        ("offset", [mimic.offset].attribute),
                    ]))
        }
        return XMLElement("joint", [("name", joint.name), ("type", joint.kind.rawValue)], parts)
    }
}

extension RigidTransform {
    /// The pose as URDF writes it: the rotation by roll, pitch and yaw about the fixed axes x, y, z.
    fileprivate var urdfOrigin: XMLElement {
        let m = Matrix3(rotation)
        // Near the poles of the pitch only yaw minus roll is known: roll is taken as zero there.
        let level = (m[2, 1] * m[2, 1] + m[2, 2] * m[2, 2]).squareRoot()
        let pitch = atan2(-m[2, 0], level)
        let (roll, yaw) =
            level > 1e-9
            ? (atan2(m[2, 1], m[2, 2]), atan2(m[1, 0], m[0, 0])) : (0, atan2(-m[0, 1], m[1, 1]))
        return XMLElement("origin", [("xyz", translation.attribute), ("rpy", [roll, pitch, yaw].attribute)])
    }
}

extension ExportShape {
    fileprivate var urdf: [XMLElement] {
        func visual(_ pose: RigidTransform, _ geometry: XMLElement) -> XMLElement {
            XMLElement("visual", [], [pose.urdfOrigin, XMLElement("geometry", [], [geometry])])
        }
        func ball(_ center: Vector3, _ radius: Double) -> XMLElement {
            visual(
                RigidTransform(translation: center, rotation: .identity),
                XMLElement("sphere", [("radius", [radius].attribute)]))
        }
        switch self {
        case .soleCorner(let point, let radius): return [ball(point, radius)]
        case .capsule(let from, let to, let radius):
            let length = (to - from).length
            guard length > 1e-6 else { return [ball(from, radius)] }
            let middle = RigidTransform(
                translation: from.mixed(with: to, 0.5),
                rotation: Quaternion(from: Vector3(0, 0, 1), to: (to - from).normalized))
            let rod = XMLElement("cylinder", [("radius", [radius].attribute), ("length", [length].attribute)])
            return [visual(middle, rod), ball(from, radius), ball(to, radius)]
        }
    }
}
