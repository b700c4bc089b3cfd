import Geometry
import HumanBody

/// Which point of a body is which, in the orders in use of positions without names.
struct PositionLayout: Sendable {
    let name: String
    /// Places by joint of SMPL.
    let joints: [HumanJoint: Int]
    /// Ears and nose, where they tell how the head looks.
    private(set) var ears: (left: Int, right: Int)?
    private(set) var nose: Int?

    /// The order of some motion: one of those with so many points, in which the points are a person's.
    ///
    /// - Parameters:
    ///   - frames: By frame and point.
    ///   - name: Name of the array, for the error.
    /// - Returns: The order in which the points are a person's.
    /// - Throws: `AMASS.Failure` for numbers that have no order here, and points that are nobody's in any of them.
    static func layout(_ frames: [[Vector3]], name: String) throws(AMASS.Failure) -> PositionLayout {
        let count = frames.first?.count ?? 0
        let candidates = layouts(count)
        guard !candidates.isEmpty else {
            throw .layout("'\(name)' has \(count) points a frame, whose order is not known; known are \(known)")
        }
        let fits = candidates.filter { $0.isPerson(frames) }
        guard let best = fits.min(by: { $0.strayRoot(frames) < $1.strayRoot(frames) }) else {
            let names = candidates.map(\.name).joined(separator: " or ")
            throw .layout(
                "'\(name)' is no person in the order of \(names): limbs of both sides differ, or change their length; "
                    + "known orders are \(known)")
        }
        return best
    }

    private static let known =
        "22 and more points of SMPL and HumanML3D, 17 of Human3.6M or COCO, 19 of Panoptic, 21 of KIT, 25 of OpenPose or Kinect, "
        + "26 of Halpe, 32 of Human3.6M, 33 of BlazePose and 133 of COCO WholeBody"

    private static func layouts(_ count: Int) -> [PositionLayout] {
        switch count {
        case 22, 24, 52, 55, 127, 144: [smpl]
        case 17: [human36M, coco]
        case 19: [panoptic]
        case 21: [kit]
        case 25: [openPose, kinect]
        case 26, 133, 136: [count == 133 ? wholeBody : halpe]
        case 32: [wholeHuman36M]
        case 33: [blazePose]
        default: []
        }
    }

    // MARK: Plausibility

    /// Lengths of a bone on the other side, and of the next bone, as shares; how much a length may change.
    private static let bounds = (sides: 0.65, bones: 0.5, change: 0.35)

    /// Whether limbs are as long on both sides, keep their length, and hang on a trunk of a usual length.
    private func isPerson(_ frames: [[Vector3]]) -> Bool {
        let step = max(frames.count / 60, 1)
        let sample = stride(from: 0, to: frames.count, by: step).map { frames[$0] }
        func middle(_ length: ([Vector3]) -> Double) -> (length: Double, change: Double) {
            let lengths = sample.map(length).sorted()
            let middle = lengths[lengths.count / 2]
            return (middle, (lengths[lengths.count * 3 / 4] - lengths[lengths.count / 4]) / max(middle, 1e-9))
        }
        func bone(_ start: HumanJoint, _ end: HumanJoint) -> (length: Double, change: Double) {
            guard let a = joints[start], let b = joints[end] else { return (0, .infinity) }
            return middle { ($0[b] - $0[a]).length }
        }
        func like(_ a: Double, _ b: Double, _ share: Double) -> Bool { min(a, b) > share * max(a, b) }
        let limbs = [Side.left, .right].map { side in [side.leg, side.arm].flatMap(\.segments).map { bone($0, $1) } }
        for (left, right) in zip(limbs[0], limbs[1]) {
            guard like(left.length, right.length, Self.bounds.sides), left.change < Self.bounds.change,
                right.change < Self.bounds.change
            else { return false }
        }
        let leg = limbs[0][0].length + limbs[0][1].length
        let trunk = middle { frame in
            let places = [HumanJoint.leftHip, .rightHip, .leftShoulder, .rightShoulder].map { frame[joints[$0] ?? 0] }
            return (places[2] + places[3] - places[0] - places[1]).length / 2
        }
        return like(limbs[0][0].length, limbs[0][1].length, Self.bounds.bones)
            && like(limbs[0][2].length, limbs[0][3].length, Self.bounds.bones)
            && (0.3...1.2).contains(trunk.length / leg)
            && (0.3...1.2).contains((limbs[0][2].length + limbs[0][3].length) / leg)
            && bone(.leftHip, .rightHip).length < 0.5 * leg
    }

    /// How far the point that is called the pelvis is from the middle of the hips, as a share of their width; a little for an order
    /// that has none, so that one with a pelvis where it should be comes first.
    private func strayRoot(_ frames: [[Vector3]]) -> Double {
        guard let pelvis = joints[.pelvis], let left = joints[.leftHip], let right = joints[.rightHip] else {
            return 0.5
        }
        let first = frames[0]
        let width = (first[left] - first[right]).length
        return ((first[left] + first[right]) / 2 - first[pelvis]).length / max(width, 1e-9)
    }

    // MARK: Orders

    /// SMPL and its relatives, HumanML3D.
    private static let smpl = PositionLayout(
        name: "SMPL", joints: Dictionary(uniqueKeysWithValues: HumanJoint.allCases.map { ($0, $0.rawValue) }))
    /// Human3.6M, as VideoPose3D and its successors write it.
    private static let human36M = PositionLayout(
        name: "Human3.6M",
        joints: [
            .pelvis: 0, .spine2: 7, .neck: 8, .head: 10,
        ].merging(legs(left: 4, right: 1)).merging(arms(left: 11, right: 14)))
    /// Human3.6M with all that its own files hold.
    private static let wholeHuman36M = PositionLayout(
        name: "Human3.6M",
        joints: [
            .pelvis: 0, .spine2: 12, .neck: 13, .head: 15, .leftFoot: 9, .rightFoot: 4,
        ].merging(legs(left: 6, right: 1)).merging(arms(left: 17, right: 25)))
    /// COCO's key points.
    private static let coco = PositionLayout(name: "COCO", joints: pairs, ears: (3, 4), nose: 0)
    /// COCO's, then those of the feet; faces and fingers follow.
    private static let wholeBody = PositionLayout(
        name: "COCO WholeBody", joints: pairs.merging([.leftFoot: 17, .rightFoot: 20]), ears: (3, 4), nose: 0)
    /// COCO's, then head, neck, hips and feet: AlphaPose's 26, and 136 with faces and hands.
    private static let halpe = PositionLayout(
        name: "Halpe", joints: pairs.merging([.pelvis: 19, .neck: 18, .leftFoot: 20, .rightFoot: 21]), ears: (3, 4),
        nose: 0)
    /// OpenPose's BODY_25.
    private static let openPose = PositionLayout(
        name: "OpenPose",
        joints: [
            .pelvis: 8, .neck: 1, .leftFoot: 19, .rightFoot: 22,
        ].merging(legs(left: 12, right: 9)).merging(arms(left: 5, right: 2)), ears: (18, 17), nose: 0)
    /// CMU Panoptic's.
    private static let panoptic = PositionLayout(
        name: "Panoptic",
        joints: [.pelvis: 2, .neck: 0].merging(legs(left: 6, right: 12)).merging(arms(left: 3, right: 9)),
        ears: (16, 18), nose: 1)
    /// Kinect's second, and NTU RGB+D's.
    private static let kinect = PositionLayout(
        name: "Kinect",
        joints: [
            .pelvis: 0, .spine2: 1, .neck: 2, .head: 3, .leftFoot: 15, .rightFoot: 19,
        ].merging(legs(left: 12, right: 16)).merging(arms(left: 4, right: 8)))
    /// The KIT set's, as text-to-motion models have it.
    private static let kit = PositionLayout(
        name: "KIT",
        joints: [
            .pelvis: 0, .spine1: 1, .spine3: 2, .neck: 3, .head: 4, .leftFoot: 20, .rightFoot: 15,
        ].merging(legs(left: 16, right: 11)).merging(arms(left: 8, right: 5)))
    /// MediaPipe's pose landmarks.
    private static let blazePose = PositionLayout(
        name: "BlazePose",
        joints: [
            .leftShoulder: 11, .rightShoulder: 12, .leftElbow: 13, .rightElbow: 14, .leftWrist: 15, .rightWrist: 16,
            .leftHip: 23, .rightHip: 24, .leftKnee: 25, .rightKnee: 26, .leftAnkle: 27, .rightAnkle: 28, .leftFoot: 31,
            .rightFoot: 32,
        ], ears: (7, 8), nose: 0)

    /// COCO's limbs: left and right in turns.
    private static let pairs: [HumanJoint: Int] = [
        .leftShoulder: 5, .rightShoulder: 6, .leftElbow: 7, .rightElbow: 8, .leftWrist: 9, .rightWrist: 10,
        .leftHip: 11, .rightHip: 12, .leftKnee: 13, .rightKnee: 14, .leftAnkle: 15, .rightAnkle: 16,
    ]

    /// Three points in a row from each hip.
    private static func legs(left: Int, right: Int) -> [HumanJoint: Int] {
        [
            .leftHip: left, .leftKnee: left + 1, .leftAnkle: left + 2, .rightHip: right, .rightKnee: right + 1,
            .rightAnkle: right + 2,
        ]
    }

    /// Three points in a row from each shoulder.
    private static func arms(left: Int, right: Int) -> [HumanJoint: Int] {
        [
            .leftShoulder: left, .leftElbow: left + 1, .leftWrist: left + 2, .rightShoulder: right,
            .rightElbow: right + 1, .rightWrist: right + 2,
        ]
    }

    private init(name: String, joints: [HumanJoint: Int], ears: (left: Int, right: Int)? = nil, nose: Int? = nil) {
        (self.name, self.joints, self.ears, self.nose) = (name, joints, ears, nose)
    }
}

extension [HumanJoint: Int] {
    fileprivate func merging(_ others: [HumanJoint: Int]) -> [HumanJoint: Int] { merging(others) { own, _ in own } }
}
