import Geometry

@testable import Robots

/// A humanoid in URDF whose names say nothing, or everything.
struct MadeUpHumanoid {
    var named = true
    /// Heading in which it looks in its root's frame, rad.
    var heading = 0.0
    var arms = true
    var legs = true
    /// Whether the right arm is there too.
    var rightArm = true
    /// Limits of every joint, as they stand in the file.
    var limits = "lower=\"-2\" upper=\"2\" effort=\"50\" velocity=\"10\""
    /// Joints between the world and the root, as they stand in the file.
    var base = ""

    var text: String {
        var text = ""
        var count = 0
        func name(_ name: String) -> String {
            count += 1
            return named ? name : "part_\(count * 7919 % 1000)"
        }
        func link(_ id: String, _ mass: Double, _ box: Vector3, at center: Vector3 = .zero) {
            let m = [
                box.y * box.y + box.z * box.z, box.x * box.x + box.z * box.z, box.x * box.x + box.y * box.y,
            ].map { $0 * mass / 12 }
            text += """
                <link name="\(id)"><inertial><origin xyz="\(center.x) \(center.y) \(center.z)"/><mass value="\(mass)"/>
                <inertia ixx="\(m[0])" iyy="\(m[1])" izz="\(m[2])" ixy="0" ixz="0" iyz="0"/></inertial>
                <collision><origin xyz="\(center.x) \(center.y) \(center.z)"/>
                <geometry><box size="\(box.x) \(box.y) \(box.z)"/></geometry></collision></link>

                """
        }
        func joint(_ parent: String, _ child: String, _ offset: Vector3, _ axis: String, yaw: Double = 0) {
            text += """
                <joint name="\(child)_joint" type="revolute"><parent link="\(parent)"/><child link="\(child)"/>
                <origin xyz="\(offset.x) \(offset.y) \(offset.z)" rpy="0 0 \(yaw)"/><axis xyz="\(axis)"/>
                <limit \(limits)/></joint>

                """
        }
        func chain(_ start: String, _ steps: [(String, Vector3, String, Double, Vector3, Vector3)], side: Double) {
            var parent = start
            for (part, offset, axis, mass, box, center) in steps {
                let id = name((side > 0 ? "left_" : "right_") + part)
                link(id, mass, box, at: Vector3(center.x, center.y * side, center.z))
                joint(parent, id, Vector3(offset.x, offset.y * side, offset.z), axis)
                parent = id
            }
        }
        let root = name("root")
        link(root, 0.5, Vector3(0.05, 0.05, 0.05))
        let pelvis = name("pelvis")
        link(pelvis, 4, Vector3(0.15, 0.2, 0.12))
        joint(root, pelvis, .zero, "0 0 1", yaw: heading)
        let torso = name("torso")
        link(torso, 10, Vector3(0.18, 0.26, 0.4), at: Vector3(0, 0, 0.25))
        joint(pelvis, torso, Vector3(0, 0, 0.1), "0 0 1")
        let head = name("head")
        link(head, 1.5, Vector3(0.15, 0.15, 0.2), at: Vector3(0, 0, 0.1))
        joint(torso, head, Vector3(0, 0, 0.48), "0 0 1")
        let small = Vector3(0.06, 0.06, 0.06)
        for side in [1.0, -1] {
            if legs {
                chain(
                    pelvis,
                    [
                        ("hip_pitch", Vector3(0, 0.1, -0.05), "0 1 0", 1, small, .zero),
                        ("hip_roll", .zero, "1 0 0", 1, small, .zero),
                        ("thigh", .zero, "0 0 1", 2.5, Vector3(0.1, 0.1, 0.3), Vector3(0, 0, -0.15)),
                        ("shin", Vector3(0, 0, -0.32), "0 1 0", 2, Vector3(0.09, 0.09, 0.3), Vector3(0, 0, -0.15)),
                        ("ankle", Vector3(0, 0, -0.32), "0 1 0", 0.2, small, .zero),
                        ("foot", .zero, "1 0 0", 0.7, Vector3(0.22, 0.09, 0.04), Vector3(0.04, 0, -0.05)),
                    ], side: side)
            }
            if arms, side > 0 || rightArm {
                chain(
                    torso,
                    [
                        ("shoulder_pitch", Vector3(0, 0.2, 0.4), "0 1 0", 0.8, small, .zero),
                        ("shoulder_roll", .zero, "1 0 0", 0.6, small, .zero),
                        ("upper_arm", .zero, "0 0 1", 1, Vector3(0.07, 0.07, 0.22), Vector3(0, 0, -0.11)),
                        ("forearm", Vector3(0, 0, -0.23), "0 1 0", 0.8, Vector3(0.06, 0.06, 0.2), Vector3(0, 0, -0.1)),
                        ("hand", Vector3(0, 0, -0.21), "0 0 1", 0.3, Vector3(0.04, 0.08, 0.12), Vector3(0, 0, -0.06)),
                    ], side: side)
            }
        }
        return "<robot name=\"made_up\">\n\(base)\(text)</robot>"
    }

    func imported(
        map: [BodyRole: String] = [:], orientation: RobotOrientation = .init()
    ) throws -> ProfileImport {
        try ProfileImport(
            RobotDescription(text: text), identity: .init(name: "made_up", file: "made_up.urdf"), map: map,
            orientation: orientation)
    }
}
