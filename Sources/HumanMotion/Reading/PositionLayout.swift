import Geometry
import HumanBody

/// Which point of a body is which, in the orders in use of positions without names.
struct PositionLayout {
    let name: String
    /// Places by joint of SMPL.
    let joints: [HumanJoint: Int]
    /// Ears and nose, where they tell how the head looks.
    private(set) var ears: (left: Int, right: Int)?
    private(set) var nose: Int?

    /// The order of so many points; those of one number are told apart by the first frame.
    ///
    /// - Returns: Nil for numbers that have no order here.
    static func layout(_ count: Int, first: [Vector3]) -> PositionLayout? {
        switch count {
        case 22, 24, 52, 55, 127, 144:
            // SMPL and its relatives, HumanML3D.
            let joints = HumanJoint.allCases.map { ($0, $0.rawValue) }
            return PositionLayout(name: "SMPL", joints: Dictionary(uniqueKeysWithValues: joints))
        case 17:
            // Human3.6M begins with the middle of its second and fifth point, COCO with the nose.
            let hips = (first[1] + first[4]) / 2
            let isHuman36M = (hips - first[0]).length < 0.25 * (first[1] - first[4]).length
            return isHuman36M ? human36M : coco
        case 33: return blazePose
        default: return nil
        }
    }

    /// Human3.6M, as VideoPose3D and its successors write it.
    private static let human36M = PositionLayout(
        name: "Human3.6M",
        joints: [
            .pelvis: 0, .rightHip: 1, .rightKnee: 2, .rightAnkle: 3, .leftHip: 4, .leftKnee: 5, .leftAnkle: 6,
            .spine2: 7,
            .neck: 8, .head: 10, .leftShoulder: 11, .leftElbow: 12, .leftWrist: 13, .rightShoulder: 14, .rightElbow: 15,
            .rightWrist: 16,
        ])
    /// COCO's key points.
    private static let coco = PositionLayout(
        name: "COCO",
        joints: [
            .leftShoulder: 5, .rightShoulder: 6, .leftElbow: 7, .rightElbow: 8, .leftWrist: 9, .rightWrist: 10,
            .leftHip: 11, .rightHip: 12, .leftKnee: 13, .rightKnee: 14, .leftAnkle: 15, .rightAnkle: 16,
        ], ears: (3, 4), nose: 0)
    /// MediaPipe's pose landmarks.
    private static let blazePose = PositionLayout(
        name: "BlazePose",
        joints: [
            .leftShoulder: 11, .rightShoulder: 12, .leftElbow: 13, .rightElbow: 14, .leftWrist: 15, .rightWrist: 16,
            .leftHip: 23, .rightHip: 24, .leftKnee: 25, .rightKnee: 26, .leftAnkle: 27, .rightAnkle: 28, .leftFoot: 31,
            .rightFoot: 32,
        ], ears: (7, 8), nose: 0)

    private init(name: String, joints: [HumanJoint: Int], ears: (left: Int, right: Int)? = nil, nose: Int? = nil) {
        (self.name, self.joints, self.ears, self.nose) = (name, joints, ears, nose)
    }
}
