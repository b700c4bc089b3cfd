import Foundation
import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing

@Suite("Motion files")
struct MotionFileTests {
    static let dialects: [(String, SyntheticBVH)] = [
        ("MotionBuilder", .motionBuilder), ("LAFAN1", .lafan1), ("Xsens", .xsens), ("Unreal", .unreal),
        ("Biped", .biped),
        ("nameless", .nameless),
    ]

    /// Reads bytes as a file of that ending.
    static func read(
        _ bytes: [UInt8], ending: String = "bvh", _ options: MotionFile.Options = .init()
    ) throws -> MotionFile {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).\(ending)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try MotionFile(path: path, options: options)
    }

    static func read(_ arrays: NPZ, _ options: MotionFile.Options = .init()) throws -> MotionFile {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).npz").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try arrays.write(path: path)
        return try MotionFile(path: path, options: options)
    }

    /// Largest angle between limbs, mean angle between trunk and feet, degrees, after the first heading is made equal.
    private func difference(
        _ a: HumanClip, _ b: HumanClip
    ) -> (limbs: Double, trunk: Double, feet: Double, path: Double) {
        let (first, second) = (a.placedAtOrigin(), b.placedAtOrigin())
        var (limbs, trunk, feet) = (0.0, 0.0, 0.0)
        for (x, y) in zip(first.frames, second.frames) {
            let (p, q) = (SMPLSkeleton.forwardKinematics(x), SMPLSkeleton.forwardKinematics(y))
            for (start, end) in HumanLimb.all.flatMap(\.segments) {
                limbs = max(
                    limbs,
                    Motions.angle(p[end].translation - p[start].translation, q[end].translation - q[start].translation))
            }
            trunk += (p[.spine3].rotation * q[.spine3].rotation.conjugate).angle
            feet +=
                ((p[.leftAnkle].rotation * q[.leftAnkle].rotation.conjugate).angle
                    + (p[.rightAnkle].rotation * q[.rightAnkle].rotation.conjugate).angle) / 2
        }
        let count = Double(min(a.frames.count, b.frames.count))
        func length(_ clip: HumanClip) -> Double {
            zip(clip.frames, clip.frames.dropFirst()).reduce(0) { $0 + ($1.1.pelvis - $1.0.pelvis).length }
        }
        let degrees = 180 / Double.pi
        return (limbs * degrees, trunk / count * degrees, feet / count * degrees, length(second) / length(first))
    }

    @Test("a clip written in any dialect is read back", arguments: dialects.map(\.0), Motions.fixtures)
    func dialect(name: String, fixture: String) throws {
        let dialect = try #require(Self.dialects.first { $0.0 == name }).1
        let clip = try Motions.clip(fixture)
        let file = try Self.read(dialect.text(clip))
        let read = file.clip
        #expect(read.frames.count == clip.frames.count)
        let apart = difference(clip, read)
        // The heading of the first frame is that of the pelvis, which is found within some degrees.
        let loose = dialect.bonesAlongX
        #expect(apart.limbs < (loose ? 12 : 3), "limbs \(apart.limbs)")
        #expect(apart.trunk < (loose ? 15 : 3), "trunk \(apart.trunk)")
        #expect(apart.feet < 15, "feet \(apart.feet)")
        #expect((0.97...1.03).contains(apart.path), "path \(apart.path)")
        let contacts = zip(clip.frames, read.frames).filter {
            ($0.contacts.leftAnkle > 0.5) == ($1.contacts.leftAnkle > 0.5)
        }
        #expect(contacts.count > clip.frames.count * 8 / 10)
    }

    @Test("a person of another size makes the same clip")
    func size() throws {
        let clip = try Motions.clip("walk")
        var large = SyntheticBVH.xsens
        large.unitsPerMetre = 120
        let apart = difference(try Self.read(SyntheticBVH.xsens.text(clip)).clip, try Self.read(large.text(clip)).clip)
        #expect(apart.limbs < 0.01)
        #expect(abs(apart.path - 1) < 1e-3)
    }

    @Test("what is guessed or repaired is told")
    func notes() throws {
        let clip = try Motions.clip("walk")
        func notes(_ change: (inout SyntheticBVH) -> Void) throws -> String {
            var dialect = SyntheticBVH.xsens
            change(&dialect)
            let file = try Self.read(dialect.text(clip))
            #expect(difference(clip, file.clip).limbs < 3)
            #expect((0.95...1.05).contains(difference(clip, file.clip).path))
            return file.notes.joined(separator: "; ")
        }
        #expect(try notes { _ in }.isEmpty)
        #expect(try notes { $0.unitsPerMetre = 1 }.contains("metres"))
        #expect(try notes { $0.unitsPerMetre = 3 }.contains("no known unit"))
        #expect(try notes { $0.rootFactor = 0.01 }.contains("another unit"))
        #expect(try notes { $0.shift = Vector3(0, 0.8, 0) }.contains("floor"))
        #expect(
            try notes { $0.world = Quaternion(angle: .pi / 2, axis: Vector3(1, 0, 0)) }.contains("z is taken as up"))
    }

    @Test("parts can be named by hand, and what is missing is told")
    func map() throws {
        let clip = try Motions.clip("walk")
        var dialect = SyntheticBVH.xsens
        dialect.names[.leftHip] = "Zeta"
        dialect.names[.leftKnee] = "Eta"
        dialect.names[.leftElbow] = "Theta"
        var options = MotionFile.Options()
        options.map = ["left_hip": "Zeta", "left_knee": "Eta", "left_elbow": "Theta"]
        #expect(difference(clip, try Self.read(dialect.text(clip), options).clip).limbs < 3)
        options.map = ["left_hip": "Omega"]
        #expect(throws: MotionFile.Failure.self) { try Self.read(dialect.text(clip), options) }
        options.map = ["tail": "Zeta"]
        #expect(throws: MotionFile.Failure.self) { try Self.read(dialect.text(clip), options) }
        var armless = SyntheticBVH.xsens
        for joint in Side.left.arm.joints { armless.names[joint] = nil }
        do {
            _ = try Self.read(armless.text(clip))
            Issue.record("a skeleton without a left arm was read")
        } catch { #expect("\(error)".contains("left_shoulder") && "\(error)".contains("--map")) }
    }

    @Test("bad motions are refused in words", arguments: [(1.0, "too few"), (1 / 1000.0, "frame rate")])
    func badRates(frameTime: Double, word: String) throws {
        var dialect = SyntheticBVH.xsens
        dialect.frameTime = frameTime
        let text = dialect.text(try Motions.clip("walk"))
        do {
            _ = try Self.read(text)
            Issue.record("read")
        } catch { #expect("\(error)".contains(word), "\(error)") }
        var options = MotionFile.Options()
        options.inputRate = 30
        #expect(try Self.read(text, options).clip.frames.count > 50)
    }

    @Test("a thousand frames a second, one frame, no frames, not a number, a bone without length")
    func edges() throws {
        let clip = try Motions.clip("walk")
        let fast = SyntheticBVH.xsens.text(clip.resampled(to: 1000))
        #expect(difference(clip, try Self.read(fast).clip).limbs < 3)
        let pose = try Self.read(SyntheticBVH.xsens.text(HumanClip(frameRate: 30, frames: [clip.frames[0]])))
        #expect(pose.clip.frames.count == 1 && pose.notes.joined().contains("one frame"))
        func refused(_ text: String) -> Bool {
            do {
                _ = try Self.read(Array(text.utf8))
                return false
            } catch { return true }
        }
        #expect(refused(String(decoding: SyntheticBVH.xsens.text(HumanClip(frameRate: 30, frames: [])), as: UTF8.self)))
        let good = String(decoding: SyntheticBVH.xsens.text(clip), as: UTF8.self)
        #expect(!refused(good))
        #expect(refused(good.replacingOccurrences(of: "Frame Time: 0.03", with: "Frame Time: nan")))
        let lines = good.split(separator: "\n").map(String.init)
        let knee = try #require(lines.firstIndex { $0.contains("JOINT LeftKnee") })
        var broken = lines
        broken[knee + 2] = "OFFSET 0 0 0"
        #expect(refused(broken.joined(separator: "\n")))
    }

    // MARK: SMPL

    @Test("SMPL poses under the names in use give the same clip")
    func names() throws {
        let clip = try Motions.clip("turn_left")
        let arrays = AMASS.arrays(clip)
        let poses = try arrays.doubles("poses")
        let count = clip.frames.count
        func array(_ columns: Range<Int>) -> NPYArray {
            NPYArray(
                shape: [count, columns.count],
                .float64((0..<count).flatMap { row in columns.map { poses[66 * row + $0] } }))
        }
        let trans = try arrays.array("trans")
        let reference = try Self.read(arrays).clip
        for names in [
            ["root_orient", "pose_body", "trans", "mocap_frame_rate"], ["global_orient", "body_pose", "transl", "fps"],
        ] {
            let read = try Self.read(
                NPZ([names[0]: array(0..<3), names[1]: array(3..<66), names[2]: trans, names[3]: NPYArray(30)]))
            #expect(difference(reference, read.clip).limbs < 1e-6)
        }
        let aist = NPZ([
            "smpl_poses": NPYArray(shape: [count, 22, 3], .float64(poses)),
            "smpl_trans": NPYArray(shape: [count, 3], .float64(try arrays.doubles("trans").map { $0 * 90 })),
            "smpl_scaling": NPYArray(shape: [1], .float64([90])),
        ])
        #expect(throws: MotionFile.Failure.self) { try Self.read(aist) }
        var options = MotionFile.Options()
        options.inputRate = 30
        #expect(difference(reference, try Self.read(aist, options).clip).limbs < 1e-6)
    }

    @Test("another up axis and centimetres are found out", arguments: [Vector3(0, 1, 0), Vector3(0, -1, 0)])
    func axes(up: Vector3) throws {
        let clip = try Motions.clip("walk")
        // AMASS stands along z; turn it to stand along the other axis.
        let turn = Quaternion(from: Vector3(0, 0, 1), to: up)
        var arrays = AMASS.arrays(clip)
        var poses = try arrays.doubles("poses")
        var trans = try arrays.doubles("trans")
        for row in clip.frames.indices {
            let root = Quaternion(
                rotationVector: Vector3(poses[66 * row], poses[66 * row + 1], poses[66 * row + 2]))
            let turned = (turn * root).rotationVector
            let place = turn.act(
                Vector3(trans[3 * row], trans[3 * row + 1], trans[3 * row + 2]) + SMPLSkeleton.restPelvis)
            for axis in 0..<3 {
                poses[66 * row + axis] = turned[axis]
                trans[3 * row + axis] = (place - SMPLSkeleton.restPelvis)[axis]
            }
        }
        arrays.arrays["poses"] = NPYArray(shape: [clip.frames.count, 66], .float64(poses))
        arrays.arrays["trans"] = NPYArray(shape: [clip.frames.count, 3], .float64(trans))
        let file = try Self.read(arrays)
        #expect(file.notes.joined().contains(up.y > 0 ? "up" : "down"))
        #expect(difference(clip, file.clip).limbs < 1e-3)
    }

    @Test("contacts are found on the floor that the clip stands on, wherever that was")
    func contactsOverFloor() throws {
        let clip = try Motions.clip("walk")
        var arrays = AMASS.arrays(clip)
        arrays.arrays["contacts"] = nil
        let trans = try arrays.doubles("trans").enumerated().map { $0.offset % 3 == 2 ? $0.element + 0.4 : $0.element }
        arrays.arrays["trans"] = NPYArray(shape: [clip.frames.count, 3], .float64(trans))
        let file = try Self.read(arrays)
        #expect(file.notes.joined().contains("floor"))
        let same = zip(clip.frames, file.clip.frames).filter { $0.contacts == $1.contacts }
        #expect(same.count > clip.frames.count * 9 / 10)
    }

    @Test("centimetres read as metres are repaired")
    func centimetres() throws {
        let clip = try Motions.clip("walk")
        var arrays = AMASS.arrays(clip)
        let trans = try arrays.doubles("trans").map { $0 * 100 }
        arrays.arrays["trans"] = NPYArray(shape: [clip.frames.count, 3], .float64(trans))
        let file = try Self.read(arrays)
        #expect(file.notes.joined().contains("centimetres"))
        #expect(abs(difference(clip, file.clip).path - 1) < 0.01)
    }

    @Test("betas need a model: without one a note, with one the body's own legs")
    func shapes() throws {
        // A model of 24 vertices, one at each joint, whose first beta makes everything larger by a tenth.
        var joints = [SMPLSkeleton.restPelvis]
        for (parent, joint) in HumanJoint.bones { joints.append(joints[parent] + SMPLSkeleton.offsets[joint]) }
        joints += [joints[.leftWrist], joints[.rightWrist]]
        let numbers = joints.flatMap { [$0.x, $0.y, $0.z] }
        let identity = (0..<24).flatMap { row in (0..<24).map { $0 == row ? 1.0 : 0 } }
        let model = try SMPLModel(
            NPZ([
                "v_template": NPYArray(shape: [24, 3], .float64(numbers)),
                "shapedirs": NPYArray(shape: [24, 3, 1], .float64(numbers.map { $0 * 0.1 })),
                "J_regressor": NPYArray(shape: [24, 24], .float64(identity)),
            ]))
        #expect((model.joints(betas: [])[.leftAnkle] - joints[.leftAnkle]).length < 1e-12)
        #expect((model.joints(betas: [1, 5])[.leftAnkle] - joints[.leftAnkle] * 1.1).length < 1e-12)

        let clip = try Motions.clip("walk")
        var arrays = AMASS.arrays(clip)
        let reference = try Self.read(arrays).clip
        // The same motion by the larger body: everything is a tenth farther.
        let trans = zip(try arrays.doubles("trans"), (0..<clip.frames.count).flatMap { _ in [0, 1, 2] }).map {
            value, axis in
            (value + SMPLSkeleton.restPelvis[axis]) * 1.1 - 1.1 * SMPLSkeleton.restPelvis[axis]
        }
        arrays.arrays["trans"] = NPYArray(shape: [clip.frames.count, 3], .float64(trans))
        arrays.arrays["betas"] = NPYArray(shape: [2], .float64([1, 0]))
        let ignored = try Self.read(arrays)
        #expect(ignored.notes.joined().contains("ignored"))
        var options = MotionFile.Options()
        options.model = model
        let read = try Self.read(arrays, options)
        #expect(read.notes.isEmpty)
        for (a, b) in zip(reference.frames, read.clip.frames) { #expect((a.pelvis - b.pelvis).length < 1e-3) }
    }

    @Test("a pickled model is refused with the way to convert it")
    func pickle() {
        do {
            _ = try SMPLModel(path: "/models/SMPL_NEUTRAL.pkl")
            Issue.record("read")
        } catch { #expect("\(error)".contains("numpy") && "\(error)".contains("program")) }
    }
}
