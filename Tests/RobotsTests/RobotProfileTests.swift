import Foundation
import Geometry
import JSON
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
        #expect(abs(profile.jointLimits[3].lower + 0.087267) < 1e-6)
        #expect(profile.jointLimits.allSatisfy { $0.velocity == 12 && $0.acceleration == 200 && $0.jerk == 8000 })
        #expect(profile.hasFloatingRoot)
        #expect(profile.targets["mujoco"]?.joints == profile.jointNames)
        #expect(profile.targets["isaaclab"]?.joints[3] == "left_hip_roll_joint")
        #expect(profile.contentHash.count == 64)
    }

    @Test("every shipped profile is free of errors, and its file is named after it")
    func shipped() throws {
        let folder = packageRoot.appending(path: "RobotProfiles")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            .filter { $0.hasSuffix(".json") && $0 != "schema.json" }
        #expect(!files.isEmpty)
        for file in files {
            let (profile, findings) = try RobotProfile.examine(file: folder.appending(path: file).path())
            #expect(profile?.name == String(file.dropLast(5)), "\(findings.prefix(3))")
        }
    }

    @Test("what is written is read back the same, and written again to the same text")
    func roundTrip() throws {
        let document = try completeG1()
        let profile = try RobotProfile(json: Data(document.encoded))
        var again = try RobotProfile(json: Data(profile.text.utf8))
        #expect(again.text == profile.text)
        again.contentHash = profile.contentHash
        #expect(again == profile)
        #expect(profile.stream.sinks["sonic"]?.settings["pad"] == .flag(true))
        #expect(profile.targets["short"]?.names == ["one", "two"])
    }

    @Test("RobotProfiles/schema.json is the schema of the Swift types; kmmctl profile schema writes it")
    func schemaFile() throws {
        let file = packageRoot.appending(path: "RobotProfiles/schema.json")
        #expect(try String(contentsOf: file, encoding: .utf8) == RobotProfile.jsonSchema.formatted() + "\n")
    }

    @Test("rates that driven joints lack are taken from the defaults, with a warning for each")
    func missingRates() throws {
        let document = try completeG1().setting("/joints/3/jerk", to: nil).setting("/joints/3/defaults", to: nil)
        let found = findings(in: document).filter { $0.severity == .warning }
        #expect(found.map(\.path) == ["/joints/3/jerk"])
        let profile = try RobotProfile(json: Data(document.encoded))
        #expect(profile.joints[3].limits.jerk == JointLimits.defaultRates.jerk)
        #expect(profile.joints[3].defaults == [.jerk])
    }

    @Test("text that is no JSON is an error with line and column, an absent file one without")
    func unreadable() throws {
        let text = "{\n  \"schema\": 1,\n  \"name\" \"x\"\n}"
        #expect(
            throws: ProfileError.notJSON(
                file: "p.json", line: 3, column: 10, reason: "':' is expected after a member's name")
        ) {
            try RobotProfile(json: Data(text.utf8), file: "p.json")
        }
        for file in ["/nowhere.json", "/dev/zero", "/tmp"] {
            let error = #expect(throws: ProfileError.self) { try RobotProfile(file: file) }
            guard case .unreadable(file, _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
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

@Suite("Checks of a profile")
struct ProfileCheckTests {
    @Test("a complete profile has no errors and no warnings")
    func complete() throws {
        #expect(findings(in: try completeG1()).allSatisfy { $0.severity == .note })
    }

    @Test(
        "what contradicts itself is an error at its place",
        arguments: [
            ("/bodies/1/parent", "pelvic", "/bodies/1/parent"), ("/bodies/3/name", "pelvis", "/bodies/3/name"),
            ("/bodies/0/parent", "torso_link", "/bodies/0/offset"), ("/bodies/2/parent", nil, "/bodies/2/parent"),
            ("/joints/1/range", [2.5, -2.5], "/joints/1/range"), ("/joints/1/body", "leg", "/joints/1/body"),
            ("/joints/2/body", "left_hip_pitch_link", "/joints/2/body"), ("/joints/0/kind", "ball", "/joints/0/kind"),
            ("/joints/4/kind", "floating", "/joints/4/kind"), ("/joints/4/kind", "continuous", "/joints/4/range"),
            ("/joints/4/axis", [0, 0, 0.5], "/joints/4/axis"), ("/joints/4/axis", [0, 0, 0], "/joints/4/axis"),
            ("/joints/5/name", "left_knee_joint", "/joints/5/name"),
            ("/joints/4/mimic", ["joint": "x", "ratio": 1, "offset": 0], "/joints/4/mimic/joint"),
            ("/human/map/3/joint", "pelvis", "/human/map/3/joint"), ("/human/map/3", nil, "/human/map"),
            ("/human/map/0", nil, "/human/map"), ("/feet", nil, "/feet"),
            ("/feet/left/body", "left_foot", "/feet/left/body"),
            ("/feet/right/body", "left_ankle_roll_link", "/feet/right/body"),
            ("/feet/left/sole/2", [0.12, 0.03, 0.2], "/feet/left/sole/0"),
            ("/feet/left/toe", [1, 0, 0], "/feet/left/toe"),
            ("/collision/pairs/0", ["left_knee_link", "left_knee_link"], "/collision/pairs/0"),
            ("/collision/pairs/0/1", "torso_link", "/collision/pairs/0/1"),
            ("/poses/stand", nil, "/poses/stand"),
            ("/poses/stand/joints/left_knee_joint", 6, "/poses/stand/joints/left_knee_joint"),
            ("/poses/zero/joints/knee", 0, "/poses/zero/joints/knee"),
            ("/limits/soft_margin", 0.3, "/limits/soft_margin"), ("/joints/4/jerk", 1e-300, "/joints/4/jerk"),
            ("/joints/4/acceleration", 0.02, "/joints/4"), ("/limits/tilt", 1e-300, "/limits/tilt"),
            ("/limits/root_height", [1, 0.5], "/limits/root_height"),
            ("/targets/mujoco/joints/4", nil, "/targets/mujoco/joints"),
            ("/targets/mujoco/joints/4", "waist_yaw_joint", "/targets/mujoco/joints/12"),
            ("/targets/short/names", ["one"], "/targets/short/names"), ("/stream/rate", 20, "/stream/rate"),
            ("/schema", 2, "/schema"), ("/name", "My Robot", "/name"),
        ] as [(String, JSONValue?, String)])
    func contradictions(place: String, value: JSONValue?, path: String) throws {
        let found = errors(in: try completeG1().setting(place, to: value))
        #expect(found.map(\.path).contains(path), "\(found)")
    }

    @Test(
        "a key that nobody knows is refused with the nearest known one",
        arguments: [("/joints/1/velocty", "velocity"), ("/human/map/0/scales", "scale"), ("/feets", "feet")])
    func unknownKeys(place: String, nearest: String) throws {
        let found = errors(in: try completeG1().setting(place, to: 1))
        #expect(found.map(\.path) == [place])
        #expect(found.first?.remedy.contains("\"\(nearest)\"") == true, "\(found)")
    }

    @Test("all mistakes of the shape are found at once")
    func severalMistakes() throws {
        let document = try completeG1().setting("/bodies/3/mass", to: "heavy").setting("/joints/2/axis", to: [0, 1])
            .setting("/stream/rate", to: nil).setting("/limits/policy", to: "clipp")
        #expect(
            errors(in: document).map(\.path) == ["/bodies/3/mass", "/joints/2/axis", "/limits/policy", "/stream/rate"])
    }

    @Test("the stand pose must be balanced with level soles on the floor")
    func stand() throws {
        let complete = try completeG1()
        func found(_ document: JSONValue) -> [ProfileFinding] {
            errors(in: document).filter { $0.path == "/poses/stand" }
        }
        let leaning = complete.setting("/poses/stand/joints/left_hip_pitch_joint", to: -1.2)
            .setting("/poses/stand/joints/right_hip_pitch_joint", to: -1.2)
        #expect(found(leaning).contains { $0.problem.contains("centre of mass") }, "\(findings(in: leaning))")
        let floating = complete.setting("/poses/stand/root_position/2", to: 0.8)
        #expect(found(floating).contains { $0.problem.contains("over the floor") })
        let tiptoe = complete.setting("/poses/stand/joints/left_ankle_pitch_joint", to: 0.1)
        #expect(found(tiptoe).contains { $0.problem.contains("over the floor") })
        let tilted = complete.setting("/poses/stand/root_rotation", to: [0.7071, 0, 0.7071, 0])
        #expect(errors(in: tilted).contains { $0.path == "/poses/stand/root_rotation" })
    }

    @Test(
        "what looks wrong but can be used is a warning at its place",
        arguments: [
            ("/collision", nil, "/collision"), ("/hands", nil, "/hands"),
            ("/bodies/4/inertia", [1, 0.1, 0.1, 0, 0, 0], "/bodies/4/inertia"),
            ("/bodies/4/inertia", [0.01, 0.01, 0.001, 0.5, 0, 0], "/bodies/4/inertia"),
            ("/human/map/4/position_weight", 3, "/human/map/4/position_weight"),
            ("/human/map/4/point", [0, 0, 0.1], "/human/map/4/point"),
            ("/joints/10/range", [-0.1, 2.0], "/joints/10/range"),
            ("/poses/stand/joints/right_hip_yaw_joint", 0.1, "/poses/stand/joints/right_hip_yaw_joint"),
        ] as [(String, JSONValue?, String)])
    func warnings(place: String, value: JSONValue?, path: String) throws {
        let found = findings(in: try completeG1().setting(place, to: value))
        #expect(found.contains { $0.severity == .warning && $0.path == path }, "\(found)")
    }

    @Test("a convex outline knows how deep a point lies, whatever the order of its corners")
    func outline() {
        let outline = ConvexOutline([(0, 0), (2, 2), (0, 2), (2, 0), (1, 1), (1, 0)])
        #expect(outline.corners.count == 4)
        #expect(abs(outline.depth(of: (1, 0.5)) - 0.5) < 1e-12)
        #expect(outline.depth(of: (1, -1)) == -1)
        #expect(ConvexOutline([(0, 0), (1, 1), (2, 2)]).depth(of: (1, 1)) == -.infinity)
    }
}

@Suite("Damaged profiles")
struct ProfileMutationTests {
    /// Keys whose absence says something of its own.
    static let optional: Set<String> = [
        "$schema", "effort", "defaults", "lengths", "leg", "arm", "rotation", "names", "left_out", "targets", "sinks",
        "endpoint", "settings",
    ]
    /// Objects whose keys are names of the user's choice.
    static let open: Set<String> = ["poses", "joints", "targets", "sinks", "settings"]

    @Test("a field that is missing is found at its place, unless it is optional")
    func removed() throws {
        let complete = try completeG1()
        var count = 0
        for path in complete.places where complete[path.dropLast()[...]]?.members != nil {
            guard let key = path.last else { continue }
            let parent = path.dropLast().last ?? ""
            let mayBeSilent =
                Self.open.contains(parent)
                || (Self.optional.contains(key) && path.first != "hands")
                    && !(key == "rotation" && path.first == "bodies")
            let found = findings(in: complete.setting(path[...], to: nil)).filter { $0.severity != .note }
            let place = "/" + path.joined(separator: "/")
            if !mayBeSilent || place == "/poses/stand" {
                #expect(found.contains { $0.path == place }, "\(place): \(found.prefix(3))")
            }
            count += 1
        }
        #expect(count > 500)
    }

    @Test("a field of another type is an error at its place")
    func mistyped() throws {
        let complete = try completeG1()
        for path in complete.places {
            guard let value = complete[path[...]] else { continue }
            let place = "/" + path.joined(separator: "/")
            let isSetting = path.dropLast().last == "settings"
            let others: [JSONValue] =
                switch value {
                case .bool: [1, "true", .null]
                case .integer, .number: [isSetting ? [] : "1", .null, [1]]
                case .string: [isSetting ? [:] : 1, .null, [:], isSetting ? .null : ""]
                case .array: [[:], "x", .null]
                case .object: [[], 1, .null]
                case .null: []
                }
            for other in isSetting ? [.null, []] : others {
                let found = errors(in: complete.setting(path[...], to: other))
                #expect(found.contains { $0.path == place }, "\(place) = \(other.text): \(found.prefix(3))")
            }
        }
    }

    @Test("a number that is out of range is an error at its place")
    func outOfRange() throws {
        let complete = try completeG1()
        for path in complete.places where path.dropLast().last != "settings" {
            guard complete[path[...]]?.number != nil else { continue }
            let place = "/" + path.joined(separator: "/")
            for value in [1e9, -1e9] {
                let found = errors(in: complete.setting(path[...], to: .number(value)))
                #expect(found.contains { $0.path == place }, "\(place) = \(value): \(found.prefix(3))")
            }
        }
    }

    @Test("names changed and elements lost are errors, or the profile can still be used")
    func otherDamage() throws {
        let complete = try completeG1()
        for path in complete.places {
            var values: [JSONValue?] = []
            if complete[path[...]]?.string != nil { values = ["nobody"] }
            if Int(path.last ?? "") != nil { values.append(nil) }
            for value in values {
                let document = complete.setting(path[...], to: value)
                let (profile, found) = try RobotProfile.examine(json: Data(document.encoded))
                #expect((profile == nil) == found.contains { $0.severity == .error })
                if let profile { _ = try KinematicTree(profile) }
            }
        }
    }

    @Test("random damage to the text never ends the process")
    func fuzz() throws {
        let text = Array(try #require(g1Text).utf8)
        var random = SplitMix64(seed: 5)
        for _ in 0..<300 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                default: bytes.removeSubrange(place..<min(place + 40, bytes.count))
                }
            }
            guard let profile = try? RobotProfile(json: Data(bytes)) else { continue }
            _ = try KinematicTree(profile)
        }
    }

    @Test("depth and size are bounded")
    func bounds() throws {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(throws: ProfileError.self) { try RobotProfile(json: Data(deep.utf8)) }
        let large = Data(repeating: UInt8(ascii: " "), count: RobotProfile.maximumSize + 1)
        let error = #expect(throws: ProfileError.self) { try RobotProfile(json: large) }
        #expect(error?.description.contains("\(RobotProfile.maximumSize)") == true)
        let names = (0..<100_000).map { "\"k\($0)\": 0" }.joined(separator: ",")
        #expect(throws: ProfileError.self) { try RobotProfile(json: Data("{\(names)}".utf8)) }
    }
}

@Suite("Difference of profiles")
struct ProfileDifferenceTests {
    @Test("differences are told by name, and a new order of joints is one")
    func differences() throws {
        let document = try completeG1()
        let old = try RobotProfile(json: Data(document.encoded))
        #expect(ProfileDifference.between(old, old).isEmpty)
        let new = try RobotProfile(
            json: Data(
                document.setting("/joints/4/effort", to: 120).setting("/hands", to: nil)
                    .setting(
                        "/poses/arms",
                        to: ["root_position": [0, 0, 0.8], "root_rotation": [1, 0, 0, 0], "joints": [:]]
                    )
                    .encoded))
        let found = ProfileDifference.between(old, new)
        #expect(found.map(\.path) == ["/joints/left_knee_joint/effort", "/hands", "/poses/arms"])
        #expect(found.first?.description == "~ /joints/left_knee_joint/effort: 139 -> 120")
        var swapped = old
        swapped.joints.swapAt(3, 4)
        #expect(ProfileDifference.between(old, swapped).map(\.path) == ["/joints"])
    }
}

@Suite("Profile registry")
struct ProfileRegistryTests {
    /// A directory of profiles that is removed in the end.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "profiles-\(UUID().uuidString)")
        let g1: JSONValue

        init() throws {
            g1 = try completeG1()
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ file: String, _ text: String) throws {
            try Data(text.utf8).write(to: url.appending(path: file), options: .atomic)
        }

        func write(_ file: String, name: String, rate: Int64 = 50) throws {
            try write(
                file, g1.setting("/name", to: .string(name)).setting("/stream/rate", to: .integer(rate)).text)
        }
    }

    @Test("profiles are found by name, and a broken file is reported beside them")
    func registry() throws {
        let folder = try Folder()
        try folder.write("a.json", name: "one")
        try folder.write("b.json", name: "one")
        try folder.write("c.json", "{}")
        try folder.write("schema.json", "{}")
        let registry = try ProfileRegistry(directory: folder.url.path())
        #expect(registry.names == ["one"])
        #expect(registry["one"]?.jointNames.count == 29)
        #expect(registry["two"] == nil)
        #expect(registry.failures.map { $0.file.suffix(6) } == ["b.json", "c.json"])
    }

    @Test("read again, it tells what was added, replaced and removed")
    func reload() throws {
        let folder = try Folder()
        try folder.write("a.json", name: "one")
        try folder.write("b.json", name: "two")
        var registry = try ProfileRegistry(directory: folder.url.path())
        #expect(try registry.reload().isEmpty)
        try folder.write("a.json", name: "one", rate: 100)
        try folder.write("c.json", name: "three")
        try FileManager.default.removeItem(at: folder.url.appending(path: "b.json"))
        #expect(try registry.reload() == [.replaced("one"), .added("three"), .removed("two")])
        #expect(registry["one"]?.stream.rate == 100 && registry["two"] == nil)
    }

    @Test("a file that breaks leaves its profile in force, is told once, and comes back when mended")
    func broken() throws {
        let folder = try Folder()
        try folder.write("a.json", name: "one")
        var registry = try ProfileRegistry(directory: folder.url.path())
        try folder.write("a.json", folder.g1.setting("/stream/rate", to: "fast").text)
        let changes = try registry.reload()
        guard case .refused(let failure, inForce: "one") = changes.first, changes.count == 1 else {
            Issue.record("\(changes)")
            return
        }
        #expect(failure.file.hasSuffix("a.json") && "\(failure.error)".contains("/stream/rate"))
        #expect(registry["one"]?.stream.rate == 50)
        #expect(try registry.reload().isEmpty)
        #expect(registry["one"]?.stream.rate == 50 && registry.failures.count == 1)
        try folder.write("a.json", name: "one", rate: 60)
        #expect(try registry.reload() == [.replaced("one")])
        #expect(registry["one"]?.stream.rate == 60 && registry.failures.isEmpty)
    }

    @Test("a change is taken up once the files have come to rest")
    func watching() throws {
        let folder = try Folder()
        try folder.write("a.json", name: "one")
        var registry = try ProfileRegistry(directory: folder.url.path())
        #expect(try registry.reloadIfChanged().isEmpty)
        try folder.write("a.json", name: "one", rate: 60)
        #expect(try registry.reloadIfChanged().isEmpty)
        try folder.write("b.json", name: "two")
        #expect(try registry.reloadIfChanged().isEmpty)
        #expect(try registry.reloadIfChanged() == [.replaced("one"), .added("two")])
        #expect(try registry.reloadIfChanged().isEmpty)
    }

    @Test("a directory that is not there is an error, also later, and changes nothing")
    func absent() throws {
        #expect(throws: ProfileError.self) { try ProfileRegistry(directory: "/nowhere") }
        let folder = try Folder()
        try folder.write("a.json", name: "one")
        var registry = try ProfileRegistry(directory: folder.url.path())
        try FileManager.default.removeItem(at: folder.url)
        #expect(throws: ProfileError.self) { try registry.reload() }
        #expect(registry.names == ["one"])
    }
}
