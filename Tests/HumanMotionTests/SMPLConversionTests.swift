import Geometry
import HumanBody
import HumanMotion
import Testing

@Suite("BVH to SMPL")
struct SMPLConversionTests {
    @Test("thighs, shins and arms point exactly where the source's do", arguments: Motions.fixtures)
    func directions(name: String) throws {
        let bvh = try Motions.bvh(name)
        let clip = try SMPLConversion(bvh).clip()
        let limbs = [
            (1, 4, "LeftUpLeg", "LeftLeg"), (4, 7, "LeftLeg", "LeftFoot"), (2, 5, "RightUpLeg", "RightLeg"),
            (5, 8, "RightLeg", "RightFoot"), (16, 18, "LeftArm", "LeftForeArm"), (18, 20, "LeftForeArm", "LeftHand"),
            (17, 19, "RightArm", "RightForeArm"), (19, 21, "RightForeArm", "RightHand"),
        ]
        // All that the clip is turned by as a whole is the levelling of its floor, half a degree at most here.
        let levelling = clip.frames[0].rotations[.pelvis] * bvh.worldPoses(frame: 0)[0].rotation.conjugate
        #expect(levelling.angle < 0.5 * .pi / 180)
        for (frame, joints) in Motions.positions(clip).enumerated() {
            let source = bvh.worldPoses(frame: frame).map(\.translation)
            for (start, end, sourceStart, sourceEnd) in limbs {
                let (a, b) = (try #require(bvh.index(of: sourceStart)), try #require(bvh.index(of: sourceEnd)))
                #expect(Motions.angle(joints[end] - joints[start], levelling.act(source[b] - source[a])) < 1e-6)
            }
        }
    }

    @Test("facing, left and right and the way over the floor stay", arguments: Motions.fixtures)
    func facing(name: String) throws {
        let bvh = try Motions.bvh(name)
        let clip = try SMPLConversion(bvh).clip()
        let (left, right) = (try #require(bvh.index(of: "LeftUpLeg")), try #require(bvh.index(of: "RightUpLeg")))
        let joints = Motions.positions(clip)
        var sourceWay = Vector3.zero
        for frame in clip.frames.indices {
            let source = bvh.worldPoses(frame: frame)
            let across = source[left].translation - source[right].translation
            #expect(Motions.angle(joints[frame][.leftHip] - joints[frame][.rightHip], across) < 0.1)
            #expect((clip.frames[frame].rotations[.pelvis] * source[0].rotation.conjugate).angle < 0.01)
            if frame == clip.frames.count - 1 {
                sourceWay = source[0].translation - bvh.worldPoses(frame: 0)[0].translation
            }
        }
        let way = clip.frames[clip.frames.count - 1].pelvis - clip.frames[0].pelvis
        #expect(Motions.angle(Vector3(way.x, 0, way.z), Vector3(sourceWay.x, 0, sourceWay.z)) < 0.1)
        #expect((0.7...1.3).contains(way.length / sourceWay.length))
    }

    @Test("knees bend about x and elbows about y, as SMPL's do", arguments: Motions.fixtures)
    func hinges(name: String) throws {
        let clip = try Motions.clip(name)
        for (joint, axis) in [
            (4, Vector3(1, 0, 0)), (5, Vector3(1, 0, 0)), (18, Vector3(0, -1, 0)), (19, Vector3(0, 1, 0)),
        ] {
            // Most bent against least bent, so that the constant part between the rest poses falls out.
            let bends = clip.frames.map { $0.rotations[joint] }
            let straight = try #require(bends.min { $0.angle < $1.angle })
            let bent = try #require(bends.max { $0.angle < $1.angle })
            let turn = (bent * straight.conjugate).rotationVector
            #expect(Motions.angle(turn, axis) < 0.15, "joint \(joint): \(turn)")
        }
    }

    @Test("a walk goes ahead, a left turn turns left, a jump leaves the floor")
    func meaning() throws {
        let walk = try Motions.clip("walk").placedAtOrigin()
        let end = try #require(walk.frames.last).pelvis
        #expect(end.z > 1.5)
        #expect(abs(end.x) < 0.5)

        let turn = try Motions.clip("turn_left").placedAtOrigin()
        // +x is the left, and the heading grows from +z towards +x.
        let heading = try #require(turn.frames.last?.heading)
        #expect(heading > 1)

        let jump = Motions.positions(try Motions.clip("jump"))
        let lowest = jump.map { min($0[10].y, $0[11].y) }
        let height = try #require(lowest.max())
        #expect(height > 0.15)
    }

    @Test("standing soles lie on the floor and contacts alternate in a walk")
    func floor() throws {
        let clip = try Motions.clip("walk")
        for (joints, frame) in zip(Motions.positions(clip), clip.frames) {
            #expect(joints[.leftFoot].y > SMPLFoot.toeHeight - 0.03)
            #expect(joints[.rightFoot].y > SMPLFoot.toeHeight - 0.03)
            if frame.contacts.leftToe == 1 { #expect(abs(joints[.leftFoot].y - SMPLFoot.toeHeight) < 0.06) }
            if frame.contacts.rightToe == 1 { #expect(abs(joints[.rightFoot].y - SMPLFoot.toeHeight) < 0.06) }
        }
        let left = clip.frames.map { max($0.contacts.leftAnkle, $0.contacts.leftToe) }
        let right = clip.frames.map { max($0.contacts.rightAnkle, $0.contacts.rightToe) }
        // Each foot stands for a good half of a walking cycle, and one of them always does.
        for foot in [left, right] {
            let share = foot.reduce(0, +) / Double(foot.count)
            #expect((0.4...0.85).contains(share), "\(share)")
        }
        let none = zip(left, right).filter { $0 == 0 && $1 == 0 }.count
        #expect(none < clip.frames.count / 10, "\(none) of \(clip.frames.count) frames without a foot on the floor")
    }

    @Test("a skeleton of other names is refused by the missing joint")
    func missing() throws {
        var bvh = try Motions.bvh("walk")
        let index = try #require(bvh.index(of: "LeftArm"))
        bvh.joints[index].name = "Wing"
        let renamed = bvh
        #expect(throws: SMPLConversion.Failure.missingJoint("LeftArm")) { _ = try SMPLConversion(renamed) }
    }
}
