import Geometry
import HumanBody

/// Points of a body, from which orientations of its parts are found: for cameras, which see no twist.
///
/// Elbows and knees bend about one axis, hands and feet have points of their own; what is left is carried along by the
/// shortest way. World, SMPL's axes, metres.
struct BodyPoints {
    /// SMPL's joints where they are seen.
    var joints = [Vector3?](repeating: nil, count: HumanJoint.count)
    var nose: Vector3?
    var ears: [Side: Vector3] = [:]
    /// Roots of index and little finger.
    var knuckles: [Side: (index: Vector3, little: Vector3)] = [:]
    /// SMPL's joints in the hands.
    var hands: [Side: Vector3] = [:]
    /// Heel and tip of the toes.
    var soles: [Side: (heel: Vector3, toe: Vector3)] = [:]

    /// What the points tell of a pose.
    struct Pose {
        /// Orientations in the world; nil where nothing is seen.
        var world: [Quaternion?]
        var pelvis: Vector3
        var legLength: Double?
    }

    private static let (x, y, z) = (Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1))
    private static let restJoints = SMPLSkeleton.forwardKinematics(HumanFrame(pelvis: .zero)).map(\.translation)
    private static let restTrunk =
        (restJoints[.leftShoulder] + restJoints[.rightShoulder] - restJoints[.leftHip] - restJoints[.rightHip])
        .normalized
    /// A limb that bends less than this (sine) takes its axis from how it hangs.
    private static let clearBend = 0.3

    /// The pose; nil without hips and shoulders.
    func pose() -> Pose? {
        guard let leftHip = joints[.leftHip], let rightHip = joints[.rightHip], let left = joints[.leftShoulder],
            let right = joints[.rightShoulder]
        else { return nil }
        let (hips, shoulders) = ((leftHip + rightHip) / 2, (left + right) / 2)
        guard (shoulders - hips).length > 0.1, (leftHip - rightHip).length > 0.02, (left - right).length > 0.05 else {
            return nil
        }
        var world = [Quaternion?](repeating: nil, count: HumanJoint.count)
        let trunk = shoulders - hips
        let pelvis = Quaternion(carrying: Self.x, Self.restTrunk, onto: leftHip - rightHip, trunk)
        let chest = Quaternion(carrying: Self.restTrunk, Self.x, onto: trunk, left - right)
        world[.pelvis] = pelvis
        for (joint, share) in [(HumanJoint.spine1, 1.0 / 3), (.spine2, 2.0 / 3), (.spine3, 1)] {
            world[joint] = pelvis.slerp(to: chest, share)
        }
        addHead(chest, to: &world)
        var legs: [Double] = []
        for side in Side.both {
            world[side.collar] = chest
            addArm(side, chest, to: &world)
            if let length = addLeg(side, pelvis, to: &world) { legs.append(length) }
        }
        let legLength = legs.isEmpty ? nil : legs.reduce(0, +) / Double(legs.count)
        let scale = (legLength ?? SMPLSkeleton.legLength) / SMPLSkeleton.legLength
        return Pose(
            world: world, pelvis: hips - pelvis.act(SMPLSkeleton.hipCentre) * scale, legLength: legLength)
    }

    private func addHead(_ chest: Quaternion, to world: inout [Quaternion?]) {
        if let nose, let left = ears[.left], let right = ears[.right], (left - right).length > 0.02 {
            let head = Quaternion(carrying: Self.x, Self.z, onto: left - right, nose - (left + right) / 2)
            world[.head] = head
            world[.neck] = chest.slerp(to: head, 0.5)
        } else if let neck = joints[.neck], let head = joints[.head], (head - neck).length > 0.02 {
            let turn = Quaternion(
                carrying: SMPLSkeleton.offsets[.head], Self.x, onto: head - neck, chest.act(Self.x))
            (world[.neck], world[.head]) = (turn, turn)
        }
    }

    private func addArm(_ side: Side, _ chest: Quaternion, to world: inout [Quaternion?]) {
        guard let shoulder = joints[side.shoulder], let elbow = joints[side.elbow] else { return }
        let rest = (SMPLSkeleton.offsets[side.elbow], SMPLSkeleton.offsets[side.wrist])
        let axis = Vector3(0, -side.sign, 0)
        let upper = elbow - shoulder
        guard upper.length > 0.02 else { return }
        let lower = joints[side.wrist].map { $0 - elbow } ?? upper
        guard lower.length > 0.02 else { return }
        let hinge = Self.hinge(upper, lower, carried: chest, bone: rest.0, axis: axis)
        world[side.shoulder] = Quaternion(carrying: rest.0, axis, onto: upper, hinge)
        world[side.elbow] = Quaternion(carrying: rest.1, axis, onto: lower, hinge)
        if let wrist = joints[side.wrist], let (index, little) = knuckles[side] {
            let hand = (index + little) / 2 - wrist
            if hand.length > 0.02, (index - little).length > 0.005 {
                world[side.wrist] = Quaternion(
                    carrying: Self.x * side.sign, Self.z, onto: hand, index - little)
            }
        } else if let wrist = joints[side.wrist], let hand = hands[side], let forearm = world[side.elbow],
            (hand - wrist).length > 0.02
        {
            let way = forearm.conjugate.act(hand - wrist).normalized
            let bent = Quaternion(from: forearm.act(Self.x * side.sign), to: hand - wrist) * forearm
            world[side.wrist] = bent * Quaternion(angle: Self.pronation(of: way), axis: Self.x)
        }
    }

    /// How far a forearm is likely to have turned its hand inward, radians, by where the hand points in the forearm's frame: hands
    /// hang turned by some 18 degrees, and bend towards their palms more than aside.
    ///
    /// Least absolute deviations over CMU, HDM05 and Bandai: 17 to 23 degrees off (26 to 34 without). The same on both sides: a
    /// mirror leaves turns about x.
    private static func pronation(of hand: Vector3) -> Double { 0.31 - 0.28 * hand.y + 0.84 * hand.z }

    /// Adds a leg; returns its length.
    private func addLeg(_ side: Side, _ pelvis: Quaternion, to world: inout [Quaternion?]) -> Double? {
        guard let hip = joints[side.hip], let knee = joints[side.knee], let ankle = joints[side.ankle] else {
            return nil
        }
        let (thigh, shank) = (knee - hip, ankle - knee)
        guard thigh.length > 0.05, shank.length > 0.05 else { return nil }
        let rest = (SMPLSkeleton.offsets[side.knee], SMPLSkeleton.offsets[side.ankle])
        let hinge = Self.hinge(thigh, shank, carried: pelvis, bone: rest.0, axis: Self.x)
        world[side.hip] = Quaternion(carrying: rest.0, Self.x, onto: thigh, hinge)
        let turn = Quaternion(carrying: rest.1, Self.x, onto: shank, hinge)
        world[side.knee] = turn
        if let (heel, toe) = soles[side], (toe - heel).length > 0.05 {
            world[side.ankle] = Quaternion(carrying: Self.z, Self.x, onto: toe - heel, hinge)
        } else if let toe = joints[side.toe], (toe - ankle).length > 0.02 {
            world[side.ankle] = Quaternion(carrying: SMPLSkeleton.offsets[side.toe], Self.x, onto: toe - ankle, hinge)
        } else {
            // Without points of the foot its sole is level.
            world[side.ankle] = Quaternion(carrying: Self.y, Self.x, onto: Self.y, hinge)
        }
        return thigh.length + shank.length
    }

    /// The axis about which a limb bends: across its two bones, or, as far as it is straight, where its parent has it.
    private static func hinge(
        _ first: Vector3, _ second: Vector3, carried parent: Quaternion, bone: Vector3, axis: Vector3
    ) -> Vector3 {
        let bend = first.normalized.cross(second.normalized)
        let straight = Quaternion(from: parent.act(bone), to: first).act(parent.act(axis))
        let share = max(0, 1 - bend.length / clearBend)
        // A limb does not bend the wrong way; one that seems to is straight.
        let seen = bend.dot(straight) < -0.5 * bend.length ? Vector3.zero : bend
        let sum = seen + straight * (clearBend * share + 1e-6)
        return sum.normalized
    }
}
