import Foundation
import Geometry
import Testing

@testable import Robots

private func fixture(_ name: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
}

private func error(_ text: String) -> DescriptionError? {
    do throws(DescriptionError) {
        _ = try RobotDescription(text: text)
        return nil
    } catch { return error }
}

/// A URDF of two links, with pieces replaced.
private func urdf(replacing old: String = "", with new: String = "") -> String {
    let text = """
        <robot name="r">
        <link name="a"><inertial><mass value="1"/></inertial></link>
        <link name="b"/>
        <joint name="j" type="revolute">
        <parent link="a"/><child link="b"/>
        <axis xyz="0 0 1"/>
        <limit lower="-1" upper="1" effort="2" velocity="3"/>
        </joint>
        </robot>
        """
    return old.isEmpty ? text : text.replacingOccurrences(of: old, with: new)
}

/// An MJCF of two bodies, with pieces replaced.
private func mjcf(replacing old: String = "", with new: String = "") -> String {
    let text = """
        <mujoco model="r">
        <worldbody>
        <body name="a"><freejoint/>
        <inertial mass="1" pos="0 0 0" diaginertia="1 1 1"/>
        <body name="b">
        <joint name="j" axis="0 0 1" range="-1 1"/>
        <geom size="0.1"/>
        </body></body>
        </worldbody>
        </mujoco>
        """
    return old.isEmpty ? text : text.replacingOccurrences(of: old, with: new)
}

@Suite("Descriptions")
struct DescriptionTests {
    @Test(
        "the dialects of MJCF and URDF mean what MuJoCo takes them to mean",
        arguments: ["dialects.xml", "dialects.urdf"])
    func dialects(name: String) throws {
        let vectors = try DescriptionVectors(fixture(name + ".json"))
        let description = try RobotDescription(file: fixture(name).path())
        for vector in vectors.configs {
            let moved = try MovedDescription(description, vectors, vector.qpos)
            // The box named "stand" is scenery.
            for (name, expected) in zip(vectors.body_names, vector.bodies) where name != "stand" {
                let (pose, golden) = (
                    moved.pose(try #require(moved.tree.index(ofBody: name))), RigidTransform(expected)
                )
                #expect((pose.translation - golden.translation).length < 1e-9, "\(vector.id) \(name)")
                #expect((pose.rotation * golden.rotation.conjugate).angle < 1e-8, "\(vector.id) \(name)")
            }
            guard description.format == .mjcf else { continue }
            let center = moved.world.act(moved.workspace.centerOfMass)
            #expect((center - Vector3(vector.com[0], vector.com[1], vector.com[2])).length < 1e-9)
        }
    }

    @Test("limits, couplings, loops and scenery of MJCF are read or reported")
    func mjcfContent() throws {
        let description = try RobotDescription(file: fixture("dialects.xml").path())
        func joint(_ name: String) throws -> RobotDescription.Joint {
            try #require(description.bodies.lazy.compactMap(\.joint).first { $0.name == name })
        }
        #expect(description.hasFloatingRoot && description.bodies[0].name == "trunk")
        #expect(try joint("hip").range == nil && joint("hip").kind == .continuous && joint("hip").effort == 40)
        #expect(try joint("ankle").effort == 7)
        #expect(try joint("ankle").mimic == RobotProfile.Joint.Mimic(joint: "hip", ratio: -0.5, offset: 0.1))
        #expect(try abs((joint("elbow").range?.upperBound ?? 0) - .pi / 4) < 1e-12)
        #expect(try joint("bob").kind == .ball)
        #expect(description.sites.map(\.name) == ["imu"])
        let warnings = description.warnings.map(\.message).joined(separator: "\n")
        #expect(warnings.contains("connect of foot and bob") && warnings.contains("\"stand\""))
    }

    @Test("limits, couplings and left-overs of URDF are read or reported")
    func urdfContent() throws {
        let description = try RobotDescription(file: fixture("dialects.urdf").path())
        let joints = description.bodies.compactMap(\.joint)
        #expect(joints.map(\.name) == ["hip", "knee", "toe"])
        #expect(joints[0].range == -1...1.5 && joints[0].velocity == 9 && joints[0].effort == 30)
        #expect(joints[1].kind == .continuous && joints[1].axis == Vector3(1, 0, 0))
        #expect(joints[2].mimic == RobotProfile.Joint.Mimic(joint: "hip", ratio: 0.01, offset: 0))
        #expect(abs(description.mass - 6.9) < 1e-12)
        #expect(description.warnings.contains { $0.message.contains("xacro") })
    }

    @Test("included files are read, each once")
    func includes() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "include-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("<mujoco><body name=\"c\"><joint name=\"k\"/></body></mujoco>".utf8)
            .write(to: folder.appending(path: "part.xml"))
        let main = folder.appending(path: "main.xml")
        let text = mjcf(replacing: "<geom size=\"0.1\"/>", with: "<include file=\"part.xml\"/>")
        try Data(text.utf8).write(to: main)
        #expect(try RobotDescription(file: main.path()).bodies.map(\.name) == ["a", "b", "c"])
        try Data(text.replacingOccurrences(of: "part.xml", with: "main.xml").utf8).write(to: main)
        #expect(throws: DescriptionError.self) { try RobotDescription(file: main.path()) }
    }

    @Test("a blank that is missing between attributes is mended, with a warning")
    func mended() throws {
        let description = try RobotDescription(text: mjcf(replacing: "name=\"j\" axis", with: "name=\"j\"axis"))
        #expect(description.bodies.count == 2)
        #expect(description.warnings.contains { $0.message.contains("mended") })
    }

    @Test(
        "bad URDF is a typed error with its line",
        arguments: [
            ("</robot>", "", "malformed_xml", 9), ("<robot name=\"r\">", "<sdf>", "malformed_xml", 9),
            ("0 0 1", "0 0 0", "invalid_value", 4), ("0 0 1", "0 0 5", "invalid_value", 4),
            ("0 0 1", "0 nan 1", "invalid_value", 6), ("0 0 1", "0 1", "invalid_value", 6),
            ("lower=\"-1\" upper=\"1\"", "lower=\"1\" upper=\"-1\"", "invalid_value", 7),
            ("value=\"1\"", "value=\"-1\"", "invalid_value", 2), ("value=\"1\"", "value=\"inf\"", "invalid_value", 2),
            ("value=\"1\"", "value=\"${mass}\"", "needs_xacro", 2),
            ("<link name=\"b\"/>", "<link name=\"b\"/><link name=\"b\"/>", "duplicate_name", 3),
            ("<link name=\"b\"/>", "<link name=\"b\"/><link name=\"c\"/>", "not_a_tree", 3),
            ("<child link=\"b\"/>", "<child link=\"a\"/>", "not_a_tree", 4),
            ("<child link=\"b\"/>", "<child link=\"x\"/>", "unknown_name", 4),
            ("<child link=\"b\"/>", "", "missing", 4),
            ("type=\"revolute\"", "type=\"hinge\"", "invalid_value", 4), ("type=\"revolute\"", "", "missing", 4),
            ("velocity=\"3\"", "velocity=\"-3\"", "invalid_value", 7),
            ("</joint>", "<mimic joint=\"j\"/></joint>", "not_a_tree", 4),
            ("</joint>", "<mimic joint=\"k\"/></joint>", "unknown_name", 4),
            (
                "</joint>",
                "</joint><joint name=\"k\" type=\"fixed\"><parent link=\"b\"/><child link=\"a\"/></joint>",
                "not_a_tree", 1
            ),
            (
                "</joint>",
                "</joint><joint name=\"j\" type=\"fixed\"><parent link=\"a\"/><child link=\"b\"/></joint>",
                "duplicate_name", 8
            ),
        ])
    func badURDF(old: String, new: String, code: String, line: Int) throws {
        let found = try #require(error(urdf(replacing: old, with: new)))
        #expect(found.code.rawValue == code && found.line == line, "\(found)")
    }

    @Test(
        "bad MJCF is a typed error with its line",
        arguments: [
            ("axis=\"0 0 1\"", "axis=\"0 0 0\"", "invalid_value", 6),
            ("range=\"-1 1\"", "range=\"1 -1\"", "invalid_value", 6),
            ("range=\"-1 1\"", "range=\"-1 nan\"", "invalid_value", 6),
            ("mass=\"1\"", "mass=\"-1\"", "invalid_value", 4), ("size=\"0.1\"", "size=\"-0.1\"", "invalid_value", 7),
            ("name=\"b\"", "name=\"a\"", "duplicate_name", 5),
            ("<freejoint/>", "<freejoint name=\"j\"/>", "duplicate_name", 6),
            ("<geom", "<geom class=\"x\"", "unknown_name", 7), ("<geom", "<freejoint/><geom", "unsupported", 5),
            ("type=\"hinge\"", "", "none", 0), ("name=\"j\"", "name=\"j\" type=\"screw\"", "invalid_value", 6),
            ("<geom size=\"0.1\"/>", "<replicate count=\"3\"/>", "unsupported", 7),
            ("<worldbody>", "<compiler eulerseq=\"abc\"/><worldbody>", "invalid_value", 2),
            ("</worldbody>", "</worldbody><equality><joint joint1=\"x\"/></equality>", "unknown_name", 9),
        ])
    func badMJCF(old: String, new: String, code: String, line: Int) throws {
        let found = error(mjcf(replacing: old, with: new))
        #expect((found?.code.rawValue ?? "none") == code && (found?.line ?? 0) == line, "\(String(describing: found))")
    }

    @Test("a world without bodies, or with two robots, is an error")
    func worlds() {
        #expect(error("<mujoco><worldbody/></mujoco>")?.code == .missing)
        let robot = #"<body name="X"><joint name="jX"/><body name="bX"><joint name="kX"/></body></body>"#
        let two = robot.replacingOccurrences(of: "X", with: "1") + robot.replacingOccurrences(of: "X", with: "2")
        #expect(error("<mujoco><worldbody>\(two)</worldbody></mujoco>")?.code == .notATree)
        #expect(error("<robot name=\"r\"/>")?.code == .missing)
        #expect(error("<scene/>")?.code == .unknownFormat)
        #expect(error("")?.code == .malformedXML)
    }

    @Test("entities are refused before they grow")
    func entities() {
        let entities = (1...9).map { "<!ENTITY e\($0) \"\(String(repeating: "&e\($0 - 1);", count: 10))\">" }.joined()
        let bomb = "<!DOCTYPE robot [<!ENTITY e0 \"lol\">\(entities)]><robot name=\"&e9;\"/>"
        #expect(error(bomb)?.code == .entities)
    }

    @Test(
        "more than a robot can have is an error, not a hang",
        arguments: [
            ("<robot name=\"r\">", "<link name=\"a\">", 50_000_000),
            ("<robot name=\"r\">", "<link name=\"a\">", 10_000_000),
            ("<robot name=\"r\">", "<link name=\"a\"/>", 10_000_000), ("<mujoco><worldbody>", "<body>", 10_000_000),
            ("<mujoco><worldbody><body>", "<body><joint/></body>", 1_000_000),
            ("<mujoco><worldbody><body>", "<joint/>", 100_000),
        ])
    func huge(start: String, piece: String, size: Int) {
        let closed = piece.hasSuffix("/>") || piece.hasSuffix("</body>")
        let end = closed ? (start.hasPrefix("<robot") ? "</robot>" : "</body></worldbody></mujoco>") : ""
        let text = start + String(repeating: piece, count: size / piece.utf8.count) + end
        #expect(error(text)?.code == .tooLarge)
    }

    @Test("a thousand links in a row are read, one more is too many")
    func rows() {
        func row(_ count: Int) -> String {
            let links = (0..<count).map { "<link name=\"l\($0)\"/>" }.joined()
            let joints = (1..<count).map {
                "<joint name=\"j\($0)\" type=\"fixed\"><parent link=\"l\($0 - 1)\"/><child link=\"l\($0)\"/></joint>"
            }
            return "<robot name=\"r\">" + links + joints.joined() + "</robot>"
        }
        #expect(error(row(1000)) == nil)
        #expect(error(row(1001))?.code == .tooLarge)
    }

    @Test("every cut of a description is an error, never a crash")
    func truncated() {
        for text in [urdf(), mjcf()] {
            for end in stride(from: 0, to: text.utf8.count - 1, by: 7) {
                #expect(error(String(text.prefix(end))) != nil)
            }
        }
    }

    @Test("a description with any byte changed is read or refused, never a crash")
    func mutated() {
        var random = SplitMix64(seed: 7)
        for text in [urdf(), mjcf()] {
            for _ in 0..<2000 {
                var bytes = Array(text.utf8)
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
                }
                guard let description = try? RobotDescription(text: String(decoding: bytes, as: UTF8.self)) else {
                    continue
                }
                #expect(description.bodies.allSatisfy { $0.pose.translation.isFinite && $0.inertial.mass >= 0 })
            }
        }
    }

    @Test("what is no regular file is an error", arguments: ["/nowhere/robot.urdf", "/dev/zero", "/tmp"])
    func absent(file: String) {
        let error = #expect(throws: DescriptionError.self) { try RobotDescription(file: file) }
        #expect(error?.code == .unreadable)
    }
}
