import Foundation
import Geometry
import HumanBody
import JSON
import Testing

@testable import Robots

/// Robots of one link and one shape each way, told as chains.
private func machine(_ limbs: [(name: String, offset: String, steps: [(String, String)])]) -> String {
    func link(_ name: String) -> String {
        """
        <link name="\(name)"><inertial><mass value="1"/><inertia ixx=".01" iyy=".01" izz=".01" ixy="0" ixz="0" iyz="0"/>
        </inertial><collision><geometry><box size=".05 .05 .05"/></geometry></collision></link>

        """
    }
    var text = link("base")
    for limb in limbs {
        var (parent, offset) = ("base", limb.offset)
        for (index, (axis, next)) in limb.steps.enumerated() {
            let name = "\(limb.name)_\(index)"
            text += link(name)
            text += """
                <joint name="\(name)_joint" type="revolute"><parent link="\(parent)"/><child link="\(name)"/>
                <origin xyz="\(offset)"/><axis xyz="\(axis)"/><limit lower="-2" upper="2" effort="9" velocity="9"/></joint>

                """
            (parent, offset) = (name, next)
        }
    }
    return "<robot name=\"machine\">\(text)</robot>"
}

private func kind(_ text: String) throws -> RobotKind? {
    let description = try RobotDescription(text: text)
    do throws(ProfileImport.Failure) {
        return try ProfileImport(description, identity: .init(name: "machine", file: "machine.urdf")).kind
    } catch ProfileImport.Failure.unserved(let kind) {
        return kind
    }
}

@Suite("Kinds of robots")
struct ImportKindsTests {
    private let leg = [("1 0 0", "0 0 0"), ("0 1 0", "0 0 -0.2"), ("0 1 0", "0 0 -0.2")]

    @Test("a quadruped is named, with the names of makers and without", arguments: [true, false])
    func quadruped(named: Bool) throws {
        let names = named ? ["FL", "FR", "RL", "RR"] : ["a", "b", "c", "d"]
        let places = ["0.25 0.1 0", "0.25 -0.1 0", "-0.25 0.1 0", "-0.25 -0.1 0"]
        let found = try kind(machine(zip(names, places).map { ($0, $1, leg) }))
        #expect(found == .quadruped)
    }

    @Test("an arm and a hand are named")
    func armAndHand() throws {
        let arm = [("0 0 1", "0 0 0.2"), ("0 1 0", "0 0 0.3"), ("0 1 0", "0 0 0.3"), ("0 0 1", "0 0 0.1")]
        #expect(try kind(machine([("arm", "0 0 0.1", arm)])) == .arm)
        let finger = [("0 1 0", "0 0 0.04"), ("0 1 0", "0 0 0.03"), ("0 1 0", "0 0 0.02")]
        let fingers = ["index_finger", "middle_finger", "ring_finger", "thumb"].enumerated().map { index, name in
            (name, "0 \(Double(index) * 0.02) 0.08", finger)
        }
        #expect(try kind(machine(fingers)) == .hand)
    }

    @Test("people's shapes are served: legs, upper bodies, one arm")
    func served() throws {
        #expect(try MadeUpHumanoid().imported().kind == .humanoid)
        #expect(try MadeUpHumanoid(arms: false).imported().kind == .legs)
        #expect(try MadeUpHumanoid(legs: false).imported().kind == .upperBody)
        let lone = try MadeUpHumanoid(rightArm: false).imported()
        #expect(lone.kind == .humanoid)
        #expect(lone.profile.human.entries.contains { $0.joint == .leftWrist && $0.body == "left_hand" })
        #expect(!lone.profile.human.entries.contains { $0.joint == .rightWrist })
        #expect(RobotKind.allCases.allSatisfy { $0.isServed == $0.objection.isEmpty })
    }

    @Test("limits of 0 to 0 are taken for none, and said")
    func zeroLimits() throws {
        for limits in ["lower=\"0\" upper=\"0\" effort=\"0\" velocity=\"0\"", "lower=\"0\" upper=\"0\" effort=\"50\""] {
            let made = try MadeUpHumanoid(limits: limits).imported()
            #expect(made.profile.jointLimits.allSatisfy { $0.upper - $0.lower > 1 })
            #expect(made.doubts.contains { $0.contains("no position limits") })
        }
    }

    @Test("limits in degrees are doubted")
    func degrees() throws {
        let limits = "lower=\"-115\" upper=\"115\" effort=\"50\" velocity=\"10\""
        #expect(try MadeUpHumanoid(limits: limits).imported().doubts.contains { $0.contains("in degrees") })
        #expect(try !MadeUpHumanoid().imported().doubts.contains { $0.contains("in degrees") })
    }

    @Test(
        "the unit is named in which a robot is as long as robots are",
        arguments: [(151.0, "centimetres", "--scale 0.01 "), (1510, "millimetres", "--scale 0.001 ")])
    func units(extent: Double, name: String, scale: String) {
        let text = ProfileImport.Failure.notInMetres(extent: extent).description
        #expect(text.contains(name) && text.contains(scale), "\(text)")
    }

    @Test("a maker's speed is taken as it is, up to half a turn a frame")
    func speeds() throws {
        func speeds(_ velocity: String) throws -> Set<Double> {
            let limits = "lower=\"-2\" upper=\"2\" effort=\"50\" velocity=\"\(velocity)\""
            return Set(try MadeUpHumanoid(limits: limits).imported().profile.jointLimits.map(\.velocity))
        }
        #expect(try speeds("37.7") == [37.7])
        #expect(try speeds("3") == [3])
        #expect(try speeds("1e6") == [157])
        #expect(try speeds("0") == [JointLimits.defaultRates.velocity])
    }

    @Test("joints between the world and a root of no mass are its way in the world")
    func virtualBase() throws {
        var base = "<link name=\"world\"/>"
        var parent = "world"
        for (index, axis) in ["1 0 0", "0 1 0", "0 0 1", "1 0 0", "0 1 0", "0 0 1"].enumerated() {
            let child = index == 5 ? "root" : "base_\(index)"
            if index < 5 { base += "<link name=\"\(child)\"/>" }
            base += """
                <joint name="virtual_\(index)" type="\(index < 3 ? "prismatic" : "continuous")"><parent link="\(parent)"/>
                <child link="\(child)"/><axis xyz="\(axis)"/><limit lower="-9" upper="9" effort="1" velocity="1"/></joint>
                """
            parent = child
        }
        let profile = try MadeUpHumanoid(base: base).imported().profile
        #expect(profile.hasFloatingRoot && profile.bodies[0].name == "root")
        #expect(profile.jointNames == (try MadeUpHumanoid().imported().profile.jointNames))
    }

    @Test("lengths in millimetres are said to be that, and read with a scale")
    func millimetres() throws {
        let description = try RobotDescription(text: MadeUpHumanoid().text)
        let identity = ProfileImport.Identity(name: "made_up", file: "made_up.urdf")
        let large = description.scaled(by: 1000)
        #expect(throws: ProfileImport.Failure.self) { try ProfileImport(large, identity: identity) }
        let profile = try ProfileImport(large.scaled(by: 0.001), identity: identity).profile
        let expected = try MadeUpHumanoid().imported().profile
        #expect(abs(profile.standPose.rootPosition.z - expected.standPose.rootPosition.z) < 1e-6)
    }

    @Test(
        "files that are no descriptions are named",
        arguments: [
            ("#usda 1.0", "USD"), ("PXR-USDC", "USD"), ("solid part", "STL"), ("glTF", "glTF"),
            ("ISO-10303-21;", "STEP"),
            ("{}", "JSON"), ("<COLLADA/>", "COLLADA"),
        ])
    func formats(text: String, name: String) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "robot-\(UUID()).txt")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        do throws(DescriptionError) {
            _ = try RobotDescription(file: file.path)
            Issue.record("was read")
        } catch {
            #expect(error.code == .unknownFormat && error.problem.contains(name))
        }
    }
}

@Suite("Frames of the root")
struct RootFrameTests {
    /// Where bodies are in the world in the stand pose, by name.
    private func places(_ profile: RobotProfile) throws -> [String: Vector3] {
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        workspace.update(profile.standPose)
        return Dictionary(
            uniqueKeysWithValues: profile.bodies.indices.map {
                (profile.bodies[$0].name, workspace.pose(ofBody: $0).translation)
            })
    }

    @Test(
        "a robot that looks anywhere keeps its own root frame, and stands looking along x",
        arguments: [0, 0.25, 0.5, 1, -0.5, 0.37].map { $0 * Double.pi })
    func heading(angle: Double) throws {
        let profile = try MadeUpHumanoid(heading: angle).imported().profile
        let ahead = profile.facing.act(Vector3(1, 0, 0))
        #expect((ahead - Vector3(cos(angle), sin(angle), 0)).length < 0.02)
        // The root's own children hang where the description says.
        let pelvis = try #require(profile.bodies.first { $0.name == "pelvis" })
        #expect((pelvis.pose.rotation.act(Vector3(1, 0, 0)) - Vector3(cos(angle), sin(angle), 0)).length < 1e-6)
        let (turned, plain) = (try places(profile), try places(MadeUpHumanoid().imported().profile))
        for (name, place) in plain { #expect(((turned[name] ?? .zero) - place).length < 0.02, "\(name)") }
        #expect(profile.validate().allSatisfy { $0.severity != .error })
    }

    @Test("what is up and ahead is found, or taken as said")
    func orientation() throws {
        let said = try MadeUpHumanoid(heading: .pi / 2).imported(orientation: .init(front: Vector3(0, 1, 0))).profile
        let found = try MadeUpHumanoid(heading: .pi / 2).imported().profile
        #expect(said == found)
        // A root with y up: the same robot below a fixed joint that lays it down.
        let base = """
            <link name="y_up"><inertial><mass value="1"/><inertia ixx=".1" iyy=".1" izz=".1" ixy="0" ixz="0" iyz="0"/>
            </inertial></link><joint name="up" type="fixed"><parent link="y_up"/><child link="root"/>
            <origin rpy="-1.5707963267948966 0 0"/></joint>
            """
        let profile = try MadeUpHumanoid(base: base).imported().profile
        #expect((profile.facing.act(Vector3(0, 0, 1)) - Vector3(0, 1, 0)).length < 1e-6)
        #expect((profile.standPose.rootRotation.act(Vector3(0, 1, 0)) - Vector3(0, 0, 1)).length < 0.05)
    }

    @Test("a fixed root stands so that the robot looks along x")
    func fixedRoot() throws {
        let (turned, plain) = (
            try places(MadeUpHumanoid(heading: .pi, legs: false).imported().profile),
            try places(MadeUpHumanoid(legs: false).imported().profile)
        )
        for (name, place) in plain { #expect(((turned[name] ?? .zero) - place).length < 0.02, "\(name)") }
    }
}

@Suite("Joining an import with an earlier profile")
struct ProfileMergeTests {
    private func document(_ profile: RobotProfile) throws -> JSONValue {
        ProfileMerge.sealed(try JSONValue(parsing: Data(profile.text.utf8)))
    }

    private func read(_ document: JSONValue) throws -> RobotProfile {
        try RobotProfile(json: Data((document.formatted() + "\n").utf8))
    }

    @Test("hand edits stay, and what nobody touched follows the description")
    func edits() throws {
        let first = try document(MadeUpHumanoid().imported().profile)
        // By hand: a narrower range, a lighter head, a remark, a pose.
        var text = first.formatted()
        var edited = try read(first)
        let joint = try #require(edited.joints.firstIndex { $0.name == "left_hand_joint" })
        edited.joints[joint].limits.upper = 0.5
        edited.poses["ready"] = edited.poses["stand"]
        text = edited.text
        text = text.replacingOccurrences(of: "\"schema\": 1,", with: "\"schema\": 1,\n  \"$comment\": \"mine\",")
        let old = try JSONValue(parsing: Data(text.utf8))
        let limits = "lower=\"-1.5\" upper=\"1.5\" effort=\"50\" velocity=\"10\""
        let new = try document(MadeUpHumanoid(limits: limits).imported().profile)
        let merge = ProfileMerge(old, into: new)
        let profile = try read(merge.json)
        #expect(profile.joints[joint].limits.upper == 0.5 && profile.joints[joint].limits.lower == -2)
        #expect(profile.joints[joint + 1].limits.upper == 1.5)
        #expect(profile.poses["ready"] != nil)
        #expect(merge.json["$comment"] == "mine")
        #expect(merge.rows.contains { $0.place == "/joints/left_hand_joint" && $0.outcome == .kept })
        #expect(merge.rows.contains { $0.place == "/joints/left_foot_joint" && $0.outcome == .changed })
        // The edit is still one the next time, and may be given up.
        let again = ProfileMerge(merge.json, into: new, givingUp: ["/joints/left_hand_joint"])
        #expect(try read(again.json).joints[joint].limits.upper == 1.5)
        #expect(try read(ProfileMerge(merge.json, into: new).json).joints[joint].limits.upper == 0.5)
    }

    @Test("of a profile without digests every difference is kept")
    func olderProfiles() throws {
        var old = try MadeUpHumanoid().imported().profile
        old.bodies[1].mass = 3.5
        let merge = ProfileMerge(
            try JSONValue(parsing: Data(old.text.utf8)), into: try document(MadeUpHumanoid().imported().profile))
        #expect(try read(merge.json).bodies[1].mass == 3.5)
        #expect(merge.rows.map(\.place) == ["/bodies/pelvis"])
    }

    @Test("remarks are allowed in every object")
    func remarks() throws {
        let text = try MadeUpHumanoid().imported().profile.text
            .replacingOccurrences(of: "\"name\": \"head\",", with: "\"$comment\": \"a hat\", \"name\": \"head\",")
        #expect(text.contains("a hat"))
        _ = try RobotProfile(json: Data(text.utf8))
    }
}
