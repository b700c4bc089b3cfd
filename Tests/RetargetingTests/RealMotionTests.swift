import Foundation
import Geometry
import HumanBody
import HumanMotion
import Retargeting
import Robots
import Tensors
import Testing

@Suite("Retargeting real motion to the G1")
struct RealMotionTests {
    let profile: RobotProfile
    let retargeter: Retargeter

    init() throws {
        profile = try loadG1()
        retargeter = try Retargeter(profile)
    }

    @Test(
        "limits are kept, standing feet neither slide nor leave the floor",
        arguments: ["walk", "jump", "turn_left"])
    func quality(name: String) throws {
        let clip = try cmuClip(name)
        let motion = retargeter.retarget(clip)
        let report = try QualityReport(motion, profile: profile)
        #expect(report.frameCount == clip.frames.count)
        #expect(report.positionViolations == 0)
        #expect(report.velocityViolations == 0)
        #expect(report.acceleration < 20)
        #expect(report.skating < 0.015)
        #expect(report.skatingPeak < 0.25)
        #expect(report.soleHeight < 0.002)
        #expect(report.soleHeightPeak < 0.03)
        #expect(report.penetration < 1e-6)
        #expect(report.limbError < 0.03)
        #expect(motion.frames.contains { $0.contacts.left == 1 } && motion.frames.contains { $0.contacts.right == 1 })
        #expect(motion.frames.allSatisfy { $0.configuration.isFinite })
    }

    @Test("a walk advances the root along its heading")
    func walk() throws {
        let motion = retargeter.retarget(try cmuClip("walk"))
        let first = try #require(motion.frames.first).configuration
        let last = try #require(motion.frames.last).configuration
        let way = last.rootPosition - first.rootPosition
        #expect(way.dot(first.rootRotation.act(Vector3(1, 0, 0))) > 1)
        #expect(abs(way.z) < 0.1)
    }

    @Test("a jump lifts both soles off the floor")
    func jump() throws {
        let motion = retargeter.retarget(try cmuClip("jump"))
        let tree = try KinematicTree(profile)
        let workspace = KinematicWorkspace(tree)
        let feet = try #require(profile.feet).both
        let clearances = motion.frames.map { frame in
            workspace.update(frame.configuration)
            return feet.compactMap { foot in
                tree.index(ofBody: foot.body).flatMap { body in
                    foot.sole.map { workspace.pose(ofBody: body).act($0).z }.min()
                }
            }.min() ?? 0
        }
        #expect((clearances.max() ?? 0) > 0.05)
    }

    @Test("the same motion at another heading gives the same joints", arguments: [0.7, 1.6, 2.9, .pi, -2.2])
    func heading(angle: Double) throws {
        let clip = try cmuClip("walk")
        let reference = retargeter.retarget(clip)
        let turned = retargeter.retarget(clip.turned(by: angle))
        for (a, b) in zip(reference.frames, turned.frames) {
            #expect(largestDifference(a, b) < 2e-3)
            #expect(a.contacts == b.contacts)
            #expect(abs(a.configuration.rootPosition.z - b.configuration.rootPosition.z) < 1e-3)
        }
    }

    @Test("a person 15 % taller or smaller gives the same joints", arguments: [1.15, 0.85])
    func size(scale: Double) throws {
        let reference = retargeter.retarget(try cmuClip("walk"))
        var bvh = try cmuMotion("walk")
        for joint in bvh.joints.indices {
            bvh.joints[joint].offset = bvh.joints[joint].offset * scale
            bvh.joints[joint].endSite = bvh.joints[joint].endSite.map { $0 * scale }
        }
        var channel = 0
        for joint in bvh.joints {
            for kind in joint.channels {
                if !kind.isRotation {
                    for frame in 0..<bvh.frameCount { bvh.values[frame * bvh.channelCount + channel] *= scale }
                }
                channel += 1
            }
        }
        let scaled = retargeter.retarget(try SMPLConversion(bvh).clip())
        for (a, b) in zip(reference.frames, scaled.frames) { #expect(largestDifference(a, b) < 0.0087) }
    }

    @Test("the first frame converges at any heading, and at any frame of a motion")
    func firstFrame() throws {
        for name in ["walk", "jump", "turn_left"] {
            let clip = try cmuClip(name)
            for (index, frame) in clip.frames.enumerated() where index % 10 == 0 {
                for step in 0..<8 {
                    let one = HumanClip(frameRate: 30, frames: [frame]).turned(by: Double(step) * .pi / 4)
                    let robot = try #require(retargeter.retarget(one).frames.first)
                    #expect(robot.quality.limbError < 0.06, "\(name) \(index)")
                    #expect(robot.quality.footError < 0.03, "\(name) \(index)")
                }
            }
        }
    }

    @Test("a state that was kept continues as the motion did")
    func snapshot() throws {
        let clip = try cmuClip("turn_left")
        var state = RetargetState()
        for frame in clip.frames.prefix(30) { _ = retargeter.retarget(frame, state: &state) }
        let kept = state
        let first = clip.frames[30..<50].map { retargeter.retarget($0, state: &state).configuration }
        _ = retargeter.retarget(try cmuClip("jump"))
        state = kept
        let second = clip.frames[30..<50].map { retargeter.retarget($0, state: &state).configuration }
        for (a, b) in zip(first, second) {
            #expect(zip(a.jointPositions, b.jointPositions).allSatisfy { abs($0 - $1) < 1e-6 })
        }
    }

    @Test("without contacts in the frames, height and speed find the standing feet")
    func detectedContacts() throws {
        var clip = try cmuClip("walk")
        for index in clip.frames.indices { clip.frames[index].contacts = .none }
        let report = try QualityReport(retargeter.retarget(clip), profile: profile)
        #expect(report.skating < 0.015)
        #expect(report.soleHeight < 0.003)
        let motion = retargeter.retarget(clip)
        let standing = motion.frames.filter { $0.contacts.left + $0.contacts.right > 0 }.count
        #expect(standing > motion.frames.count * 3 / 4)
    }

    @Test("the npz holds what numpy users expect")
    func npz() throws {
        let motion = retargeter.retarget(try cmuClip("jump"))
        let arrays = motion.npz
        let count = motion.frames.count
        #expect(try arrays.doubles("root_pos", shape: [count, 3]).count == 3 * count)
        #expect(try arrays.doubles("contacts", shape: [count, 2]).allSatisfy { $0 == 0 || $0 == 1 })
        #expect(try arrays.array("joint_names").strings == profile.jointNames)
        #expect(try arrays.doubles("fps", shape: []) == [30])
        let quaternions = try arrays.doubles("root_quat", shape: [count, 4])
        let last = try #require(motion.frames.last).configuration
        #expect(Array(quaternions.suffix(4)).first == last.rootRotation.w)
        #expect(try arrays.doubles("joint_pos", shape: [count, 29]).suffix(29) == last.jointPositions[...])
    }

    private func largestDifference(_ a: RetargetedFrame, _ b: RetargetedFrame) -> Double {
        zip(a.configuration.jointPositions, b.configuration.jointPositions).map { abs($0 - $1) }.max() ?? 0
    }
}
