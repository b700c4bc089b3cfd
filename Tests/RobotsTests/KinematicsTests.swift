import Foundation
import Geometry
import Testing

@testable import Robots

/// Golden forward kinematics of one robot, by MuJoCo.
struct KinematicsVectors: Decodable {
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
    struct Joint: Decodable {
        var joint: String
        var qpos: Int
    }
    var qpos_layout: [Joint]
    var body_names: [String]
    var configs: [Configuration]
    var jacobians: [Jacobian]

    static func load() throws -> KinematicsVectors {
        let url = try #require(
            Bundle.module.url(forResource: "unitree_g1_29dof", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(KinematicsVectors.self, from: Data(contentsOf: url))
    }

    /// The configuration, its joints found by name.
    func configuration(_ vector: Configuration, jointNames: [String]) throws -> RobotConfiguration {
        let q = vector.qpos
        return RobotConfiguration(
            rootPosition: Vector3(q[0], q[1], q[2]), rootRotation: Quaternion(w: q[3], x: q[4], y: q[5], z: q[6]),
            jointPositions: try jointNames.map { name in
                q[try #require(qpos_layout.first { $0.joint == name }).qpos]
            })
    }
}

@Suite("Kinematics of the G1")
struct KinematicsTests {
    let profile: RobotProfile
    let tree: KinematicTree
    let vectors: KinematicsVectors

    init() throws {
        profile = try loadG1()
        tree = try KinematicTree(profile)
        vectors = try .load()
    }

    @Test("poses of all bodies and the centre of mass equal MuJoCo's to 1e-6")
    func forwardKinematics() throws {
        let workspace = KinematicWorkspace(tree)
        for vector in vectors.configs {
            workspace.update(try vectors.configuration(vector, jointNames: profile.jointNames))
            for (name, expected) in zip(vectors.body_names, vector.bodies) {
                let pose = workspace.pose(ofBody: try #require(tree.index(ofBody: name)))
                let position = Vector3(expected[0], expected[1], expected[2])
                let rotation = Quaternion(w: expected[3], x: expected[4], y: expected[5], z: expected[6])
                #expect((pose.translation - position).length < 1e-6, "\(vector.id) \(name)")
                #expect((pose.rotation * rotation.conjugate).angle < 1e-6, "\(vector.id) \(name)")
            }
            #expect((workspace.centerOfMass - Vector3(vector.com[0], vector.com[1], vector.com[2])).length < 1e-6)
        }
    }

    @Test("Jacobians of feet and hands equal MuJoCo's to 1e-5")
    func jacobians() throws {
        let workspace = KinematicWorkspace(tree)
        #expect(vectors.jacobians.count == 8)
        for golden in vectors.jacobians {
            let vector = try #require(vectors.configs.first { $0.id == golden.config })
            let configuration = try vectors.configuration(vector, jointNames: profile.jointNames)
            workspace.update(configuration)
            let ours = workspace.jacobians()
            let root = Matrix3(configuration.rootRotation)
            let dof = tree.degreesOfFreedom
            let body = try #require(tree.index(ofBody: golden.body))
            for (offset, expected) in [(0, golden.linear), (3, golden.angular)] {
                for row in 0..<3 {
                    let base = (body * 6 + offset + row) * dof
                    for column in 0..<dof {
                        // MuJoCo's columns 3 to 5 are turns about the root's own axes, ours about the world's.
                        let value =
                            (3..<6).contains(column)
                            ? (0..<3).reduce(0) { $0 + ours[base + 3 + $1] * root[$1, column - 3] }
                            : ours[base + column]
                        #expect(abs(value - expected[row][column]) < 1e-5)
                    }
                }
            }
        }
    }

    @Test("Jacobians equal finite differences of the poses and of the centre of mass")
    func finiteDifferences() throws {
        let workspace = KinematicWorkspace(tree)
        let configuration = try vectors.configuration(vectors.configs[5], jointNames: profile.jointNames)
        let dof = tree.degreesOfFreedom
        workspace.update(configuration)
        let jacobians = workspace.jacobians()
        let centerJacobian = workspace.centerOfMassJacobian()
        let h = 1e-6
        for column in 0..<dof {
            func state(_ sign: Double) -> (poses: [RigidTransform], center: Vector3) {
                workspace.update(configuration.moved(column, by: sign * h))
                return (tree.bodyNames.indices.map(workspace.pose), workspace.centerOfMass)
            }
            let (ahead, behind) = (state(1), state(-1))
            for body in tree.bodyNames.indices {
                let (a, b) = (ahead.poses[body], behind.poses[body])
                let linear = (a.translation - b.translation) / (2 * h)
                let angular = (a.rotation * b.rotation.conjugate).rotationVector / (2 * h)
                for row in 0..<3 {
                    #expect(abs(jacobians[(body * 6 + row) * dof + column] - linear[row]) < 1e-7)
                    #expect(abs(jacobians[(body * 6 + 3 + row) * dof + column] - angular[row]) < 1e-7)
                }
            }
            let center = (ahead.center - behind.center) / (2 * h)
            for row in 0..<3 { #expect(abs(centerJacobian[row * dof + column] - center[row]) < 1e-7) }
        }
    }

    @Test("the stand pose is balanced: soles flat on the floor, the centre of mass well inside them")
    func standPose() throws {
        let workspace = KinematicWorkspace(tree)
        workspace.update(profile.standPose)
        let feet = try #require(profile.feet)
        var corners: [Vector3] = []
        for foot in feet.both {
            let pose = workspace.pose(ofBody: try #require(tree.index(ofBody: foot.body)))
            corners += foot.sole.map(pose.act)
        }
        #expect(corners.allSatisfy { abs($0.z) < 1e-5 })
        let center = workspace.centerOfMass
        let (xs, ys) = (corners.map(\.x), corners.map(\.y))
        #expect(center.x > (xs.min() ?? 0) + 0.05 && center.x < (xs.max() ?? 0) - 0.05)
        #expect(abs(center.y) < 0.005 && (ys.min() ?? 0) < -0.1 && (ys.max() ?? 0) > 0.1)
    }

    @Test("a mimic joint follows its joint by ratio and offset, Jacobian included")
    func mimic() throws {
        var profile = try loadG1()
        let knee = try #require(profile.joints.firstIndex { $0.name == "right_knee_joint" })
        profile.joints[knee].mimic = RobotProfile.Joint.Mimic(joint: "left_knee_joint", ratio: 0.5, offset: 0.1)
        let tree = try KinematicTree(profile)
        #expect(tree.jointCount == 28)
        var configuration = profile.standPose
        configuration.jointPositions[3] = 1
        let workspace = KinematicWorkspace(tree)
        workspace.update(configuration)
        let thigh = try #require(tree.index(ofBody: "right_hip_yaw_link"))
        let shank = try #require(tree.index(ofBody: "right_knee_link"))
        let bend = (workspace.pose(ofBody: thigh).inverse * workspace.pose(ofBody: shank)).rotation
        let rest = try #require(profile.bodies.first { $0.name == "right_knee_link" }).pose.rotation
        #expect(abs((rest.conjugate * bend).twist(about: Vector3(0, 1, 0)) - 0.6) < 1e-9)
        let angularY = workspace.jacobians()[(shank * 6 + 4) * tree.degreesOfFreedom + 9]
        #expect(abs(angularY - 0.5) < 1e-6)
    }
}

extension RobotConfiguration {
    /// The configuration after a small motion of one degree of freedom.
    func moved(_ column: Int, by amount: Double) -> RobotConfiguration {
        var moved = self
        switch column {
        case 0..<3: moved.rootPosition[column] += amount
        case 3..<6:
            var axis = Vector3.zero
            axis[column - 3] = amount
            moved.rootRotation = Quaternion(rotationVector: axis) * rootRotation
        default: moved.jointPositions[column - 6] += amount
        }
        return moved
    }
}
