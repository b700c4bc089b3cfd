import Geometry
import HumanBody
import HumanMotion
import Retargeting
import Robots
import Testing

@Suite("Retargeting single poses to the G1")
struct PoseTests {
    let profile: RobotProfile
    let tree: KinematicTree
    let retargeter: Retargeter

    init() throws {
        profile = try loadG1()
        tree = try KinematicTree(profile)
        retargeter = try Retargeter(profile)
    }

    /// A person standing on the floor with some joints turned by rotation vectors.
    func person(_ turns: [HumanJoint: Vector3] = [:]) -> HumanFrame {
        var rotations = SMPLSkeleton.restRotations
        for (joint, turn) in turns { rotations[joint] = Quaternion(rotationVector: turn) }
        let rest = SMPLSkeleton.forwardKinematics(HumanFrame(pelvis: .zero, rotations: rotations))
        let height = SMPLFoot.ankleHeight(.left) - rest[.leftAnkle].translation.y
        return HumanFrame(
            pelvis: Vector3(0, height, 0), rotations: rotations,
            contacts: FootContacts(leftAnkle: 1, leftToe: 1, rightAnkle: 1, rightToe: 1))
    }

    /// Poses of the named bodies after the pose has been held for a second.
    func bodies(_ names: [String], _ frame: HumanFrame) throws -> [RigidTransform] {
        var state = RetargetState()
        var robot = retargeter.retarget(frame, state: &state)
        for _ in 0..<30 { robot = retargeter.retarget(frame, state: &state) }
        let workspace = KinematicWorkspace(tree)
        workspace.update(robot.configuration)
        return try names.map { workspace.pose(ofBody: try #require(tree.index(ofBody: $0))) }
    }

    @Test("arms stretched out sideways are stretched out sideways, level with the shoulders")
    func tPose() throws {
        let poses = try bodies(
            ["left_shoulder_roll_link", "left_wrist_yaw_link", "right_shoulder_roll_link", "right_wrist_yaw_link"],
            person())
        for (shoulder, wrist) in [(poses[0], poses[1]), (poses[2], poses[3])] {
            let arm = (wrist.translation - shoulder.translation).normalized
            #expect(abs(arm.y) > 0.97)
            #expect(arm.y * shoulder.translation.y > 0)
        }
    }

    @Test("a raised arm is raised, on its own side", arguments: Side.both)
    func raisedArm(side: Side) throws {
        let up = Vector3(0, 0, 1.4 * side.sign)
        let other = side.other
        let down = Vector3(0, 0, 1.3 * side.sign)
        let poses = try bodies(
            [
                "\(side.name)_shoulder_roll_link", "\(side.name)_wrist_yaw_link", "\(other.name)_shoulder_roll_link",
                "\(other.name)_wrist_yaw_link",
            ],
            person([side.shoulder: up, other.shoulder: down]))
        #expect(poses[1].translation.z > poses[0].translation.z + 0.25)
        #expect(poses[3].translation.z < poses[2].translation.z - 0.25)
    }

    @Test("a squat lowers the root and keeps both soles flat where they are")
    func squat() throws {
        let legs: [HumanJoint: Vector3] = [
            .leftHip: Vector3(-1, 0, 0), .rightHip: Vector3(-1, 0, 0), .leftKnee: Vector3(1.8, 0, 0),
            .rightKnee: Vector3(1.8, 0, 0), .leftAnkle: Vector3(-0.8, 0, 0), .rightAnkle: Vector3(-0.8, 0, 0),
        ]
        let standing = try bodies(["pelvis", "left_ankle_roll_link", "right_ankle_roll_link"], person())
        let squatting = try bodies(["pelvis", "left_ankle_roll_link", "right_ankle_roll_link"], person(legs))
        #expect(standing[0].translation.z - squatting[0].translation.z > 0.1)
        let feet = try #require(profile.feet).both
        for (foot, pose) in zip(feet, squatting.dropFirst()) {
            #expect(foot.sole.map(pose.act).allSatisfy { abs($0.z) < 0.005 })
        }
    }

    @Test("looking along -x in the robot's world is no special case: standing at any heading gives the same joints")
    func headings() throws {
        let frame = person([.leftShoulder: Vector3(0, 0, -1.2), .rightShoulder: Vector3(0, 0, 1.2)])
        let reference = try #require(
            retargeter.retarget(HumanClip(frameRate: 30, frames: [frame])).frames.first
        ).configuration
        for step in 1..<36 {
            let turned = HumanClip(frameRate: 30, frames: [frame]).turned(by: Double(step) * .pi / 18)
            let joints = try #require(retargeter.retarget(turned).frames.first).configuration.jointPositions
            #expect(zip(joints, reference.jointPositions).allSatisfy { abs($0 - $1) < 1e-3 })
        }
    }

    @Test("whatever the input, the output is finite, within its limits and above the floor")
    func wildInput() throws {
        var generator = SplitMix64(seed: 3)
        func random(_ size: Double) -> Vector3 {
            Vector3(
                .random(in: -size...size, using: &generator), .random(in: -size...size, using: &generator),
                .random(in: -size...size, using: &generator))
        }
        var clip = HumanClip(frameRate: 30, frames: [])
        for index in 0..<300 {
            let pelvis = Vector3(0, 0.9, 0) + random(index % 50 == 0 ? 2 : 0.2)
            var contacts = FootContacts.none
            if index % 3 == 0 { (contacts.leftAnkle, contacts.rightToe) = (1, 1) }
            clip.frames.append(
                HumanFrame(
                    pelvis: pelvis, rotations: (0..<22).map { _ in Quaternion(rotationVector: random(2)) },
                    contacts: contacts))
        }
        clip.frames[100].pelvis.x = .nan
        clip.frames[150].rotations[.leftKnee].w = .infinity
        clip.frames[200].rotations[.leftAnkle] = Quaternion(w: 0, x: 0, y: 0, z: 0)
        let motion = retargeter.retarget(clip)
        let report = try QualityReport(motion, profile: profile)
        #expect(motion.frames.allSatisfy { $0.configuration.isFinite })
        #expect(report.positionViolations == 0)
        #expect(report.velocityViolations == 0)
        #expect(report.penetration < 1e-6)
        #expect(motion.frames.count == clip.frames.count)
    }
}

@Suite("Retargeter errors")
struct RetargeterErrorTests {
    @Test("a map without an ankle, or another body as foot, is refused with its place")
    func incompleteMap() throws {
        var profile = try loadG1()
        profile.human.entries.removeAll { $0.joint == .leftAnkle }
        #expect(throws: RetargetingError.unmappedJoint(.leftAnkle)) { try Retargeter(profile) }
        profile = try loadG1()
        profile.feet?.left.body = "left_ankle_pitch_link"
        #expect(throws: RetargetingError.footMismatch(path: "/feet/left/body", expected: "left_ankle_roll_link")) {
            try Retargeter(profile)
        }
    }
}
