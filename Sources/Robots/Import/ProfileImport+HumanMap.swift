import Geometry
import HumanBody

extension ProfileImport {
    /// Weights of the human map, position (1/m²) and orientation (1/rad²), as tuned on the G1 and kept for all: feet first, as they
    /// stand; then the places of hands, knees and elbows; directions of trunk and limbs only where those leave freedom.
    private enum Weight {
        /// Firm: what the feet cannot do would else be made up for by waddling, the more so with fewer than six joints in a leg.
        static let pelvis = (position: 2.0, orientation: 10.0)
        static let firmPelvis = (position: 2.0, orientation: 30.0)
        static let fullLeg = 6
        static let hip = (position: 0.0, orientation: 0.1)
        static let knee = (position: 2.0, orientation: 0.0)
        static let ankle = (position: 20.0, orientation: 2.0)
        static let torso = (position: 0.0, orientation: 1.0)
        static let head = (position: 0.0, orientation: 0.2)
        static let shoulder = (position: 0.0, orientation: 0.02)
        static let elbow = (position: 2.0, orientation: 0.0)
        /// With two or three joints behind the elbow, with one (a forearm that turns can follow the hand only in part), and
        /// with none.
        static let wrist = (position: 2.0, turning: 0.12, halfTurning: 0.05, rigid: 0.0)
    }

    /// A hand whose direction is less than this vertical (cosine of 46°) is held level.
    private static let hangingHand = 0.7
    /// A hand begins at the wrist; its frame is in the middle of it.
    private static let handMiddle = 0.5

    func human(_ finder: BodyFinder) -> RobotProfile.HumanMap {
        let robot = finder.robot
        var entries: [RobotProfile.HumanMap.Entry] = []
        func add(
            _ joint: HumanJoint, _ link: Int, _ point: Vector3?, _ weight: (position: Double, orientation: Double)
        ) {
            entries.append(
                RobotProfile.HumanMap.Entry(
                    joint: joint, body: robot.links[link].name,
                    point: point.map { robot.local(link, $0).rounded } ?? .zero,
                    positionWeight: weight.position,
                    orientationWeight: weight.orientation, rotation: nil, scale: 1))
        }
        let isFull = finder.legs.allSatisfy { $0.chain.count(where: robot.moves) >= Weight.fullLeg }
        if !finder.legs.isEmpty { add(.pelvis, finder.pelvis, nil, isFull ? Weight.pelvis : Weight.firmPelvis) }
        for leg in finder.legs { add(leg.side.hip, leg.upperBody, leg.upper, Weight.hip) }
        for leg in finder.legs { add(leg.side.knee, leg.middleBody, leg.bend, Weight.knee) }
        for leg in finder.legs { add(leg.side.ankle, leg.endBody, leg.lower, Weight.ankle) }
        if !finder.arms.isEmpty, finder.torso != finder.pelvis || finder.legs.isEmpty {
            add(.spine3, finder.torso, nil, Weight.torso)
        }
        if let head = finder.head { add(.head, head, nil, Weight.head) }
        for arm in finder.arms { add(arm.side.shoulder, arm.upperBody, arm.upper, Weight.shoulder) }
        for arm in finder.arms { add(arm.side.elbow, arm.middleBody, arm.bend, Weight.elbow) }
        for arm in finder.arms {
            let turning =
                switch arm.chain.count - arm.middle - 1 {
                case ...0: Weight.wrist.rigid
                case 1: Weight.wrist.halfTurning
                default: Weight.wrist.turning
                }
            add(arm.side.wrist, arm.endBody, arm.lower, (Weight.wrist.position, turning))
        }
        func length(_ limb: Limb?) -> Double? {
            limb.map { ((($0.bend - $0.upper).length + ($0.lower - $0.bend).length) * 1e4).rounded() / 1e4 }
        }
        return RobotProfile.HumanMap(
            entries: entries,
            lengths: RobotProfile.HumanMap.Lengths(leg: length(finder.legs.first), arm: length(finder.arms.first)))
    }

    static func hand(_ robot: ReducedRobot, _ arm: Limb) -> RobotProfile.Hand {
        let out = arm.tip - arm.lower
        let x = out.length > 1e-3 ? out.normalized : (arm.lower - arm.bend).normalized
        // The back of a hand that hangs looks outwards, of one held level upwards.
        let side = Vector3(0, arm.upper.y < 0 ? -1 : 1, 0)
        let back = abs(x.z) < hangingHand ? Vector3(0, 0, 1) : side
        let z = (back - x * x.dot(back)).normalized
        let frame = RigidTransform(
            translation: arm.lower + out * handMiddle, rotation: Quaternion(Matrix3(columns: x, z.cross(x), z)))
        let local = robot.zero[arm.endBody].inverse * frame
        return RobotProfile.Hand(
            body: robot.links[arm.endBody].name,
            frame: RigidTransform(translation: local.translation.rounded, rotation: local.rotation.tidy))
    }
}
