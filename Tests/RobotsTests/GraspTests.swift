import Foundation
import Geometry
import JSON
import Testing

@testable import Robots

@Suite("Poses of hands")
struct GraspTests {
    private static func profile(_ name: String) throws -> RobotProfile {
        try RobotProfile(file: packageRoot.appending(path: "RobotProfiles/\(name).json").path())
    }

    /// Where the last body of each finger is, from the hand's body, in a pose.
    private static func ends(
        _ profile: RobotProfile, _ hand: RobotProfile.Hand, _ pose: String, _ bodies: [String]
    ) throws -> [Vector3] {
        var configuration = profile.standPose
        for (joint, position) in try #require(hand.poses[pose]) {
            let index = try #require(profile.jointNames.firstIndex(of: joint))
            let limits = profile.jointLimits[index]
            #expect(limits.lower <= position && position <= limits.upper, "\(joint)")
            configuration.jointPositions[index] = position
        }
        let tree = try KinematicTree(profile)
        let workspace = KinematicWorkspace(tree)
        workspace.update(configuration)
        let palm = workspace.pose(ofBody: try #require(tree.index(ofBody: hand.body)))
        return try bodies.map { body in
            let place = try #require(tree.index(ofBody: body))
            let center = try #require(profile.bodies.first { $0.name == body }).centerOfMass
            return palm.inverse.act(workspace.pose(ofBody: place).act(center))
        }
    }

    @Test(
        "hands with fingers open, close, point and pinch, left and right",
        arguments: [
            ("unitree_g1_dex3", ["left_hand_thumb_2_link", "left_hand_index_1_link", "left_hand_middle_1_link"]),
            ("pnd_adam_u", ["L_thumb_distal", "L_index_distal", "L_middle_distal"]),
        ])
    func fingers(name: String, tips: [String]) throws {
        var profile = try Self.profile(name)
        var hands = try #require(profile.hands)
        hands.left.poses = try GraspFit(profile, hand: hands.left).poses
        hands.right.poses = try GraspFit(profile, hand: hands.right).poses
        profile.hands = hands
        #expect(Set(hands.left.poses.keys) == Set(RobotProfile.Hand.poseNames))
        #expect(Set(hands.right.poses.keys) == Set(RobotProfile.Hand.poseNames))
        #expect(profile.validate().allSatisfy { $0.severity != .error })
        let bodies = tips.map { tip in profile.bodies.first { $0.name.hasPrefix(tip) }?.name ?? tip }
        let open = try Self.ends(profile, hands.left, "open", bodies)
        let fist = try Self.ends(profile, hands.left, "fist", bodies)
        let point = try Self.ends(profile, hands.left, "point", bodies)
        let pinch = try Self.ends(profile, hands.left, "pinch", bodies)
        // The forefinger bends by centimetres, points as the open hand's and pinches with the thumb.
        #expect((open[1] - fist[1]).length > 0.03 && (open[2] - fist[2]).length > 0.03)
        #expect((open[1] - point[1]).length < 1e-6 && (fist[2] - point[2]).length < 1e-6)
        #expect((pinch[0] - pinch[1]).length < 0.6 * (open[0] - open[1]).length)
    }

    @Test("jaws open wide and close; a wrist alone is no gripper")
    func grippers() throws {
        for name in ["galaxea_r1pro", "rainbow_rby1"] {
            let profile = try Self.profile(name)
            let hand = try #require(profile.hands?.left)
            let poses = try GraspFit(profile, hand: hand).poses
            #expect(Set(poses.keys) == ["open", "fist"], "\(name)")
            let (open, fist) = (try #require(poses["open"]), try #require(poses["fist"]))
            // One of each pair goes up, the other down, by most of their way.
            #expect(open.values.reduce(0) { $0 + abs($1) } > 0.08, "\(name)")
            #expect(fist.values.reduce(0) { $0 + abs($1) } < 0.03, "\(name)")
        }
        for name in ["ihmc_alexander", "unitree_g1", "unitree_h1"] {
            let profile = try Self.profile(name)
            guard let hand = profile.hands?.left else { continue }
            #expect(try GraspFit(profile, hand: hand).poses.isEmpty, "\(name)")
        }
    }

    @Test("shipped profiles hold what the importer finds")
    func shipped() throws {
        let folder = packageRoot.appending(path: "RobotProfiles")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
            .filter { $0.hasSuffix(".json") && $0 != "schema.json" }
        var found = 0
        for file in files {
            let profile = try RobotProfile(file: folder.appending(path: file).path())
            for hand in profile.hands?.both ?? [] {
                let poses = try GraspFit(profile, hand: hand).poses
                #expect(Set(hand.poses.keys) == Set(poses.keys), "\(file)")
                found += poses.isEmpty ? 0 : 1
                for (name, joints) in poses where name != "pinch" {
                    let own = hand.poses[name] ?? [:]
                    #expect(joints.allSatisfy { abs((own[$0.key] ?? .infinity) - $0.value) < 0.01 }, "\(file) \(name)")
                }
            }
        }
        #expect(found >= 20)
    }

    @Test("a check names poses that are none, joints of elsewhere and positions out of range")
    func checks() throws {
        var profile = try Self.profile("unitree_g1_dex3")
        profile.hands?.left.poses = [
            "opne": [:], "fist": ["left_hand_index_0_joint": 3, "right_hand_index_0_joint": 0, "left_elbow_joint": 0],
        ]
        let found = profile.validate().filter { $0.severity == .error }
        #expect(
            found.map(\.path) == [
                "/hands/left/poses/fist/left_elbow_joint", "/hands/left/poses/fist/left_hand_index_0_joint",
                "/hands/left/poses/fist/right_hand_index_0_joint", "/hands/left/poses/opne",
            ])
        #expect(found.last?.description.contains("open") == true)
    }
}
