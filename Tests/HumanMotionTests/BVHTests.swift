import Geometry
import HumanBody
import HumanMotion
import Testing

@Suite("BVH")
struct BVHTests {
    /// A root with a position, and an arm whose channels come in another order.
    static let small = """
        HIERARCHY
        ROOT Hips
        {
          OFFSET 0 0 0
          CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
          JOINT Arm
          {
            OFFSET 10 0 0
            CHANNELS 3 Yrotation Xrotation Zrotation
            End Site
            {
              OFFSET 20 0 0
            }
          }
        }
        MOTION
        Frames: 2
        Frame Time: 0.0333333
        0 100 0 0 0 0 0 0 0
        1.5 1e2 -2 90 0 0 90 0 0

        """

    static func read(_ text: String, metresPerUnit: Double = 0.01) throws -> BVH {
        try BVH(Array(text.utf8), metresPerUnit: metresPerUnit)
    }

    @Test("hierarchy, units, channel order and poses of a small file")
    func small() throws {
        let bvh = try Self.read(Self.small)
        #expect(bvh.joints.map(\.name) == ["Hips", "Arm"])
        #expect(bvh.joints.map(\.parent) == [-1, 0])
        #expect(bvh.joints[1].endSite == Vector3(0.2, 0, 0))
        #expect(bvh.frameRate == 30)
        let poses = bvh.worldPoses(frame: 1)
        #expect((poses[0].translation - Vector3(0.015, 1, -0.02)).length < 1e-12)
        // The root's quarter turn about z lifts the arm; the arm's own about y then points its end to the back.
        #expect((poses[1].translation - Vector3(0.015, 1.1, -0.02)).length < 1e-12)
        #expect((poses[1].act(Vector3(0.2, 0, 0)) - Vector3(0.015, 1.1, -0.22)).length < 1e-12)
        #expect(try Self.read(Self.small, metresPerUnit: 1).joints[1].offset == Vector3(10, 0, 0))
    }

    @Test("rotation channels multiply from left to right as listed")
    func order() throws {
        let text = Self.small.replacing("1.5 1e2 -2 90 0 0 90 0 0", with: "0 0 0 0 0 0 30 40 50")
        let pose = try Self.read(text).worldPoses(frame: 1)[1]
        func turn(_ degrees: Double, _ axis: Vector3) -> Quaternion {
            Quaternion(angle: degrees * .pi / 180, axis: axis)
        }
        let expected = turn(30, Vector3(0, 1, 0)) * turn(40, Vector3(1, 0, 0)) * turn(50, Vector3(0, 0, 1))
        #expect((pose.rotation * expected.conjugate).angle < 1e-9)
    }

    @Test(
        "what is wrong is said with its line",
        arguments: [
            ("ROOT Hips", "RODE Hips", 2, BVHError.Reason.expected("ROOT", found: "RODE")),
            ("OFFSET 10 0 0", "OFFSET 10 zero 0", 8, .number("zero")),
            ("OFFSET 10 0 0", "OFFSET 10 nan 0", 8, .number("nan")),
            ("OFFSET 10 0 0", "OFFSET 1e300 0 0", 8, .number("1e300")),
            ("    OFFSET 10 0 0\n", "\n", 14, .offset(joint: "Arm")),
            (
                "Yrotation Xrotation Zrotation\n    End", "Yrotation Xrotation Yrotation\n    End", 9,
                .channel("Yrotation")
            ),
            ("CHANNELS 3", "CHANNELS 10", 9, .number("10")),
            ("CHANNELS 3 Yr", "CHANNELS 4 Xscale Yr", 9, .channel("Xscale")),
            ("Frames: 2", "Frames: two", 17, .frameCount("two")),
            ("Frames: 2", "Frames: 2.5", 17, .frameCount("2.5")),
            ("Frames: 2", "Frames: -1", 17, .frameCount("-1")),
            ("Frames: 2", "Frames: 99999999999", 21, .framesMissing(told: 99_999_999_999, found: 2)),
            // A number that is missing in the middle: no column fits any more.
            ("0 100 0 0 0 0 0 0 0\n", "0 100 0 0 0 0 0 0\n", 21, .frames(told: 2, found: 1)),
            ("0.0333333", "0", 18, .frameTime(0)),
        ])
    func errors(original: String, broken: String, line: Int, reason: BVHError.Reason) throws {
        let text = Self.small.replacing(original, with: broken)
        let error = #expect(throws: BVHError.self) { _ = try Self.read(text) }
        #expect(error?.reason == reason)
        #expect(error?.line == line)
    }

    @Test(
        "what is clear is read, with a note where something was passed over",
        arguments: [
            ("HIERARCHY", "\u{FEFF}HIERARCHY", "byte order mark"), ("HIERARCHY", "Hierarchy", "case"),
            ("JOINT Arm", "joint Arm", "case"), ("End Site", "end site", "case"), ("MOTION", "motion", "case"),
            ("Frames: 2", "Frames:2", "no space"), ("Frames: 2", "FRAMES: 2", "case"),
            ("Frames: 2", "Frames: 2.0", "'2.0' frames"), ("Time: 0.0333333", "Time:0.0333333", "no space"),
            ("End Site", "End Site HandEnd", "'HandEnd'"),
            ("Frames: 2", "Frames: 3", "3 frames are told, 2 are there"),
            ("Frames: 2", "Frames: 1", "1 frames are told, 2 are there"),
        ])
    func tolerance(original: String, spelling: String, note: String) throws {
        let bvh = try Self.read(Self.small.replacing(original, with: spelling))
        let plain = try Self.read(Self.small)
        #expect(bvh.joints == plain.joints && bvh.values == plain.values && bvh.frameTime == plain.frameTime)
        #expect(bvh.notes.count == 1 && plain.notes.isEmpty)
        #expect(bvh.notes.first?.contains(note) == true)
    }

    @Test("a last line that is cut off is left out", arguments: ["1.5 1e2 -2 90", "1.5 1e2 -"])
    func cutLine(rest: String) throws {
        let bvh = try Self.read(Self.small.replacing("1.5 1e2 -2 90 0 0 90 0 0\n", with: rest))
        #expect(bvh.frameCount == 1)
        #expect(bvh.notes.contains { $0.contains("cut off") })
    }

    @Test("deep nesting is refused, not recursed into")
    func nesting() {
        let text =
            "HIERARCHY ROOT a { OFFSET 0 0 0 "
            + String(repeating: "JOINT a { OFFSET 0 0 0 ", count: 100_000)
        let error = #expect(throws: BVHError.self) { _ = try Self.read(text) }
        #expect(error?.reason == .tooManyJoints)
    }

    @Test("real trials, cut off or with random bytes, give a typed error or a finite clip", arguments: Motions.fixtures)
    func damage(name: String) throws {
        let whole = try Motions.bytes(name)
        // The first 12 frames are as good as all of them, and quicker.
        let lines = whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let motion = try #require(lines.firstIndex { $0.elementsEqual("MOTION".utf8) })
        let head = lines[..<(motion + 1)] + [ArraySlice("Frames: 12".utf8)] + lines[(motion + 2)..<(motion + 15)]
        let text = Array(head.joined(separator: [UInt8(ascii: "\n")]))
        #expect(try BVH(text).frameCount == 12)

        var generator = SplitMix64(seed: 11)
        var survived = 0
        for round in 0..<400 {
            var damaged = text
            if round % 2 == 0 {
                damaged.removeLast(.random(in: 1...text.count, using: &generator))
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 0..<damaged.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: damaged[place] = .random(in: 0...255, using: &generator)
                    case 1: damaged.remove(at: place)
                    default: damaged.insert(UInt8(ascii: "0") + .random(in: 0...9, using: &generator), at: place)
                    }
                }
            }
            do {
                let clip = try SMPLConversion(try BVH(damaged)).clip()
                survived += 1
                #expect(clip.frames.allSatisfy { $0.pelvis.isFinite && $0.rotations.allSatisfy { $0.isFinite } })
            } catch is BVHError {
            } catch is SMPLConversion.Failure {}
        }
        #expect(survived > 20, "most changed digits leave a motion")
    }
}
