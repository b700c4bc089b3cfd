import Foundation
import Geometry
import Testing

@testable import Robots

/// Corners of both soles in the stand pose, and the centre of mass.
private func stand(_ profile: RobotProfile) throws -> (corners: [Vector3], center: Vector3) {
    let workspace = KinematicWorkspace(try KinematicTree(profile))
    workspace.update(profile.standPose)
    let corners = try (profile.feet?.both ?? []).flatMap { foot in
        let pose = workspace.pose(ofBody: try #require(workspace.tree.index(ofBody: foot.body)))
        return foot.sole.map(pose.act)
    }
    return (corners, workspace.centerOfMass)
}

/// The soles lie flat on the floor and the centre of mass is over them.
private func expectBalance(_ profile: RobotProfile, _ comment: Comment, flatness: Double = 1e-3) throws {
    let (corners, center) = try stand(profile)
    #expect(corners.allSatisfy { abs($0.z) < flatness }, comment)
    let (xs, ys) = (corners.map(\.x), corners.map(\.y))
    #expect(center.x > xs.min() ?? 0 && center.x < xs.max() ?? 0, comment)
    #expect(center.y > ys.min() ?? 0 && center.y < ys.max() ?? 0, comment)
}

@Suite("Import of profiles")
struct ProfileImportTests {
    @Test("bodies are recognised by their names")
    func named() throws {
        let made = try MadeUpHumanoid().imported()
        for (role, body) in [
            (BodyRole.pelvis, "pelvis"), (.torso, "torso"), (.head, "head"), (.thighLeft, "left_thigh"),
            (.shinRight, "right_shin"), (.footLeft, "left_foot"), (.upperArmRight, "right_upper_arm"),
            (.forearmLeft, "left_forearm"), (.handRight, "right_hand"),
        ] {
            #expect(made.parts.first { $0.role == role }?.body == body, "\(role)")
        }
        #expect(made.profile.validate().allSatisfy { $0.severity != .error })
    }

    @Test("without names the same bodies are recognised by branching, symmetry and geometry")
    func nameless() throws {
        let named = try MadeUpHumanoid().imported()
        let nameless = try MadeUpHumanoid(named: false).imported()
        func places(_ made: ProfileImport) -> [BodyRole: Int] {
            Dictionary(
                uniqueKeysWithValues: made.parts.compactMap { part in
                    made.profile.bodies.firstIndex { $0.name == part.body }.map { (part.role, $0) }
                })
        }
        #expect(places(named) == places(nameless))
    }

    @Test(
        "the stand pose is balanced, with soles flat and knees bent",
        arguments: [0, Double.pi / 2, Double.pi, -Double.pi / 2])
    func standPose(heading: Double) throws {
        let profile = try MadeUpHumanoid(heading: heading).imported().profile
        try expectBalance(profile, "heading \(heading)")
        let knee = try #require(profile.poses["stand"]?.joints["left_shin_joint"])
        #expect(knee > 0.2 && knee < 1)
        // It looks along x, whatever the root's frame was.
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        workspace.update(profile.standPose)
        let feet = try #require(profile.feet)
        let left = workspace.pose(ofBody: try #require(workspace.tree.index(ofBody: feet.left.body)))
        #expect(left.rotation.act(feet.left.toe - feet.left.heel).x > 0.2)
        #expect(left.translation.y > 0.05)
    }

    @Test("soles are the underside of the feet, to the millimetre")
    func soles() throws {
        let foot = try #require(MadeUpHumanoid().imported().profile.feet?.left)
        #expect(Set(foot.sole.map { [$0.x, $0.y, $0.z].map { ($0 * 1000).rounded() } }).count == 4)
        for corner in foot.sole {
            #expect(abs(corner.z + 0.07) < 1e-9 && abs(abs(corner.y) - 0.045) < 1e-9)
            #expect(abs(corner.x - 0.15) < 1e-9 || abs(corner.x + 0.07) < 1e-9)
        }
    }

    @Test("watched pairs are apart in the stand pose, and hands are watched against the thighs")
    func capsules() throws {
        let collision = try MadeUpHumanoid().imported().profile.collision
        #expect(collision.pairs.contains { Set($0) == ["left_hand", "left_thigh"] })
        #expect(collision.pairs.contains { Set($0) == ["left_foot", "right_foot"] })
        #expect(collision.capsules.allSatisfy { $0.radius > 0.005 && $0.radius < 0.2 })
        let shaped = Set(collision.capsules.map(\.body))
        #expect(collision.pairs.joined().allSatisfy(shaped.contains))
    }

    @Test("a robot without legs has a fixed root, one without arms no hands")
    func parts() throws {
        let upper = try MadeUpHumanoid(legs: false).imported().profile
        #expect(!upper.hasFloatingRoot && upper.feet == nil && upper.hands != nil)
        let lower = try MadeUpHumanoid(arms: false).imported().profile
        #expect(lower.hasFloatingRoot && lower.feet != nil && lower.hands == nil)
        try expectBalance(lower, "legs alone")
    }

    @Test("what the user says about a body goes before what was found")
    func overrides() throws {
        let made = try MadeUpHumanoid().imported(map: [.head: "left_hand", .footLeft: "left_ankle"])
        #expect(made.parts.first { $0.role == .head }?.body == "left_hand")
        #expect(made.parts.first { $0.role == .footLeft }.map { $0.body == "left_ankle" && $0.confidence == 1 } == true)
        #expect(throws: ProfileImport.Failure.self) { try MadeUpHumanoid().imported(map: [.head: "hat"]) }
    }

    @Test("the tree of the profile moves as that of the description does")
    func kinematics() throws {
        let description = try RobotDescription(text: MadeUpHumanoid().text)
        let profile = try MadeUpHumanoid().imported().profile
        let (a, b) = (
            KinematicWorkspace(try KinematicTree(description)), KinematicWorkspace(try KinematicTree(profile))
        )
        var random = SplitMix64(seed: 3)
        let positions = a.tree.jointNames.map { ($0, Double.random(in: -1...1, using: &random)) }
        a.update(
            RobotConfiguration(rootPosition: .zero, rootRotation: .identity, jointPositions: positions.map(\.1)))
        b.update(
            RobotConfiguration(
                rootPosition: .zero, rootRotation: .identity,
                jointPositions: profile.jointNames.map { name in positions.first { $0.0 == name }?.1 ?? 0 }))
        for body in ["left_foot", "right_hand", "head"] {
            let (p, q) = (
                a.pose(ofBody: try #require(a.tree.index(ofBody: body))),
                b.pose(ofBody: try #require(b.tree.index(ofBody: body)))
            )
            #expect((p.translation - q.translation).length < 1e-7)
        }
        #expect((a.centerOfMass - b.centerOfMass).length < 1e-7)
    }

    @Test(
        "meshes are read where the description says, STL of both kinds, OBJ and DAE",
        arguments: ["a.stl", "b.stl", "c.obj", "d.dae"])
    func meshes(file: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "meshes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "meshes"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let corners = Vector3.boxCorners(Vector3(110, 45, 20)).map { $0 + Vector3(40, 0, -50) }
        let triangles = (0..<6).map { [corners[$0], corners[$0 + 1], corners[$0 + 2]] }
        let data: Data
        switch file {
        case "a.stl":
            var bytes = Data(count: 80)
            func append(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
            append(UInt32(triangles.count))
            for triangle in triangles {
                for _ in 0..<3 { append(0) }
                for v in triangle { for c in [v.x, v.y, v.z] { append(Float(c).bitPattern) } }
                bytes.append(contentsOf: [0, 0])
            }
            data = bytes
        case "b.stl":
            let lines = triangles.joined().map { "vertex \($0.x) \($0.y) \($0.z)" }
            data = Data(
                ("solid box of a foot, made for a test of meshes in text form, eighty bytes at least\n"
                    + lines.joined(separator: "\n")).utf8)
        case "d.dae":
            // In metres, half a turn about z and a shift away from where it is wanted, which the scene undoes.
            let numbers = corners.map { "\((40 - $0.x) / 1000) \(-$0.y / 1000) \($0.z / 1000)" }.joined(separator: "\n")
            data = Data(
                """
                <COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
                <asset><unit meter="1000"/><up_axis>Y_UP</up_axis></asset>
                <library_geometries><geometry id="g"><mesh>
                <source id="n"><float_array id="na" count="3">0 0 1</float_array></source>
                <source id="p"><float_array id="pa" count="24">\(numbers)</float_array></source>
                <vertices id="v"><input semantic="POSITION" source="#p"/></vertices></mesh></geometry></library_geometries>
                <library_visual_scenes><visual_scene id="s"><node><translate>0.04 0 0</translate>
                <node><rotate>0 0 2 180</rotate><instance_geometry url="#g"/></node></node></visual_scene>
                </library_visual_scenes></COLLADA>
                """.utf8)
        default: data = Data(corners.map { "v \($0.x) \($0.y) \($0.z)" }.joined(separator: "\n").utf8)
        }
        try data.write(to: folder.appending(path: "meshes/" + file))
        let box = "<box size=\"0.22 0.09 0.04\"/>"
        let mesh = "<mesh filename=\"package://made_up/meshes/\(file)\" scale=\"0.001 0.001 0.001\"/>"
        let text = MadeUpHumanoid().text.replacingOccurrences(
            of: "xyz=\"0.04 0.0 -0.05\"/>\n<geometry>" + box, with: "xyz=\"0 0 0\"/>\n<geometry>" + mesh)
        #expect(text.contains(mesh))
        let path = folder.appending(path: "robot.urdf")
        try Data(text.utf8).write(to: path)
        let made = try ProfileImport(
            RobotDescription(file: path.path()), identity: .init(name: "made_up", file: "robot.urdf"))
        let foot = try #require(made.profile.feet?.left)
        #expect(foot.sole.count >= 4 && foot.sole.allSatisfy { abs($0.z + 0.07) < 1e-4 })
        #expect(abs(foot.toe.x - 0.15) < 1e-4 && abs(foot.heel.x + 0.07) < 1e-4)
    }

    /// The made-up humanoid without any limits of position.
    private func unlimited() throws -> ProfileImport {
        let text = MadeUpHumanoid().text.replacingOccurrences(of: "lower=\"-2\" upper=\"2\" ", with: "")
        return try ProfileImport(RobotDescription(text: text), identity: .init(name: "made_up", file: "made_up.urdf"))
    }

    @Test("without limits in the description knees bend back alone, and elbows ahead")
    func naturalRanges() throws {
        let profile = try unlimited().profile
        func range(_ joint: String) throws -> ClosedRange<Double> {
            let limits = try #require(profile.joints.first { $0.name == joint }).limits
            return limits.lower...limits.upper
        }
        // Axes point left: a shin goes back for positive angles, a forearm ahead for negative ones.
        #expect(try range("left_shin_joint") == 0...2.5)
        #expect(try range("right_forearm_joint") == -2.5...0)
        #expect(try range("left_foot_joint") == -1.6...1.6)
        #expect(try range("right_hand_joint") == -2.8...2.8)
    }
}

@Suite("Shipped profiles")
struct ShippedProfileTests {
    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot.appending(path: "RobotProfiles").path()))
        ?? [])
        .filter { $0.hasSuffix(".json") && $0 != "schema.json" }.map { String($0.dropLast(5)) }.sorted()

    @Test("there are at least thirty")
    func count() { #expect(Self.names.count >= 30) }

    @Test("each loads without an error, is named as its file, says its licence, and stands balanced", arguments: names)
    func loads(name: String) throws {
        let profile = try RobotProfile(file: packageRoot.appending(path: "RobotProfiles/\(name).json").path())
        #expect(profile.name == name)
        #expect(!profile.licence.isEmpty && !profile.licence.contains("GPL") && !profile.licence.contains("SA"))
        #expect(profile.source.repository.contains("/"))
        if profile.feet != nil { try expectBalance(profile, "\(name)") }
        #expect(profile.validate().allSatisfy { $0.severity != .error })
    }
}

/// What the robot data says of a robot; the importer never sees it.
private struct RobotFacts: Decodable {
    struct Ends: Decodable {
        var left: String?
        var right: String?
    }
    var model: String
    var urdf: String?
}

@Suite("Import of all robots", .enabled(if: sharedRobots != nil, "needs ../shared/robots"))
struct ImportAllTests {
    @Test("each robot's MJCF and URDF give a valid profile with no help", arguments: DescriptionVectors.robots)
    func succeeds(robot: String) throws {
        let folder = try #require(sharedRobots).appending(path: robot)
        let facts = try JSONDecoder().decode(
            RobotFacts.self, from: Data(contentsOf: folder.appending(path: "facts.json")))
        for file in [facts.model, facts.urdf].compactMap(\.self) {
            let made = try ProfileImport(
                RobotDescription(file: folder.appending(path: file).path()), identity: .init(name: robot, file: file))
            #expect(made.profile.validate().allSatisfy { $0.severity != .error }, "\(file)")
            if made.profile.feet != nil { try expectBalance(made.profile, "\(file)", flatness: 5e-3) }
        }
    }
}
