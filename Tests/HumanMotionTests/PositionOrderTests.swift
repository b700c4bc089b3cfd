import Geometry
import HumanBody
import HumanMotion
import Tensors
import Testing

@Suite("Positions and rows without names")
struct PositionOrderTests {
    /// Which point is which, in the orders that are told by their number of points.
    static let orders: [(name: String, count: Int, joints: [Int: HumanJoint])] = [
        (
            "OpenPose", 25,
            table(
                [2, 3, 4], [5, 6, 7], [9, 10, 11], [12, 13, 14], [1: .neck, 8: .pelvis, 19: .leftFoot, 22: .rightFoot])
        ),
        (
            "Kinect", 25,
            table(
                [8, 9, 10], [4, 5, 6], [16, 17, 18], [12, 13, 14],
                [0: .pelvis, 1: .spine2, 2: .neck, 3: .head, 15: .leftFoot, 19: .rightFoot])
        ),
        ("Panoptic", 19, table([9, 10, 11], [3, 4, 5], [12, 13, 14], [6, 7, 8], [0: .neck, 2: .pelvis])),
        (
            "KIT", 21,
            table(
                [5, 6, 7], [8, 9, 10], [11, 12, 13], [16, 17, 18],
                [0: .pelvis, 1: .spine1, 2: .spine3, 3: .neck, 4: .head, 15: .rightFoot, 20: .leftFoot])
        ),
        (
            "Halpe", 26,
            table(
                [6, 8, 10], [5, 7, 9], [12, 14, 16], [11, 13, 15],
                [18: .neck, 19: .pelvis, 20: .leftFoot, 21: .rightFoot])
        ),
        (
            "COCO WholeBody", 133,
            table([6, 8, 10], [5, 7, 9], [12, 14, 16], [11, 13, 15], [17: .leftFoot, 20: .rightFoot])
        ),
        (
            "Human3.6M", 32,
            table(
                [25, 26, 27], [17, 18, 19], [1, 2, 3], [6, 7, 8],
                [0: .pelvis, 4: .rightFoot, 9: .leftFoot, 12: .spine2, 13: .neck, 15: .head])
        ),
        (
            "BlazePose", 33,
            table([12, 14, 16], [11, 13, 15], [24, 26, 28], [23, 25, 27], [31: .leftFoot, 32: .rightFoot])
        ),
    ]

    static func table(
        _ rightArm: [Int], _ leftArm: [Int], _ rightLeg: [Int], _ leftLeg: [Int], _ others: [Int: HumanJoint]
    ) -> [Int: HumanJoint] {
        var joints = others
        for (places, limb) in [
            (rightArm, Side.right.arm), (leftArm, Side.left.arm), (rightLeg, Side.right.leg), (leftLeg, Side.left.leg),
        ] {
            for (place, joint) in zip(places, limb.joints) { joints[place] = joint }
        }
        return joints
    }

    static func points(_ clip: HumanClip, _ count: Int, _ joints: [Int: HumanJoint]) -> [[Vector3]] {
        zip(Motions.positions(clip), clip.frames).map { places, frame in
            let chest = SMPLSkeleton.forwardKinematics(frame)[.head].rotation
            return (0..<count).map { place in
                guard let joint = joints[place] else {
                    // Eyes and ears beside the head.
                    return places[.head] + chest.act(Vector3(0.03 * Double(place % 5 - 2), 0.05, 0.08))
                }
                return joint == .pelvis ? (places[.leftHip] + places[.rightHip]) / 2 : places[joint]
            }
        }
    }

    static func array(_ points: [[Vector3]]) -> NPYArray {
        NPYArray(
            shape: [points.count, points[0].count, 3], .float64(points.flatMap { $0.flatMap { [$0.x, $0.y, $0.z] } }))
    }

    static func read(_ array: NPYArray, as name: String = "joints") throws -> MotionFile {
        try MotionFileTests.read(NPZ([name: array, "fps": NPYArray(30)]))
    }

    @Test("orders of trackers are told by number and by whether the points are a person's", arguments: orders.indices)
    func tracker(index: Int) throws {
        let order = Self.orders[index]
        let clip = try Motions.clip("walk")
        let file = try Self.read(Self.array(Self.points(clip, order.count, order.joints)))
        #expect(file.notes.joined().contains("order of \(order.name):"), "\(file.notes)")
        #expect(MotionReadingTests.apart(clip, file.clip) < 12)
    }

    @Test("points in another order, and those of images, are refused")
    func refusals() throws {
        let clip = try Motions.clip("walk")
        let order = Self.orders[0]
        let points = Self.points(clip, order.count, order.joints)
        func refusal(_ points: [[Vector3]]) -> String {
            do { return "read: \(try Self.read(Self.array(points)).notes)" } catch { return "\(error)" }
        }
        #expect(refusal(points.map { $0.reversed() }).contains("no person"))
        let pixels = points.map { $0.map { Vector3(500 + 300 * $0.x, 500 - 300 * $0.y, 0.9) } }
        #expect(refusal(pixels).contains("image"))
        let shares = points.map { frame in
            frame.map { Vector3(0.5 + 0.2 * ($0.x - frame[8].x), 0.5 - 0.2 * ($0.y - frame[8].y), 0.2 * $0.z) }
        }
        #expect(refusal(shares).contains("image"))
    }

    @Test("a body around the origin with y down stands upright")
    func landmarks() throws {
        let clip = try Motions.clip("walk")
        let order = try #require(Self.orders.last)
        let points = Self.points(clip, order.count, order.joints).map { frame in
            let middle = (frame[23] + frame[24]) / 2
            return frame.map { Vector3($0.x - middle.x, -($0.y - middle.y), -($0.z - middle.z)) }
        }
        let file = try Self.read(Self.array(points))
        #expect(file.notes.joined().contains("y is taken as down"), "\(file.notes)")
        #expect(MotionReadingTests.apart(clip, file.clip) < 12)
    }

    @Test("rows of data sets without names")
    func rows() throws {
        let clip = try Motions.clip("walk")
        let features = MotionFeatures(clip)
        let rows272 = (0..<features.frameCount).flatMap { features.row($0).prefix(272).map(Double.init) }
        let file = try Self.read(NPYArray(shape: [features.frameCount, 272], .float64(rows272)), as: "motion")
        #expect(MotionReadingTests.apart(clip, file.clip) < 0.1)

        var rows322: [Double] = []
        for frame in clip.frames {
            let turns = frame.rotations.flatMap { rotation -> [Double] in
                let v = rotation.rotationVector
                return [v.x, v.y, v.z]
            }
            let place = frame.pelvis - SMPLSkeleton.restPelvis
            rows322 += turns + [Double](repeating: 0, count: 309 - 66) + [place.x, place.y, place.z]
            rows322 += [Double](repeating: 0, count: 10)
        }
        let motionX = try Self.read(NPYArray(shape: [clip.frames.count, 322], .float64(rows322)), as: "motion")
        #expect(MotionReadingTests.apart(clip, motionX.clip) < 0.1)

        // Twelve or six numbers a joint have no order that is told.
        let six = NPYArray(shape: [30, 132], .float64([Double](repeating: 0.5, count: 30 * 132)))
        #expect(throws: MotionFile.Failure.self) { try Self.read(six, as: "poses") }
    }

    @Test("a way that does not fit the feet, and a cut, are told")
    func doubts() throws {
        let clip = try Motions.clip("walk")
        func notes(_ change: (Int, inout HumanFrame) -> Void) throws -> String {
            var changed = clip
            for index in changed.frames.indices { change(index, &changed.frames[index]) }
            return try MotionFileTests.read(AMASS.arrays(changed)).notes.joined()
        }
        #expect(try notes { _, _ in } == "")
        #expect(
            try notes { _, frame in (frame.pelvis.x, frame.pelvis.z) = (frame.pelvis.x / 2, frame.pelvis.z / 2) }
                .contains("slide"))
        #expect(try notes { index, frame in if index > 40 { frame.pelvis.x += 1 } }.contains("jumps by 1.0"))
    }
}
