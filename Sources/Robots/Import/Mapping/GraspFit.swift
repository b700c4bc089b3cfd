import Geometry

/// The poses of one hand, found from how its fingers can move: open with the tips as far as they go from the palm, a fist with
/// them as near, a pointing finger and a pinch where the hand has fingers enough.
struct GraspFit {
    /// Bending has to move a tip by more than this share of a finger's length, or the joint stays as in the stand pose: joints that
    /// spread fingers do.
    private static let leastGain = 0.08
    /// The same of jaws, which do not spread.
    private static let leastGainOfJaws = 0.01
    /// Share of a joint's range kept from a hard end.
    private static let inset = 0.05
    /// A finger's radius as a share of its length; a thumb closes until it lies against the others.
    private static let radius = 0.09
    /// Tips that are off each other by more than this share of a finger's length do not pinch.
    private static let pinchGap = 0.1
    /// A joint is bent for tips that come nearer by more, m.
    private static let leastStep = 0.001
    /// Thumbs close another way than fingers: greatest cosine of the directions.
    private static let opposed = 0.6
    /// Hands with fewer fingers are grippers: they close on what lies between the tips.
    private static let fewestFingers = 3

    private struct Finger {
        /// Its bodies, the one at the palm first.
        var bodies: [Int]
        /// Its ends, each with the point, in the body's frame, that is its tip.
        var tips: [(body: Int, point: Vector3)]
        /// The driven joints that move it.
        var joints: Set<Int>
        var name: String
    }

    private let profile: RobotProfile
    private let workspace: KinematicWorkspace
    private let stand: RobotConfiguration
    private let parents: [Int?]
    private var fingers: [Finger] = []
    private var joints: [Int] = []
    private var length = 0.0

    /// Positions of the hand's joints by the name of the pose; none for a hand without fingers.
    private(set) var poses: [String: [String: Double]] = [:]

    init(_ profile: RobotProfile, hand: RobotProfile.Hand) throws(KinematicsError) {
        self.profile = profile
        workspace = KinematicWorkspace(try KinematicTree(profile))
        stand = profile.standPose
        let names = Dictionary(
            zip(profile.bodies.map(\.name), profile.bodies.indices), uniquingKeysWith: { first, _ in first })
        parents = profile.bodies.map { $0.parent.flatMap { names[$0] } }
        guard let body = names[hand.body] else { return }
        findFingers(of: body)
        guard fingers.count > 1, length > 0 else { return }
        let (open, closed) = (bent(by: -1), bent(by: 1))
        guard open != closed else { return }
        poses["open"] = named(open)
        guard fingers.count >= Self.fewestFingers, let thumb = thumb(open, closed) else {
            poses["fist"] = named(closed)
            return
        }
        var fist = closed
        if isAlone(thumb) { fist = withThumbOutside(thumb, open, closed) }
        poses["fist"] = named(fist)
        guard let index = index(besides: thumb), isAlone(index) else { return }
        poses["point"] = named(mixed(fist, open, fingers[index].joints))
        if isAlone(thumb) { poses["pinch"] = pinch(thumb, index, open, closed).map(named) }
    }

    // MARK: What there is

    private mutating func findFingers(of hand: Int) {
        var children = [[Int]](repeating: [], count: parents.count)
        for (body, parent) in parents.enumerated() { if let parent { children[parent].append(body) } }
        let moved = Dictionary(profile.joints.map { ($0.body, $0) }, uniquingKeysWith: { first, _ in first })
        let driven = profile.jointNames
        func subtree(_ body: Int) -> [Int] { [body] + children[body].flatMap(subtree) }
        func drivers(_ bodies: [Int]) -> Set<Int> {
            Set(
                bodies.compactMap { body in
                    moved[profile.bodies[body].name].flatMap { driven.firstIndex(of: $0.mimic?.joint ?? $0.name) }
                })
        }
        // Wrists that come after what counts as the hand are none of its fingers.
        var palm = hand
        while true {
            let moving = children[palm].filter { !drivers(subtree($0)).isEmpty }
            guard moving.count == 1, let next = moving.first else { break }
            palm = next
        }
        let isOfHand = drivers(subtree(palm).filter { $0 != palm })
        fingers = children[palm].compactMap { root in
            let bodies = subtree(root)
            let joints = drivers(bodies).intersection(isOfHand)
            guard !joints.isEmpty else { return nil }
            let tips = bodies.filter { children[$0].isEmpty }.map { body in
                let origin = moved[profile.bodies[body].name]?.origin ?? .zero
                return (body, origin + (profile.bodies[body].centerOfMass - origin) * 2)
            }
            let name = bodies.map { profile.bodies[$0].name }.joined(separator: " ").lowercased()
            return Finger(bodies: bodies, tips: tips, joints: joints, name: name)
        }
        joints = fingers.reduce(into: Set()) { $0.formUnion($1.joints) }.sorted()
        let place = placed(stand.jointPositions)
        let lengths = fingers.flatMap { finger in
            place.tips(finger).map { ($0 - place.poses[finger.bodies[0]].translation).length }
        }
        length = lengths.reduce(0, +) / Double(max(lengths.count, 1))
    }

    /// Whether a finger moves without the others.
    private func isAlone(_ finger: Int) -> Bool {
        fingers.indices.allSatisfy { $0 == finger || fingers[$0].joints.isDisjoint(with: fingers[finger].joints) }
    }

    /// The finger that closes towards the others.
    private func thumb(_ open: [Double], _ closed: [Double]) -> Int? {
        if let named = fingers.firstIndex(where: { $0.name.contains("thumb") }) { return named }
        let (before, after) = (placed(open), placed(closed))
        let ways = fingers.map { finger -> Vector3 in
            let way = zip(before.tips(finger), after.tips(finger)).reduce(Vector3.zero) { $0 + ($1.1 - $1.0) }
            return way.length > 1e-6 ? way.normalized : .zero
        }
        let likeness = ways.indices.map { one in
            ways.indices.filter { $0 != one }.reduce(0.0) { $0 + ways[one].dot(ways[$1]) } / Double(ways.count - 1)
        }
        guard let least = likeness.indices.min(by: { likeness[$0] < likeness[$1] }) else { return nil }
        return likeness[least] < Self.opposed ? least : nil
    }

    /// The forefinger: by its name, else the one beside the thumb.
    private func index(besides thumb: Int) -> Int? {
        let others = fingers.indices.filter { $0 != thumb }
        if let named = others.first(where: { fingers[$0].name.contains("index") || fingers[$0].name.contains("fore") })
        {
            return named
        }
        let poses = placed(stand.jointPositions).poses
        let base = poses[fingers[thumb].bodies[0]].translation
        return others.min {
            (poses[fingers[$0].bodies[0]].translation - base).length
                < (poses[fingers[$1].bodies[0]].translation - base).length
        }
    }

    // MARK: Poses

    private struct Placed {
        var poses: [RigidTransform]

        func tips(_ finger: Finger) -> [Vector3] { finger.tips.map { poses[$0.body].act($0.point) } }
    }

    private func placed(_ positions: [Double]) -> Placed {
        var configuration = stand
        configuration.jointPositions = positions
        workspace.update(configuration)
        return Placed(poses: profile.bodies.indices.map { workspace.pose(ofBody: $0) })
    }

    /// How far the tips are from where the hand closes, m.
    private func spread(_ positions: [Double]) -> Double {
        let place = placed(positions)
        let tips = fingers.flatMap(place.tips)
        let knuckles = fingers.map { place.poses[$0.bodies[0]].translation }
        let ends = fingers.count < Self.fewestFingers ? tips : knuckles
        let middle = ends.reduce(.zero, +) / Double(ends.count)
        return tips.reduce(0) { $0 + ($1 - middle).length } / Double(tips.count)
    }

    /// The joints bent all the way: with 1 closed, with -1 open.
    private func bent(by sense: Double) -> [Double] {
        var positions = stand.jointPositions
        let limits = profile.jointLimits
        let least = fingers.count < Self.fewestFingers ? Self.leastGainOfJaws : Self.leastGain
        let gain = least * length / Double(fingers.count)
        for _ in 0..<3 {
            let before = positions
            for joint in joints {
                let (rest, limit) = (stand.jointPositions[joint], limits[joint])
                guard limit.lower.isFinite, limit.upper.isFinite else { continue }
                let edge = Self.inset * (limit.upper - limit.lower)
                var best = Double.infinity
                let start = positions
                for choice in [rest, min(limit.lower + edge, rest), max(limit.upper - edge, rest)] {
                    var tried = start
                    tried[joint] = choice
                    let cost = sense * spread(tried) + (choice == rest ? 0 : gain)
                    if cost < best { (best, positions) = (cost, tried) }
                }
            }
            if positions == before { break }
        }
        return positions
    }

    /// The first with some joints of the second.
    private func mixed(_ first: [Double], _ second: [Double], _ joints: Set<Int>, by share: Double = 1) -> [Double] {
        var positions = first
        for joint in joints { positions[joint] += (second[joint] - first[joint]) * share }
        return positions
    }

    /// A fist whose thumb lies against the closed fingers, not in them.
    private func withThumbOutside(_ thumb: Int, _ open: [Double], _ closed: [Double]) -> [Double] {
        var best = (positions: closed, gap: -Double.infinity)
        for step in 0...10 {
            let positions = mixed(closed, open, fingers[thumb].joints, by: Double(step) / 10)
            let place = placed(positions)
            let own = bones(fingers[thumb], place)
            let gap =
                fingers.indices.filter { $0 != thumb }.flatMap { bones(fingers[$0], place) }
                .flatMap { other in own.map { $0.distance(to: other) } }.min() ?? .infinity
            if gap > best.gap { best = (positions, gap) }
            if gap >= 2 * Self.radius * length { break }
        }
        return best.positions
    }

    private func bones(_ finger: Finger, _ place: Placed) -> [Segment] {
        finger.bodies.compactMap { body in
            guard body != finger.bodies[0], let parent = parents[body] else { return nil }
            return Segment(from: place.poses[parent].translation, to: place.poses[body].translation)
        } + finger.tips.map { Segment(from: place.poses[$0.body].translation, to: place.poses[$0.body].act($0.point)) }
    }

    /// Thumb and forefinger bent until their tips touch: first as they close, then joint by joint; nil where they stay apart.
    private func pinch(_ thumb: Int, _ index: Int, _ open: [Double], _ closed: [Double]) -> [Double]? {
        let steps = 20
        func gap(_ positions: [Double]) -> Double {
            let place = placed(positions)
            let gaps = place.tips(fingers[thumb]).flatMap { tip in
                place.tips(fingers[index]).map { ($0 - tip).length }
            }
            // The points are within the tips.
            return abs((gaps.min() ?? .infinity) - 2 * Self.radius * length)
        }
        var best = (positions: open, gap: Double.infinity)
        for a in 0...steps {
            let bent = mixed(open, closed, fingers[thumb].joints, by: Double(a) / Double(steps))
            for b in 0...steps {
                let positions = mixed(bent, closed, fingers[index].joints, by: Double(b) / Double(steps))
                let found = gap(positions)
                if found < best.gap { best = (positions, found) }
            }
        }
        let limits = profile.jointLimits
        let own = fingers[thumb].joints.union(fingers[index].joints).sorted()
        for joint in own + own + own where limits[joint].lower.isFinite && limits[joint].upper.isFinite {
            let (rest, edge) = (stand.jointPositions[joint], Self.inset * (limits[joint].upper - limits[joint].lower))
            let (lower, upper) = (min(limits[joint].lower + edge, rest), max(limits[joint].upper - edge, rest))
            var tried = best.positions
            for step in 0...steps {
                tried[joint] = lower + (upper - lower) * Double(step) / Double(steps)
                let found = gap(tried)
                if found < best.gap - Self.leastStep { best = (tried, found) }
            }
        }
        return best.gap < Self.pinchGap * length ? best.positions : nil
    }

    private func named(_ positions: [Double]) -> [String: Double] {
        let names = profile.jointNames
        return Dictionary(
            joints.map { (names[$0], (positions[$0] * 1e4).rounded() / 1e4 + 0) },
            uniquingKeysWith: { first, _ in first })
    }
}
