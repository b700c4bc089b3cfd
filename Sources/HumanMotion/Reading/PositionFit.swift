public import Geometry
public import HumanBody

/// Rotations of the SMPL body whose limbs point as those of given positions do.
///
/// Positions say nothing of how a straight limb is twisted: knees and elbows bend about their hinges, a straight limb turns as the
/// trunk does, hands lie along the forearm.
public struct PositionFit: Sendable {
    /// Where the joints of a body are, and what more is known of it, in one frame; y up.
    public struct Frame: Sendable {
        /// Positions by joint, metres; hips, knees, ankles, shoulders, elbows and wrists are needed.
        public var positions: [HumanJoint: Vector3]
        /// World rotations by joint that are known, of pelvis, chest (`spine3`), head, ankles and wrists.
        public var rotations: [HumanJoint: Quaternion] = [:]

        /// A frame of positions.
        public init(positions: [HumanJoint: Vector3], rotations: [HumanJoint: Quaternion] = [:]) {
            (self.positions, self.rotations) = (positions, rotations)
        }
    }

    /// Joints without which there is no fit.
    public static let needed = HumanLimb.all.flatMap(\.joints)
    /// A limb bent by less than the first of these sines turns with the trunk, by more than the second about its own hinge.
    private static let bent = (none: 0.1, clear: 0.3)

    private let scale: Double

    /// A fit of bodies with legs of this length (thigh and shank), metres.
    public init(legLength: Double) { scale = SMPLSkeleton.legLength / legLength }

    /// The frame on the mean body; nil when a needed joint is missing.
    public func frame(_ frame: Frame) -> HumanFrame? {
        guard Self.needed.allSatisfy({ frame.positions[$0] != nil }) else { return nil }
        func at(_ joint: HumanJoint) -> Vector3 { frame.positions[joint] ?? .zero }
        let hips = (at(.leftHip) + at(.rightHip)) / 2
        let shoulders = (at(.leftShoulder) + at(.rightShoulder)) / 2
        let (x, y) = (Vector3(1, 0, 0), Vector3(0, 1, 0))
        let trunk = shoulders - hips
        let lower = frame.positions[.spine2].map { $0 - hips } ?? frame.positions[.spine1].map { $0 - hips }
        let pelvis =
            frame.rotations[.pelvis]
            ?? Quaternion(
                carrying: x, y, onto: at(.leftHip) - at(.rightHip), (lower ?? trunk).normalized + trunk.normalized * 0.5
            )
        let chest =
            frame.rotations[.spine3] ?? Quaternion(carrying: x, y, onto: at(.leftShoulder) - at(.rightShoulder), trunk)
        var world = [Quaternion](repeating: chest, count: HumanJoint.count)
        world[.pelvis] = pelvis
        world[.spine1] = pelvis.slerp(to: chest, 1.0 / 3)
        world[.spine2] = pelvis.slerp(to: chest, 2.0 / 3)
        if let head = frame.rotations[.head] {
            world[.head] = head
            world[.neck] = chest.slerp(to: head, 0.5)
        } else if let head = frame.positions[.head], let neck = frame.positions[.neck] {
            let rest = chest.act(SMPLSkeleton.offsets[.head])
            // Orders differ in what they call head: its turn is believed within what a neck can do.
            let turn = Quaternion(from: rest, to: head - neck)
            world[.neck] = turn.angle < 1.2 ? turn * chest : chest
            world[.head] = world[.neck]
        }
        for side in Side.both {
            setLeg(side, at, frame, pelvis, &world)
            setArm(side, at, frame, chest, &world)
        }
        let rotations = SMPLSkeleton.localRotations(world)
        return HumanFrame(pelvis: hips * scale - pelvis.act(SMPLSkeleton.hipCentre), rotations: rotations)
    }

    private func setLeg(
        _ side: Side, _ at: (HumanJoint) -> Vector3, _ frame: Frame, _ pelvis: Quaternion, _ world: inout [Quaternion]
    ) {
        let x = Vector3(1, 0, 0)
        let hinge = Self.hinge(side.leg, at, straight: pelvis.act(x))
        for (joint, end) in side.leg.segments {
            world[joint] = Quaternion(carrying: SMPLSkeleton.offsets[end], x, onto: at(end) - at(joint), hinge)
        }
        let shank = (at(side.ankle) - at(side.knee)).normalized
        if let ankle = frame.rotations[side.ankle] {
            world[side.ankle] = ankle
        } else if let toe = frame.positions[side.toe], (toe - at(side.ankle)).length > 1e-3 {
            world[side.ankle] = Quaternion(
                carrying: SMPLSkeleton.offsets[side.toe], x, onto: toe - at(side.ankle), hinge)
        } else if shank.y < -0.5 {
            // Under an upright shank the sole is level.
            world[side.ankle] = Quaternion(carrying: Vector3(0, 1, 0), x, onto: Vector3(0, 1, 0), hinge)
        } else {
            world[side.ankle] = world[side.knee]
        }
        world[side.toe] = world[side.ankle]
    }

    private func setArm(
        _ side: Side, _ at: (HumanJoint) -> Vector3, _ frame: Frame, _ chest: Quaternion, _ world: inout [Quaternion]
    ) {
        let axis = Vector3(0, -side.sign, 0)
        if let collar = frame.positions[side.collar] {
            let turn = Quaternion(from: chest.act(SMPLSkeleton.offsets[side.shoulder]), to: at(side.shoulder) - collar)
            world[side.collar] = turn * chest
        }
        let upper = at(side.elbow) - at(side.shoulder)
        // The T pose's axis, carried along by the shortest way.
        let straight = Quaternion(from: chest.act(SMPLSkeleton.offsets[side.elbow]), to: upper).act(chest.act(axis))
        let hinge = Self.hinge(side.arm, at, straight: straight)
        for (joint, end) in side.arm.segments {
            world[joint] = Quaternion(carrying: SMPLSkeleton.offsets[end], axis, onto: at(end) - at(joint), hinge)
        }
        world[side.wrist] = frame.rotations[side.wrist] ?? world[side.elbow]
    }

    /// The axis about which a limb bends; that of a straight one while it bends by little.
    private static func hinge(_ limb: HumanLimb, _ at: (HumanJoint) -> Vector3, straight: Vector3) -> Vector3 {
        let first = (at(limb.bend) - at(limb.root)).normalized
        let second = (at(limb.end) - at(limb.bend)).normalized
        let axis = first.cross(second)
        let share = min(max((axis.length - bent.none) / (bent.clear - bent.none), 0), 1)
        return straight * (1 - share) + axis.normalized * share
    }
}
