internal import Geometry
internal import HumanBody
internal import HumanMotion
internal import Timeline

/// The human that goes with a robot's published frames, frame by frame: the generated human at the place and pace of the
/// stream, turned to where the robot is turned.
///
/// Where the plan changes to other motion the human does not jump: what differs is faded out, with its speed, along
/// quintics (as in David Bollo, "Inertialization: High-Performance Animation Transitions in Gears of War", GDC 2018).
/// While no motion is known the human stands, and after a halt it stays as it is. Allocates nothing once made.
struct HumanFollower: Sendable {
    private enum Source: Hashable {
        case standing
        case frozen
        /// Frames of a track that were made in one go.
        case run(Int)
    }

    /// World with y up, as ``HumanFrame`` has it; the root's rotation first.
    private(set) var rotations: [Quaternion]
    private(set) var pelvis: Vector3
    /// Turns and climb from the frame before.
    private var velocities: [Vector3]
    private var climb = 0.0
    private var source: Source?
    /// Where the motion's own pelvis was, to go on from there.
    private var planar = Vector3.zero
    private var frozen: [Quaternion]
    private var frozenHeight = 0.0

    // What is faded out: for every rotation, and for the pelvis' height.
    private var gaps: [Vector3]
    private var gapRates: [Vector3]
    private var heightGap = (value: 0.0, rate: 0.0)
    private var age = 0.0
    private var duration = 0.0

    // Scratch: where the motion is with this frame, and where it was with the one before.
    private var targets: [Quaternion]
    private var priors: [Quaternion]

    /// Most that a joint moves to fade out a difference, rad/s.
    private static let fadingSpeed = 4.0
    /// Seconds.
    private static let shortestFade = 0.3

    init() {
        rotations = Self.standing.map { $0 }
        pelvis = Vector3(0, Self.standingHeight, 0)
        velocities = Array(repeating: .zero, count: HumanJoint.count)
        frozen = Self.standing.map { $0 }
        gaps = Array(repeating: .zero, count: HumanJoint.count)
        gapRates = Array(repeating: .zero, count: HumanJoint.count)
        targets = Self.standing.map { $0 }
        priors = Self.standing.map { $0 }
    }

    /// Takes over where another one is; copies into the memory at hand.
    mutating func follow(_ other: HumanFollower) {
        for joint in HumanJoint.allCases {
            rotations[joint] = other.rotations[joint]
            velocities[joint] = other.velocities[joint]
            frozen[joint] = other.frozen[joint]
            gaps[joint] = other.gaps[joint]
            gapRates[joint] = other.gapRates[joint]
        }
        (pelvis, climb, source, planar, frozenHeight) =
            (other.pelvis, other.climb, other.source, other.planar, other.frozenHeight)
        (heightGap, age, duration) = (other.heightGap, other.age, other.duration)
    }

    /// Goes on to the robot's next frame, at `rate` frames a second.
    mutating func step(to frame: borrowing PublishedFrame, along track: borrowing HumanTrack, rate: Double) {
        let place = frame.state == .halted ? nil : track.neighbours(of: frame.waypoint, in: frame.trajectory)
        let next = source(of: frame, at: place)
        let isNew = next != source
        let heading = Self.heading(frame.rootRotation)
        if isNew, next == .frozen {
            for joint in HumanJoint.allCases { frozen[joint] = rotations[joint] }
            frozen[.pelvis] = heading.conjugate * rotations[.pelvis]
            frozenHeight = pelvis.y
        }

        var (height, prior): (Double, Double)
        if let place {
            let turn = Self.heading(frame.rootRotation * track.root(at: place).conjugate)
            for joint in HumanJoint.allCases { targets[joint] = track.rotation(joint, at: place) }
            targets[.pelvis] = turn * targets[.pelvis]
            let own = track.pelvis(at: place)
            (height, prior) = (own.y, own.y)
            if isNew {
                let before =
                    track.neighbours(of: frame.waypoint - frame.pace * 30 / rate, in: frame.trajectory) ?? place
                for joint in HumanJoint.allCases { priors[joint] = track.rotation(joint, at: before) }
                priors[.pelvis] = turn * priors[.pelvis]
                prior = track.pelvis(at: before).y
            } else {
                let way = turn.act(Vector3(own.x - planar.x, 0, own.z - planar.z))
                (pelvis.x, pelvis.z) = (pelvis.x + way.x, pelvis.z + way.z)
            }
            planar = own
        } else {
            for joint in HumanJoint.allCases { targets[joint] = next == .frozen ? frozen[joint] : Self.standing[joint] }
            targets[.pelvis] = heading * targets[.pelvis]
            height = next == .frozen ? frozenHeight : Self.standingHeight
            prior = height
            if isNew { for joint in HumanJoint.allCases { priors[joint] = targets[joint] } }
        }
        if isNew, source != nil { beginFading(height: height, prior: prior, rate: rate) }
        source = next

        if age < duration {
            for joint in HumanJoint.allCases {
                let gap = Vector3(
                    fade(gaps[joint].x, gapRates[joint].x), fade(gaps[joint].y, gapRates[joint].y),
                    fade(gaps[joint].z, gapRates[joint].z))
                targets[joint] = (targets[joint] * Quaternion(rotationVector: gap)).normalized
            }
            height += fade(heightGap.value, heightGap.rate)
            age += 1
        }
        for joint in HumanJoint.allCases {
            velocities[joint] = (rotations[joint].conjugate * targets[joint]).rotationVector
            rotations[joint] = targets[joint]
        }
        climb = height - pelvis.y
        pelvis.y = height
    }

    private func source(of frame: borrowing PublishedFrame, at place: HumanTrack.Neighbours?) -> Source {
        if let place { return .run(place.number) }
        if frame.state == .halted { return .frozen }
        if frame.state == .stopping { return .standing }
        if case .run? = source {
            // Without a trajectory the robot stays where it is; other motion has no human, such as that of a recording.
            return frame.trajectory == 0 ? .frozen : .standing
        }
        return source ?? .standing
    }

    /// What differs from where the human would have gone is to be faded out.
    private mutating func beginFading(height: Double, prior: Double, rate: Double) {
        var widest = 0.0
        for joint in HumanJoint.allCases {
            let foreseen = rotations[joint] * Quaternion(rotationVector: velocities[joint])
            gaps[joint] = (targets[joint].conjugate * foreseen).rotationVector
            gapRates[joint] = gaps[joint] - (priors[joint].conjugate * rotations[joint]).rotationVector
            widest = max(widest, gaps[joint].length)
        }
        heightGap.value = pelvis.y + climb - height
        heightGap.rate = heightGap.value - (pelvis.y - prior)
        duration = (max(Self.shortestFade, 1.875 * widest / Self.fadingSpeed) * rate).rounded(.up)
        age = 0
    }

    /// What is left of a gap at the present age.
    private func fade(_ gap: Double, _ gapRate: Double) -> Double {
        let start = CurvePoint(value: gap, velocity: gapRate * duration)
        return QuinticHermite(from: start, to: CurvePoint(value: 0))(age / duration).value
    }

    /// The turn about the vertical in a rotation of the robot's world (z up), in the human's (y up).
    private static func heading(_ rotation: Quaternion) -> Quaternion {
        let norm = (rotation.w * rotation.w + rotation.z * rotation.z).squareRoot()
        return norm > 1e-9 ? Quaternion(w: rotation.w / norm, x: 0, y: rotation.z / norm, z: 0) : .identity
    }

    /// Upright, the arms at the sides.
    private static let standing: [Quaternion] = {
        var pose = SMPLSkeleton.restRotations
        pose[.leftShoulder] = Quaternion(angle: -1.25, axis: Vector3(0, 0, 1))
        pose[.rightShoulder] = Quaternion(angle: 1.25, axis: Vector3(0, 0, 1))
        return pose
    }()

    /// Height of the pelvis when the soles of straight legs are on the floor, m.
    private static let standingHeight =
        SMPLFoot.toeHeight
        - [HumanJoint.leftHip, .leftKnee, .leftAnkle, .leftFoot].map { SMPLSkeleton.offsets[$0].y }.reduce(0, +)
}
