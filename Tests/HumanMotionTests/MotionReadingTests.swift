import Foundation
import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing

@Suite("Reading of motions: axes, floors, layouts")
struct MotionReadingTests {
    static func read(_ arrays: NPZ, _ options: MotionFile.Options = .init()) throws -> MotionFile {
        try MotionFileTests.read(arrays, options)
    }

    /// Largest angle between limbs after the first headings are made equal, degrees.
    static func apart(_ a: HumanClip, _ b: HumanClip) -> Double {
        var worst = 0.0
        let pairs = zip(a.placedAtOrigin().frames, b.placedAtOrigin().frames)
        for (x, y) in pairs {
            let (p, q) = (SMPLSkeleton.forwardKinematics(x), SMPLSkeleton.forwardKinematics(y))
            for (start, end) in HumanLimb.all.flatMap(\.segments) {
                let (one, other) = (
                    p[end].translation - p[start].translation, q[end].translation - q[start].translation
                )
                worst = max(worst, Motions.angle(one, other))
            }
        }
        return worst * 180 / .pi
    }

    /// A clip of 90 frames of one pose, with the trunk turned about x and the pelvis at a height.
    static func still(_ tilt: Double, height: Double, arms: Double = 0) -> HumanClip {
        var rotations = SMPLSkeleton.restRotations
        rotations[.pelvis] = Quaternion(angle: tilt, axis: Vector3(1, 0, 0))
        for side in Side.both {
            rotations[side.shoulder] = Quaternion(angle: arms * side.sign, axis: Vector3(0, 0, 1))
        }
        let frame = HumanFrame(pelvis: Vector3(0, height, 0), rotations: rotations)
        return HumanClip(frameRate: 30, frames: Array(repeating: frame, count: 90))
    }

    static func trunk(_ clip: HumanClip) -> Vector3 {
        clip.frames[clip.frames.count / 2].rotations[.pelvis].act(Vector3(0, 1, 0))
    }

    // MARK: Axes

    @Test(
        "who lies, lies, and who stands on the hands does",
        arguments: [
            (-Double.pi / 2, 0.12, 0.0), (Double.pi / 2, 0.12, 0.0), (Double.pi, 1.25, 1.4),
        ])
    func lying(tilt: Double, height: Double, arms: Double) throws {
        let clip = Self.still(tilt, height: height, arms: arms)
        let expected = Self.trunk(clip)
        for dialect in [SyntheticBVH.xsens, .motionBuilder] {
            let file = try MotionFileTests.read(dialect.text(clip))
            #expect((Self.trunk(file.clip) - expected).length < 0.05, "\(Self.trunk(file.clip)) \(file.notes)")
        }
        var arrays = AMASS.arrays(clip)
        arrays.arrays["contacts"] = nil
        let file = try Self.read(arrays)
        #expect((Self.trunk(file.clip) - expected).length < 0.05, "\(file.notes)")
        // The lowest point of the body lies on the floor.
        let joints = SMPLSkeleton.forwardKinematics(file.clip.frames[0])
        var low = Double.infinity
        for joint in HumanJoint.allCases {
            if let height = SMPLSurface.heights[joint] { low = min(low, joints[joint].translation.y - height) }
        }
        #expect(abs(low) < 0.03)
    }

    @Test("the user's axis is taken, and what speaks against it is told")
    func given() throws {
        let clip = try Motions.clip("walk")
        var options = MotionFile.Options()
        options.up = .z
        let file = try MotionFileTests.read(SyntheticBVH.xsens.text(clip), options)
        #expect(abs(Self.trunk(file.clip).y) < 0.3)
        #expect(file.notes.joined().contains("as given"))
        options.up = .y
        #expect(try MotionFileTests.read(SyntheticBVH.xsens.text(clip), options).notes.isEmpty)
        options.front = .x
        let turned = try MotionFileTests.read(SyntheticBVH.xsens.text(clip), options)
        #expect(Self.apart(clip, turned.clip) < 3)
    }

    // MARK: Floor

    @Test("a floor that drifts is taken along, stairs are not")
    func drift() throws {
        let clip = try Motions.clip("walk")
        // Six times over, so that there is time to drift, on the spot that the clip begins at.
        var long = HumanClip(frameRate: 30, frames: [])
        for _ in 0..<6 { long.frames += clip.frames }
        var drifting = long
        for index in drifting.frames.indices { drifting.frames[index].pelvis.y += 0.02 * Double(index) / 30 }
        let drifted = AMASS.arrays(drifting)
        let file = try Self.read(drifted)
        #expect(file.notes.joined().contains("drifts"), "\(file.notes)")
        func soles(_ clip: HumanClip) -> [Double] {
            Motions.positions(clip).map { joints in
                var low = Double.infinity
                for side in Side.both {
                    low = min(low, joints[side.toe].y - SMPLFoot.toeHeight)
                    low = min(low, joints[side.ankle].y - SMPLFoot.ankleHeight(side))
                }
                return low
            }
        }
        for (a, b) in zip(soles(file.clip), soles(try Self.read(AMASS.arrays(long)).clip)) {
            #expect(abs(a - b) < 0.05)
        }
        var options = MotionFile.Options()
        options.floor = .fixed
        #expect(try !Self.read(drifted, options).notes.joined().contains("drifts"))
        // A step up between two repetitions.
        var stairs = long
        for index in stairs.frames.indices where index > clip.frames.count * 3 { stairs.frames[index].pelvis.y += 0.2 }
        #expect(try !Self.read(AMASS.arrays(stairs)).notes.joined().contains("drifts"))
    }

    // MARK: Arrays

    @Test("rotation matrices, batches, a body without root beside a root, one translation more")
    func layouts() throws {
        let clip = try Motions.clip("turn_left")
        let arrays = AMASS.arrays(clip)
        let reference = try Self.read(arrays).clip
        let count = clip.frames.count
        let (poses, trans) = (try arrays.doubles("poses"), try arrays.doubles("trans"))
        func columns(_ range: Range<Int>) -> [Double] {
            (0..<count).flatMap { row in range.map { poses[66 * row + $0] } }
        }
        func matrices(_ vectors: [Double]) -> [Double] {
            var numbers: [Double] = []
            for start in stride(from: 0, to: vectors.count, by: 3) {
                let vector = Vector3(vectors[start], vectors[start + 1], vectors[start + 2])
                let matrix = Matrix3(Quaternion(rotationVector: vector))
                for row in 0..<3 { numbers += [matrix[row, 0], matrix[row, 1], matrix[row, 2]] }
            }
            return numbers
        }
        let transArray = try arrays.array("trans")
        var body: [Double] = []
        for row in 0..<count {
            body += poses[66 * row + 3..<66 * row + 66]
            body += Array(repeating: 0, count: 6)
        }
        let variants: [NPZ] = [
            NPZ([
                "global_orient": NPYArray(shape: [count, 1, 3, 3], .float64(matrices(columns(0..<3)))),
                "body_pose": NPYArray(shape: [count, 21, 3, 3], .float64(matrices(columns(3..<66)))),
                "transl": transArray, "fps": NPYArray(30),
            ]),
            NPZ([
                "global_orient": NPYArray(shape: [1, count, 3], .float64(columns(0..<3))),
                "body_pose": NPYArray(shape: [1, count, 63], .float64(columns(3..<66))),
                "transl": NPYArray(shape: [1, count, 3], .float64(trans)), "fps": NPYArray(30),
            ]),
            NPZ([
                "root_orient": NPYArray(shape: [count, 3], .float64(columns(0..<3))),
                "poses": NPYArray(shape: [count, 69], .float64(body)), "trans": transArray, "fps": NPYArray(30),
            ]),
            NPZ([
                "poses": try arrays.array("poses"), "fps": NPYArray(30),
                "trans": NPYArray(shape: [count + 1, 3], .float64(trans + [0, 0, 0])),
            ]),
            NPZ(["pose_world": try arrays.array("poses"), "trans_world": transArray, "fps": NPYArray(30)]),
        ]
        for variant in variants {
            let file = try Self.read(variant)
            #expect(Self.apart(reference, file.clip) < 0.01, "\(variant.arrays.keys.sorted()) \(file.notes)")
        }
        // Without a translation the feet carry the body.
        let carried = try Self.read(NPZ(["poses": try arrays.array("poses"), "fps": NPYArray(30)]))
        #expect(Self.apart(reference, carried.clip) < 0.01)
        #expect(carried.notes.joined().contains("no translation"))
        // What is not clear is refused with what would be right.
        func refusal(_ changes: [String: NPYArray]) -> String {
            var wrong = arrays
            for (name, array) in changes { wrong.arrays[name] = array }
            do {
                _ = try Self.read(wrong)
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal(["poses": NPYArray(shape: [count, 69], .float64(body))]).contains("root_orient"))
        let sixes = NPYArray(shape: [count, 22, 6], .float64(Array(repeating: 0, count: count * 132)))
        #expect(refusal(["poses": sixes]).contains("axis-angle"))
        let quarter = NPYArray(shape: [count, 3], .float64(Array(repeating: 0.7, count: count * 3)))
        #expect(refusal(["root_orient": quarter]).contains("different turns"))
        #expect(refusal(["trans": NPYArray(shape: [3, 3], .float64(Array(repeating: 0, count: 9)))]).contains("3"))
    }

    @Test("pickles are refused with the command that converts them")
    func pickles() {
        for name in ["/motions/hmr4d_results.pt", "/motions/wham_output.pkl"] {
            do {
                _ = try MotionFile(path: name)
                Issue.record("read")
            } catch { #expect("\(error)".contains("kmmd.unpickle \(name)")) }
        }
    }

    // MARK: Positions

    @Test(
        "positions of joints give limbs that point as they do", arguments: ["SMPL", "Human3.6M", "COCO", "BlazePose"])
    func positions(order: String) throws {
        let clip = try Motions.clip("walk")
        let points = Motions.positions(clip).map { joints -> [Vector3] in
            func middle(_ a: HumanJoint, _ b: HumanJoint) -> Vector3 { (joints[a] + joints[b]) / 2 }
            switch order {
            case "SMPL": return joints
            case "Human3.6M":
                return [middle(.leftHip, .rightHip)]
                    + [
                        .rightHip, .rightKnee, .rightAnkle, .leftHip, .leftKnee, .leftAnkle, .spine2, .neck, .head,
                        .head,
                        .leftShoulder, .leftElbow, .leftWrist, .rightShoulder, .rightElbow, .rightWrist,
                    ].map { (joint: HumanJoint) in joints[joint] }
            case "COCO":
                let head = joints[.head]
                return [head, head, head, head + Vector3(0.07, 0, 0), head - Vector3(0.07, 0, 0)]
                    + [
                        .leftShoulder, .rightShoulder, .leftElbow, .rightElbow, .leftWrist, .rightWrist, .leftHip,
                        .rightHip,
                        .leftKnee, .rightKnee, .leftAnkle, .rightAnkle,
                    ].map { (joint: HumanJoint) in joints[joint] }
            default:
                var points = [Vector3](repeating: joints[.head], count: 33)
                for (place, joint) in [
                    (11, HumanJoint.leftShoulder), (12, .rightShoulder), (13, .leftElbow), (14, .rightElbow),
                    (15, .leftWrist),
                    (16, .rightWrist), (23, .leftHip), (24, .rightHip), (25, .leftKnee), (26, .rightKnee),
                    (27, .leftAnkle),
                    (28, .rightAnkle), (31, .leftFoot), (32, .rightFoot),
                ] { points[place] = joints[joint] }
                return points
            }
        }
        let numbers = points.flatMap { $0.flatMap { [$0.x, $0.y, $0.z] } }
        let array = NPYArray(shape: [points.count, points[0].count, 3], .float64(numbers))
        let file = try Self.read(NPZ(["joints": array, "fps": NPYArray(30)]))
        #expect(file.notes.joined().contains(order), "\(file.notes)")
        #expect(Self.apart(clip, file.clip) < 12)
        func travel(_ clip: HumanClip) -> Double {
            (clip.frames[clip.frames.count - 1].pelvis - clip.frames[0].pelvis).length
        }
        #expect((0.95...1.05).contains(travel(file.clip) / travel(clip)))
    }

    @Test("points of an unknown number are refused")
    func unknownPoints() {
        let array = NPYArray(shape: [30, 19, 3], .float64((0..<1710).map(Double.init)))
        #expect(throws: MotionFile.Failure.self) { try Self.read(NPZ(["joints": array, "fps": NPYArray(30)])) }
    }

    // MARK: Wrists

    @Test("wrists are kept within what wrists can do, arms stay")
    func wrists() throws {
        var clip = try Motions.clip("walk")
        let before = clip
        for index in clip.frames.indices {
            clip.frames[index].rotations[.leftWrist] = Quaternion(rotationVector: Vector3(0.3, -1.4, 0))
        }
        let file = try Self.read(AMASS.arrays(clip))
        #expect(file.notes.joined().contains("wrists"))
        #expect(Self.apart(before, file.clip) < 0.01)
        let turn = file.clip.frames[10].rotations[.leftWrist].rotationVector
        #expect(abs(turn.y) < 0.7)
        #expect(try !Self.read(AMASS.arrays(before)).notes.joined().contains("wrists"))
    }
}
