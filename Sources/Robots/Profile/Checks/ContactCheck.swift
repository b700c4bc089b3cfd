import Geometry

extension ProfileChecker {
    /// Feet, hands and collision shapes hang on bodies; soles are flat and lie under heel and toe.
    mutating func checkContacts() {
        for (foot, path) in sides(profile.feet, "/feet") {
            requireBody(foot.body, path + "/body")
            checkSole(foot, path)
        }
        for (hand, path) in sides(profile.hands, "/hands") {
            requireBody(hand.body, path + "/body")
            checkGrasps(hand, path + "/poses")
        }
        if let feet = profile.feet, feet.left.body == feet.right.body {
            error("/feet/right/body", "is the left foot's too", "each foot has a body of its own")
        }
        if let hands = profile.hands, hands.left.body == hands.right.body {
            error("/hands/right/body", "is the left hand's too", "each hand has a body of its own")
        }
        checkCollision()
    }

    /// Poses of a hand move its own fingers, within their ranges.
    private mutating func checkGrasps(_ hand: RobotProfile.Hand, _ path: String) {
        let fingers = Set(
            profile.drivenJoints.filter { joint in
                joint.body != hand.body && profile.isBody(joint.body, beyond: hand.body)
            }.map(\.name))
        for (name, joints) in hand.poses.sorted(by: { $0.key < $1.key }) {
            let place = path + "/" + name.pointerToken
            if !RobotProfile.Hand.poseNames.contains(name) {
                error(place, "is no pose of a hand", suggestion(name, among: RobotProfile.Hand.poseNames))
            }
            for (joint, position) in joints.sorted(by: { $0.key < $1.key }) {
                let path = place + "/" + joint.pointerToken
                guard let limits = drivenLimits[joint], fingers.contains(joint) else {
                    error(path, "is no driven joint of this hand", suggestion(joint, among: fingers.sorted()))
                    continue
                }
                guard !(limits.lower <= position && position <= limits.upper) else { continue }
                error(path, "\(position) is out of range", "\(limits.lower) to \(limits.upper)")
            }
        }
    }

    private mutating func checkSole(_ foot: RobotProfile.Foot, _ path: String) {
        guard let plane = SolePlane(foot.sole) else {
            error(path + "/sole", "covers no area", "the corners of the sole, going round it or not")
            return
        }
        if let off = foot.sole.indices.first(where: { abs(plane.height(of: foot.sole[$0])) > 0.005 }) {
            error(
                path + "/sole/\(off)",
                "lies \((1000 * plane.height(of: foot.sole[off])).brief) mm off the sole's plane",
                "all corners lie in one plane")
        }
        for (key, point) in [("heel", foot.heel), ("toe", foot.toe)]
        where abs(plane.height(of: point)) > 0.01 || plane.distanceOutside(point) > 0.02 {
            error(path + "/" + key, "lies beside the sole", "a point of the sole, in the body's frame")
        }
        if (foot.toe - foot.heel).length < 0.01 {
            error(path + "/toe", "lies on the heel", "a point of the sole under the toes")
        }
    }

    private mutating func checkCollision() {
        var carriers: Set<String> = []
        for (index, capsule) in profile.collision.capsules.enumerated() {
            requireBody(capsule.body, "/collision/capsules/\(index)/body")
            carriers.insert(capsule.body)
        }
        var seen: Set<Set<String>> = []
        for (index, pair) in profile.collision.pairs.enumerated() {
            let path = "/collision/pairs/\(index)"
            for (place, body) in pair.enumerated() {
                requireBody(body, path + "/\(place)")
                if bodyNames.contains(body), !carriers.contains(body) {
                    error(path + "/\(place)", "\"\(body)\" has no capsule", "give it one, or remove the pair")
                }
            }
            if pair[0] == pair[1] {
                error(path, "names \"\(pair[0])\" twice", "two different bodies")
            } else if !seen.insert(Set(pair)).inserted {
                error(path, "is listed twice", "each pair once")
            }
        }
        if profile.collision.pairs.isEmpty {
            warn("/collision", "nothing is watched for self-collision", "list capsules, and the pairs to keep apart")
        }
    }
}

/// The plane through a sole's corners, and their outline in it.
struct SolePlane {
    private let center: Vector3
    /// Unit normal, of either sense.
    let normal: Vector3
    private let outline: ConvexOutline
    private let (first, second): (Vector3, Vector3)

    /// Fits the plane; nil when the corners lie on a line.
    init?(_ corners: [Vector3]) {
        let center = corners.reduce(.zero, +) / Double(max(corners.count, 1))
        // Twice the area vector of every triangle about the centre, all turned the same way.
        var normal = Vector3.zero
        for (index, corner) in corners.enumerated() {
            for other in corners[(index + 1)...] {
                let area = (corner - center).cross(other - center)
                normal += area.dot(normal) < 0 ? -area : area
            }
        }
        guard normal.length > 1e-5, let arm = corners.map({ $0 - center }).max(by: { $0.length < $1.length }) else {
            return nil
        }
        self.center = center
        self.normal = normal.normalized
        first = arm.normalized
        second = self.normal.cross(first)
        outline = ConvexOutline(
            corners.map { [first, second] in (($0 - center).dot(first), ($0 - center).dot(second)) })
    }

    /// Distance of a point from the plane, m, signed.
    func height(of point: Vector3) -> Double { (point - center).dot(normal) }

    /// How far outside the corners' outline a point lies, m; 0 inside.
    func distanceOutside(_ point: Vector3) -> Double {
        max(0, -outline.depth(of: ((point - center).dot(first), (point - center).dot(second))))
    }
}

/// The convex hull of points in a plane, by Andrew's monotone chain.
struct ConvexOutline {
    typealias Point = (x: Double, y: Double)
    /// Corners, counter-clockwise.
    let corners: [Point]

    init(_ points: [Point]) {
        let sorted = points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
        func chain(_ points: [Point]) -> [Point] {
            var chain: [Point] = []
            for point in points {
                while chain.count > 1, Self.area(chain[chain.count - 2], chain[chain.count - 1], point) <= 0 {
                    chain.removeLast()
                }
                chain.append(point)
            }
            return Array(chain.dropLast())
        }
        corners = chain(sorted) + chain(sorted.reversed())
    }

    /// Distance from the nearest side, m: positive inside, negative outside (there, from the side's line).
    func depth(of point: Point) -> Double {
        guard corners.count > 2 else { return -.infinity }
        return corners.indices.map { index in
            let (a, b) = (corners[index], corners[(index + 1) % corners.count])
            let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
            return Self.area(a, b, point) / max(length, 1e-12)
        }.min() ?? -.infinity
    }

    private static func area(_ a: Point, _ b: Point, _ c: Point) -> Double {
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
    }
}
