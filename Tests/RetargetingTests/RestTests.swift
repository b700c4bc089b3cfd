import Geometry
import HumanBody
import HumanMotion
import Robots
import Testing

@testable import Retargeting

/// A person who rests on other parts than soles, made joint by joint (SMPL: x left, y up, z ahead).
enum RestPose: String, CaseIterable, CustomTestStringConvertible {
    case kneeling, lyingOnBack, lyingOnFront, pushUp, handsAndKnees, longSitting

    var testDescription: String { rawValue }

    private static func bend(_ degrees: Double) -> Quaternion {
        Quaternion(angle: degrees * .pi / 180, axis: Vector3(1, 0, 0))
    }

    private static func aside(_ degrees: Double) -> Quaternion {
        Quaternion(angle: degrees * .pi / 180, axis: Vector3(0, 1, 0))
    }

    private static func down(_ degrees: Double) -> Quaternion {
        Quaternion(angle: degrees * .pi / 180, axis: Vector3(0, 0, 1))
    }

    var frame: HumanFrame {
        var frame = HumanFrame(pelvis: .zero)
        func both(_ left: HumanJoint, _ right: HumanJoint, _ turn: Quaternion) {
            frame.rotations[left] = turn
            frame.rotations[right] = turn
        }
        func arms(hanging degrees: Double) {
            frame.rotations[.leftShoulder] = Self.down(-degrees)
            frame.rotations[.rightShoulder] = Self.down(degrees)
        }
        func armsAhead() {
            frame.rotations[.leftShoulder] = Self.aside(-90)
            frame.rotations[.rightShoulder] = Self.aside(90)
        }
        switch self {
        case .kneeling:
            both(.leftKnee, .rightKnee, Self.bend(90))
            both(.leftAnkle, .rightAnkle, Self.bend(45))
            arms(hanging: 70)
        case .lyingOnBack:
            frame.rotations[.pelvis] = Self.bend(-90)
            arms(hanging: 60)
        case .lyingOnFront:
            frame.rotations[.pelvis] = Self.bend(90)
            both(.leftAnkle, .rightAnkle, Self.bend(45))
            arms(hanging: -40)
        case .pushUp:
            frame.rotations[.pelvis] = Self.bend(72)
            armsAhead()
        case .handsAndKnees:
            frame.rotations[.pelvis] = Self.bend(80)
            both(.leftHip, .rightHip, Self.bend(-80))
            both(.leftKnee, .rightKnee, Self.bend(90))
            both(.leftAnkle, .rightAnkle, Self.bend(45))
            armsAhead()
        case .longSitting:
            both(.leftHip, .rightHip, Self.bend(-90))
            arms(hanging: 60)
        }
        return frame.resting
    }
}

extension HumanFrame {
    /// The frame as low as its flesh allows.
    var resting: HumanFrame {
        let poses = SMPLSkeleton.forwardKinematics(self)
        let flesh: [(HumanJoint, Double)] = [
            (.leftWrist, 0.04), (.rightWrist, 0.04), (.leftKnee, 0.055), (.rightKnee, 0.055), (.leftFoot, 0.02),
            (.rightFoot, 0.02), (.leftAnkle, 0.05), (.rightAnkle, 0.05), (.pelvis, 0.1), (.leftHip, 0.1),
            (.rightHip, 0.1), (.spine3, 0.11), (.head, 0.1),
        ]
        var frame = self
        frame.pelvis.y -= flesh.map { poses[$0].translation.y - $1 }.min() ?? 0
        return frame
    }
}

@Suite("motion that rests on anything")
struct RestTests {
    private let profile: RobotProfile

    init() throws { profile = try loadG1() }

    private func clip(_ frame: HumanFrame, count: Int = 90) -> HumanClip {
        HumanClip(frameRate: 30, frames: Array(repeating: frame, count: count))
    }

    @Test("a person at rest on knees, back, front, hands or seat", arguments: RestPose.allCases)
    func rests(_ pose: RestPose) throws {
        let retargeter = try Retargeter(profile)
        let clip = clip(pose.frame)
        for horizon in [0, 12] {
            let motion = retargeter.retarget(clip, horizon: horizon)
            let report = retargeter.judge(motion, of: clip)
            #expect(report.likeness.all.mean * 180 / .pi < 12, "\(report)")
            #expect(report.likeness.all.p95 * 180 / .pi < 25, "\(report)")
            #expect(report.ground.lowest > -0.01 && report.ground.lowest < 0.01)
            #expect(report.ground.floatingAlone == 0)
            #expect(report.ground.rests > 0.9)
            #expect(report.accelerationShare < 1.02 && report.velocityViolations == 0)
            // Nothing moves once the robot has found its place.
            let slips = motion.frames.suffix(30).map(\.quality.slip)
            #expect(slips.reduce(0, +) / Double(slips.count) < 0.05)
        }
    }

    @Test("from lying to standing and back, no body goes under the floor")
    func rises() throws {
        let lying = RestPose.lyingOnBack.frame
        let kneeling = RestPose.kneeling.frame
        let standing = HumanFrame(pelvis: Vector3(0, 0.95, 0)).resting
        var frames: [HumanFrame] = []
        for (from, to) in [(lying, kneeling), (kneeling, standing), (standing, kneeling), (kneeling, lying)] {
            for step in 0..<45 {
                let share = Double(step) / 45
                let smooth = share * share * (3 - 2 * share)
                var frame = from
                for joint in HumanJoint.allCases {
                    frame.rotations[joint] = from.rotations[joint].interpolated(to: to.rotations[joint], smooth)
                }
                frames.append(frame.resting)
            }
        }
        let clip = HumanClip(frameRate: 30, frames: frames)
        let retargeter = try Retargeter(profile)
        for horizon in [0, 12] {
            let report = retargeter.judge(retargeter.retarget(clip, horizon: horizon), of: clip)
            #expect(report.ground.lowest > -0.01, "\(report)")
            #expect(report.positionViolations + report.velocityViolations == 0)
        }
    }

    @Test("a chair that the motion does not hold: upright, and told; with its height the seat carries")
    func chair() throws {
        var frame = HumanFrame(pelvis: Vector3(0, 0.56, 0))
        for (hip, knee) in [(HumanJoint.leftHip, HumanJoint.leftKnee), (.rightHip, .rightKnee)] {
            frame.rotations[hip] = Quaternion(angle: -.pi / 2, axis: Vector3(1, 0, 0))
            frame.rotations[knee] = Quaternion(angle: .pi / 2, axis: Vector3(1, 0, 0))
        }
        let clip = clip(frame)
        let retargeter = try Retargeter(profile)
        let free = retargeter.retarget(clip)
        let report = retargeter.judge(free, of: clip)
        #expect(report.ground.unknownSupport > 0.9)
        #expect(report.description.contains("--support"))
        for frame in free.frames {
            let up = frame.configuration.rootRotation.act(Vector3(0, 0, 1))
            #expect(up.z > 0.97)
        }
        var options = Retargeter.Options()
        options.support = 0.37
        let seated = try Retargeter(profile, options: options)
        let onSeat = seated.judge(seated.retarget(clip), of: clip)
        #expect(onSeat.ground.unknownSupport == 0)
        #expect(onSeat.ground.rests > 0.9)
        #expect(onSeat.ground.restHeight < 0.03)
    }

    @Test("a person who hangs in the air is seen, and so is the robot")
    func floats() throws {
        let walk = try cmuClip("walk")
        var clip = walk
        for index in clip.frames.indices { clip.frames[index].pelvis.y += 0.15 }
        let retargeter = try Retargeter(profile)
        let report = retargeter.judge(retargeter.retarget(clip), of: clip)
        #expect(report.ground.floating > 0.9)
        #expect(!report.verdict.isGood)
        #expect(report.verdict.findings.contains { $0.contains("off the floor") })
        #expect(retargeter.judge(retargeter.retarget(walk), of: walk).verdict.isGood)
    }
}

extension Quaternion {
    fileprivate func interpolated(to other: Quaternion, _ share: Double) -> Quaternion {
        let turn = (other * conjugate).rotationVector
        return (Quaternion(rotationVector: turn * share) * self).normalized
    }
}
