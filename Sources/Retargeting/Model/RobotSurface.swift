import Geometry
import HumanBody
import Robots

/// What of a robot may touch the floor: the corners of its soles and the ends of its capsules.
struct RobotSurface: Sendable {
    /// All of it, soles first.
    private(set) var points: [FloorPoint] = []
    /// Where the corners of each leg's sole are among the points.
    private(set) var soles: [Range<Int>] = []
    /// Which points are of each part; none where the robot has nothing there.
    private(set) var parts = [[Int]](repeating: [], count: BodyPart.count)
    /// Body of each point, by its name.
    private(set) var bodies: [String] = []

    /// What is left between the floor and a capsule of a foot, or of anything else, while the robot stands, m.
    private static let room = (foot: 0.001, others: 0.01)

    /// Nothing.
    init() {}

    init(_ profile: RobotProfile, _ tree: KinematicTree, _ calibration: Calibration) {
        for leg in calibration.legs {
            let corners = calibration.floorPoints(of: leg)
            soles.append(points.count..<points.count + corners.count)
            points += corners
        }
        guard profile.hasFloatingRoot, !calibration.legs.isEmpty else {
            bodies = points.map { tree.bodyNames[$0.point.body] }
            return
        }
        let standing = KinematicWorkspace(tree)
        standing.update(profile.standPose)
        let floor = points.map { standing.position(of: $0.point).z - $0.height }.min() ?? 0
        let feet = calibration.legs.compactMap { calibration.followers[$0.side.ankle]?.body }
        for capsule in profile.collision.capsules {
            guard let body = tree.index(ofBody: capsule.body) else { continue }
            for end in capsule.from == capsule.to ? [capsule.from] : [capsule.from, capsule.to] {
                let point = BodyPoint(body, end)
                // Nothing but soles touches the floor while the robot stands, however fat its capsules are.
                let room =
                    standing.position(of: point).z - floor - (feet.contains(body) ? Self.room.foot : Self.room.others)
                if room > 0 { points.append(FloorPoint(point: point, height: min(capsule.radius, room))) }
            }
        }
        bodies = points.map { tree.bodyNames[$0.point.body] }
        assign(profile, tree, calibration)
    }

    private mutating func assign(_ profile: RobotProfile, _ tree: KinematicTree, _ calibration: Calibration) {
        let followers = calibration.followers
        /// The body of the map that a body hangs on.
        func carrier(_ name: String) -> Int? {
            var current: String? = name
            while let body = current {
                if let index = tree.index(ofBody: body), followers.values.contains(where: { $0.body == index }) {
                    return index
                }
                current = profile.bodies.first { $0.name == body }?.parent
            }
            return nil
        }
        let carriers = points.indices.map { carrier(bodies[$0]) }
        /// Points on the body that follows a joint; a ball around the joint where it has no capsule.
        func carried(by joint: HumanJoint, else radius: Double = 0.04) -> [Int] {
            guard let follower = followers[joint] else { return [] }
            let own = carriers.indices.filter { carriers[$0] == follower.body }
            let ball = radius * min(calibration.scale, 1)
            return own.isEmpty ? [append(BodyPoint(follower.body, follower.point), ball, tree)] : own
        }
        for (side, hand, elbow, knee, foot) in [
            (Side.left, BodyPart.leftHand, BodyPart.leftElbow, BodyPart.leftKnee, BodyPart.leftFoot),
            (.right, .rightHand, .rightElbow, .rightKnee, .rightFoot),
        ] {
            // Corners of the sole are on that body too.
            self[foot] = carried(by: side.ankle)
            self[knee] = carried(by: side.knee)
            if let bend = followers[side.knee], let end = followers[side.ankle], end.body != bend.body {
                // The half of the shank that is nearer to the knee.
                let length = calibration.legs.first { $0.side == side }?.shank ?? 0
                let near = self[knee].filter { (points[$0].point.place - bend.point).length < length / 2 }
                if !near.isEmpty { self[knee] = near }
            }
            guard let bend = followers[side.elbow], let end = followers[side.wrist] else { continue }
            guard bend.body == end.body else {
                (self[hand], self[elbow]) = (carried(by: side.wrist, else: 0.03), carried(by: side.elbow))
                continue
            }
            // A forearm that ends in the hand: its farther half.
            let arm = carried(by: side.elbow)
            let tip = arm.filter {
                let place = points[$0].point.place
                return (place - end.point).length < (place - bend.point).length
            }
            self[elbow] = arm.filter { !tip.contains($0) }
            self[hand] = tip.isEmpty ? [append(BodyPoint(end.body, end.point), 0.03, tree)] : tip
        }
        self[.seat] = carried(by: .pelvis, else: 0.07)
        let chest = [HumanJoint.spine3, .spine2, .spine1].first { followers[$0] != nil } ?? .pelvis
        self[.back] = carried(by: chest, else: 0.07)
        let skull = [HumanJoint.head, .neck].first { joint in
            followers[joint].map { $0.body != followers[chest]?.body } ?? false
        }
        // Without a head of its own it is the top of the trunk.
        let top = self[.back].map { points[$0].point.place.z }.max() ?? 0
        self[.head] =
            skull.map { carried(by: $0) } ?? self[.back].filter { points[$0].point.place.z > top - 0.02 }
    }

    private mutating func append(_ point: BodyPoint, _ radius: Double, _ tree: KinematicTree) -> Int {
        points.append(FloorPoint(point: point, height: radius))
        bodies.append(tree.bodyNames[point.body])
        return points.count - 1
    }

    /// The points of a part.
    private(set) subscript(part: BodyPart) -> [Int] {
        get { parts[part.rawValue] }
        set { parts[part.rawValue] = newValue }
    }

    /// Height of a point of the surface over the floor for its centre's place, m.
    func height(_ point: Int, _ place: Vector3) -> Double { place.z - points[point].height }
}
