import Foundation
import Testing

@testable import Robots

@Suite("Robot profile")
struct RobotProfileTests {
    @Test("the shipped G1 has 29 driven joints with limits, a stand pose and both known orders")
    func g1() throws {
        let profile = try loadG1()
        #expect(profile.name == "unitree_g1")
        #expect(profile.jointNames.count == 29)
        #expect(profile.jointNames.prefix(2) == ["left_hip_pitch_joint", "left_hip_roll_joint"])
        #expect(profile.jointLimits[3].lower == -0.087267)
        #expect(profile.jointLimits.allSatisfy { $0.velocity == 12 && $0.acceleration == 200 && $0.jerk == 8000 })
        #expect(profile.hasFloatingRoot)
        #expect(profile.standPose.jointPositions[3] == 0.6)
        #expect(profile.targets["mujoco"]?.joints == profile.jointNames)
        #expect(profile.targets["isaaclab"]?.joints[3] == "left_hip_roll_joint")
        #expect(profile.validate().isEmpty)
        #expect(profile.contentHash.count == 64)
    }

    @Test("an unknown key is refused with its place and the nearest known key")
    func unknownKey() throws {
        let error = #expect(throws: ProfileError.self) {
            try loadG1(replacing: "\"velocity\": 12.0", with: "\"velocty\": 12.0")
        }
        #expect(error == .unknownKey(path: "/joints/1", key: "velocty", nearest: "velocity"))
    }

    @Test(
        "a profile that contradicts itself is refused with the place",
        arguments: [
            ("\"parent\": \"pelvis\"", "\"parent\": \"pelvic\"", "/bodies/1/parent"),
            ("\"range\": [-2.5307, 2.8798]", "\"range\": [2.5307, -2.8798]", "/joints/1/range"),
            ("\"left_knee_joint\": 0.6", "\"left_knee_joint\": 6", "/poses/stand/joints/left_knee_joint"),
            ("\"soft_margin\": 0.01", "\"soft_margin\": 0.3", "/limits/soft_margin"),
            ("\"rate\": 50", "\"rate\": 0", "/stream/rate"),
            ("\"stand\": {", "\"standing\": {", "/poses"),
        ])
    func contradictions(old: String, new: String, path: String) throws {
        let error = #expect(throws: ProfileError.self) { try loadG1(replacing: old, with: new) }
        guard case .invalid(let findings) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(findings.map(\.path).contains(path))
    }

    @Test(
        "a missing key, a wrong type and text that is no JSON are told apart",
        arguments: [
            ("\"mass\": 3.813,", "", "/bodies/0"), ("\"mass\": 3.813", "\"mass\": \"heavy\"", "/bodies/0/mass"),
            ("\"kind\": \"revolute\"", "\"kind\": \"hinge\"", "/joints/1/kind"),
            ("\"offset\": [0.0, 0.064452, -0.1027]", "\"offset\": [0.0, 0.064452]", "/bodies/1/offset"),
            ("\"schema\": 1", "\"schema\": 2", "/schema"),
        ])
    func malformed(old: String, new: String, path: String) throws {
        let error = #expect(throws: ProfileError.self) { try loadG1(replacing: old, with: new) }
        guard case .malformed(path, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("truncated text and an absent file are errors")
    func unreadable() throws {
        let text = try #require(g1Text)
        let error = #expect(throws: ProfileError.self) { try RobotProfile(json: Data(text.utf8.prefix(2000))) }
        guard case .notJSON = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(throws: ProfileError.self) { try RobotProfile(file: "/nowhere.json") }
    }

    @Test("the content hash is SHA-256 (FIPS 180-4 examples)")
    func sha256() {
        #expect(SHA256.hexDigest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.hexDigest("abc".utf8) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hexDigest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }
}

@Suite("Profile registry")
struct ProfileRegistryTests {
    @Test("profiles are found by name, and a broken file is reported beside them")
    func registry() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "profiles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let text = try #require(g1Text)
        try Data(text.utf8).write(to: directory.appending(path: "a.json"))
        try Data(text.utf8).write(to: directory.appending(path: "b.json"))
        try Data("{}".utf8).write(to: directory.appending(path: "c.json"))
        let registry = try ProfileRegistry(directory: directory.path())
        #expect(registry.names == ["unitree_g1"])
        #expect(registry["unitree_g1"]?.jointNames.count == 29)
        #expect(registry["unitree_h1"] == nil)
        #expect(registry.failures.map { $0.file.suffix(6) } == ["b.json", "c.json"])
    }

    @Test("a directory that is not there is an error")
    func absent() {
        #expect(throws: ProfileError.self) { try ProfileRegistry(directory: "/nowhere") }
    }
}
