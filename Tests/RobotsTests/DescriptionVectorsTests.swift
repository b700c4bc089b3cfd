import Foundation
import Geometry
import Testing

@testable import Robots

/// The shared robot descriptions, when this machine has them.
let sharedRobots: URL? = {
    let shared =
        ProcessInfo.processInfo.environment["KMMD_SHARED"].map { URL(filePath: $0) }
        ?? packageRoot.deletingLastPathComponent().appending(path: "shared")
    let folder = shared.appending(path: "robots")
    return FileManager.default.fileExists(atPath: folder.appending(path: "fk_vectors").path()) ? folder : nil
}()

/// Golden vectors of one robot: MuJoCo's kinematics of an MJCF file, Pinocchio's of a URDF file.
struct DescriptionVectors: Decodable {
    struct Joint: Decodable {
        var joint: String
        var type: String
        var qpos: Int
        var dof: Int
    }
    struct Configuration: Decodable {
        var id: Int
        var qpos: [Double]
        var com: [Double]
        var bodies: [[Double]]
    }
    struct Jacobian: Decodable {
        var config: Int
        var body: String
        var linear: [[Double]]
        var angular: [[Double]]
    }
    struct Pinocchio: Decodable {
        struct Comparison: Decodable {
            var compared_bodies: Int
            var reference_body: String?
            var max_position_difference: Double
            var max_rotation_entry_difference: Double
        }
        struct Configuration: Decodable {
            var joints: [String: Double]
            var links: [String: [Double]]
        }
        var urdf: String
        var links: Int
        var joints: Int
        var mass_kg: Double
        var against_mujoco: Comparison?
        var configs: [Configuration]?
    }
    var model: String
    var qpos_layout: [Joint]
    var body_names: [String]
    var configs: [Configuration]
    var jacobians: [Jacobian]
    var pinocchio: Pinocchio?

    static let robots: [String] =
        (sharedRobots.map { (try? FileManager.default.contentsOfDirectory(atPath: $0.path() + "/fk_vectors")) ?? [] }
        ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

    init(_ file: URL) throws {
        self = try JSONDecoder().decode(DescriptionVectors.self, from: Data(contentsOf: file))
    }
}

extension RigidTransform {
    init(_ v: [Double]) {
        self.init(translation: Vector3(v[0], v[1], v[2]), rotation: Quaternion(w: v[3], x: v[4], y: v[5], z: v[6]))
    }
}

/// A description moved as a vector says, ball joints included.
struct MovedDescription {
    let tree: KinematicTree
    let workspace: KinematicWorkspace
    /// Where a fixed root stands in the file's world.
    let world: RigidTransform

    init(_ description: RobotDescription, _ vectors: DescriptionVectors, _ q: [Double]) throws {
        let layout = Dictionary(uniqueKeysWithValues: vectors.qpos_layout.map { ($0.joint, $0) })
        func quaternion(_ at: Int) -> Quaternion { Quaternion(w: q[at], x: q[at + 1], y: q[at + 2], z: q[at + 3]) }
        var posed = description
        for index in posed.bodies.indices {
            guard let joint = posed.bodies[index].joint, joint.kind == .ball, let slot = layout[joint.name] else {
                continue
            }
            let turn = quaternion(slot.qpos).normalized
            posed.bodies[index].pose =
                posed.bodies[index].pose
                * RigidTransform(translation: joint.origin - turn.act(joint.origin), rotation: turn)
        }
        tree = try KinematicTree(posed, couplings: false)
        workspace = KinematicWorkspace(tree)
        var root = RigidTransform.identity
        if description.hasFloatingRoot, let first = vectors.qpos_layout.first {
            // Three slides and a ball joint lie in qpos as a free joint does, but move against the body's place.
            let slides = first.type == "slide"
            root = RigidTransform(translation: Vector3(q[0], q[1], q[2]), rotation: quaternion(3).normalized)
            if slides { root = description.bodies[0].pose * root }
        }
        world = description.hasFloatingRoot ? .identity : description.bodies[0].pose
        workspace.update(
            RobotConfiguration(
                rootPosition: root.translation, rootRotation: root.rotation,
                jointPositions: try tree.jointNames.map { q[try #require(layout[$0]).qpos] }))
    }

    func pose(_ body: Int) -> RigidTransform { world * workspace.pose(ofBody: body) }
}

@Suite("Descriptions of all robots", .enabled(if: sharedRobots != nil, "needs ../shared/robots"))
struct DescriptionVectorsTests {
    @Test("MJCF: poses and centre of mass equal MuJoCo's to 1e-6", arguments: DescriptionVectors.robots)
    func forwardKinematics(robot: String) throws {
        let folder = try #require(sharedRobots)
        let vectors = try DescriptionVectors(folder.appending(path: "fk_vectors/\(robot).json"))
        let description = try RobotDescription(file: folder.appending(path: vectors.model).path())
        var worst = (position: 0.0, rotation: 0.0, center: 0.0, body: "")
        var absent: Set<String> = []
        for vector in vectors.configs {
            let moved = try MovedDescription(description, vectors, vector.qpos)
            for (name, expected) in zip(vectors.body_names, vector.bodies) {
                guard let body = moved.tree.index(ofBody: name) else {
                    absent.insert(name)
                    continue
                }
                let (pose, golden) = (moved.pose(body), RigidTransform(expected))
                let distance = (pose.translation - golden.translation).length
                if distance > worst.position { worst.body = name }
                worst.position = max(worst.position, distance)
                worst.rotation = max(worst.rotation, (pose.rotation * golden.rotation.normalized.conjugate).angle)
            }
            let center = moved.world.act(moved.workspace.centerOfMass)
            worst.center = max(worst.center, (center - Vector3(vector.com[0], vector.com[1], vector.com[2])).length)
        }
        #expect(worst.position < 1e-6 && worst.rotation < 1e-6, "\(robot): \(worst)")
        #expect(worst.center < 1e-6, "\(robot): \(worst)")
        // What the world holds beside the robot.
        #expect(absent == (robot == "apptronik_apollo" ? ["world_link"] : []))
    }

    @Test("MJCF: Jacobians equal MuJoCo's to 1e-5", arguments: DescriptionVectors.robots)
    func jacobians(robot: String) throws {
        let folder = try #require(sharedRobots)
        let vectors = try DescriptionVectors(folder.appending(path: "fk_vectors/\(robot).json"))
        let description = try RobotDescription(file: folder.appending(path: vectors.model).path())
        var worst = 0.0
        for golden in vectors.jacobians {
            let vector = try #require(vectors.configs.first { $0.id == golden.config })
            let moved = try MovedDescription(description, vectors, vector.qpos)
            let ours = moved.workspace.jacobians()
            let dof = moved.tree.degreesOfFreedom
            let body = try #require(moved.tree.index(ofBody: golden.body))
            let root = Matrix3(moved.workspace.pose(ofBody: 0).rotation)
            let turn = Matrix3(moved.world.rotation)
            func column(_ offset: Int, _ index: Int) -> Vector3 {
                let base = (body * 6 + offset) * dof + index
                return turn * Vector3(ours[base], ours[base + dof], ours[base + 2 * dof])
            }
            for (offset, expected) in [(0, golden.linear), (3, golden.angular)] {
                func compare(_ value: Vector3, _ at: Int) {
                    let difference = value - Vector3(expected[0][at], expected[1][at], expected[2][at])
                    worst = max(worst, difference.length)
                }
                var next = 0
                if description.hasFloatingRoot {
                    let slides = vectors.qpos_layout[0].type == "slide"
                    for axis in 0..<3 {
                        if !slides { compare(column(offset, axis), axis) }
                        let about = Vector3(root[0, axis], root[1, axis], root[2, axis])
                        compare(
                            column(offset, 3) * about.x + column(offset, 4) * about.y + column(offset, 5) * about.z,
                            3 + axis)
                    }
                    next = 6
                }
                for (index, name) in moved.tree.jointNames.enumerated() {
                    let slot = try #require(vectors.qpos_layout.first { $0.joint == name })
                    compare(column(offset, next + index), slot.dof)
                }
            }
        }
        #expect(worst < 1e-5, "\(robot): \(worst)")
    }

    @Test("URDF: poses agree with MuJoCo and Pinocchio as far as those agree", arguments: DescriptionVectors.robots)
    func urdf(robot: String) throws {
        let folder = try #require(sharedRobots)
        let vectors = try DescriptionVectors(folder.appending(path: "fk_vectors/\(robot).json"))
        guard let golden = vectors.pinocchio else { return }
        let description = try RobotDescription(file: folder.appending(path: golden.urdf).path())
        #expect(description.bodies.count == golden.links, "\(robot)")
        #expect(abs(description.mass - golden.mass_kg) < 1e-3 * max(1, golden.mass_kg / 10), "\(robot)")
        let tree = try KinematicTree(description, couplings: false)
        let workspace = KinematicWorkspace(tree)
        for configuration in golden.configs ?? [] {
            workspace.update(
                RobotConfiguration(
                    rootPosition: .zero, rootRotation: .identity,
                    jointPositions: tree.jointNames.map { configuration.joints[$0] ?? 0 }))
            let root = workspace.pose(ofBody: 0)
            for (name, expected) in configuration.links {
                let pose = root.inverse * workspace.pose(ofBody: try #require(tree.index(ofBody: name)))
                let reference = RigidTransform(expected)
                #expect((pose.translation - reference.translation).length < 1e-6, "\(robot) \(name)")
                #expect((pose.rotation * reference.rotation.normalized.conjugate).angle < 1e-6, "\(robot) \(name)")
            }
        }
        try compare(robot, description, tree, vectors, golden)
    }

    /// The bodies that the two formats share, relative to the reference body, when their joints have the same names.
    private func compare(
        _ robot: String, _ description: RobotDescription, _ tree: KinematicTree, _ vectors: DescriptionVectors,
        _ golden: DescriptionVectors.Pinocchio
    ) throws {
        guard let comparison = golden.against_mujoco, let reference = comparison.reference_body,
            let base = tree.index(ofBody: reference)
        else { return }
        let layout = Dictionary(uniqueKeysWithValues: vectors.qpos_layout.map { ($0.joint, $0) })
        guard tree.jointNames.allSatisfy({ layout[$0] != nil }) else { return }
        let workspace = KinematicWorkspace(tree)
        let moving = Set(vectors.qpos_layout.map(\.joint))
        /// Bodies that hang on the same joints in both files.
        let model = try RobotDescription(file: try #require(sharedRobots).appending(path: vectors.model).path())
        func path(_ body: String, _ description: RobotDescription) -> [String]? {
            guard var index = description.index(ofBody: body) else { return nil }
            var joints: [String] = []
            while true {
                if let joint = description.bodies[index].joint, moving.contains(joint.name), joint.kind != .floating {
                    joints.append(joint.name)
                }
                guard let parent = description.bodies[index].parent else { return joints }
                index = parent
            }
        }
        var worst = (position: 0.0, rotation: 0.0, body: "")
        for vector in vectors.configs {
            workspace.update(
                RobotConfiguration(
                    rootPosition: .zero, rootRotation: .identity,
                    jointPositions: tree.jointNames.map { vector.qpos[layout[$0]?.qpos ?? 0] }))
            let here = workspace.pose(ofBody: base).inverse
            guard let at = vectors.body_names.firstIndex(of: reference) else { return }
            let there = RigidTransform(vector.bodies[at]).inverse
            for (name, expected) in zip(vectors.body_names, vector.bodies) {
                guard let body = tree.index(ofBody: name), path(name, description) == path(name, model) else {
                    continue
                }
                let (a, b) = (here * workspace.pose(ofBody: body), there * RigidTransform(expected))
                let way = a.translation - b.translation
                let distance = max(abs(way.x), abs(way.y), abs(way.z))
                if distance > worst.position { worst.body = name }
                worst.position = max(worst.position, distance)
                let (turned, golden) = (Matrix3(a.rotation), Matrix3(b.rotation.normalized))
                for entry in 0..<9 {
                    worst.rotation = max(
                        worst.rotation, abs(turned[entry / 3, entry % 3] - golden[entry / 3, entry % 3]))
                }
            }
        }
        // Differences of single coordinates and entries, as stated; what is allowed beside them are the decimals.
        #expect(worst.position < comparison.max_position_difference * 1.001 + 1e-6, "\(robot): \(worst)")
        #expect(worst.rotation < comparison.max_rotation_entry_difference * 1.001 + 1e-6, "\(robot): \(worst)")
    }
}
