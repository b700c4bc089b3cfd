import Geometry
import HumanBody

/// A part of the body that may carry it in place of a sole.
enum BodyPart: Int, CaseIterable, Sendable {
    case leftHand, rightHand
    case leftElbow, rightElbow
    case leftKnee, rightKnee
    /// Feet that lie or stand on their tips, not on their soles.
    case leftFoot, rightFoot
    case seat, back, head

    /// Number of parts.
    static let count = 11

    /// Made once: all are gone through in every frame.
    static let allCases: [BodyPart] = (0..<count).compactMap(BodyPart.init(rawValue:))

    /// A ball of flesh around a place of the human body.
    struct Probe: Sendable {
        var joint: HumanJoint
        /// Place in the joint's frame (x ahead, y left, z up in the T pose), m.
        var offset = Vector3.zero
        var radius: Double
    }

    /// What of the human may touch; the first one says how fast the part moves.
    var probes: [Probe] { Self.table[rawValue] }

    /// The leg that the part is of; nil when it is of none.
    var leg: Int? {
        switch self {
        case .leftKnee, .leftFoot: 0
        case .rightKnee, .rightFoot: 1
        default: nil
        }
    }

    /// Whether it is a foot.
    var isFoot: Bool { self == .leftFoot || self == .rightFoot }

    // Radii are those of the mean SMPL body, rounded to 5 mm.
    private static let table: [[Probe]] = allCases.map { part in
        switch part {
        case .leftHand: hand(.left)
        case .rightHand: hand(.right)
        case .leftElbow: [Probe(joint: .leftElbow, radius: 0.045)]
        case .rightElbow: [Probe(joint: .rightElbow, radius: 0.045)]
        case .leftKnee: [Probe(joint: .leftKnee, radius: 0.055)]
        case .rightKnee: [Probe(joint: .rightKnee, radius: 0.055)]
        case .leftFoot: foot(.left)
        case .rightFoot: foot(.right)
        case .seat:
            [HumanJoint.pelvis, .leftHip, .rightHip].map { Probe(joint: $0, radius: 0.095) }
        case .back:
            [
                Probe(joint: .spine3, radius: 0.11), Probe(joint: .leftShoulder, radius: 0.065),
                Probe(joint: .rightShoulder, radius: 0.065),
            ]
        case .head: [Probe(joint: .head, offset: Vector3(0.02, 0, 0.08), radius: 0.1)]
        }
    }

    private static func hand(_ side: Side) -> [Probe] {
        [
            Probe(joint: side.wrist, radius: 0.035),
            Probe(joint: side.wrist, offset: Vector3(0, 0.09 * side.sign, 0), radius: 0.015),
        ]
    }

    private static func foot(_ side: Side) -> [Probe] {
        [
            Probe(joint: side.ankle, radius: 0.045), Probe(joint: side.toe, radius: SMPLFoot.toeHeight),
            Probe(joint: side.ankle, offset: Vector3(-0.045, 0, 0.03 - SMPLFoot.ankleHeight(side)), radius: 0.03),
            Probe(joint: side.toe, offset: Vector3(0.06, 0, 0), radius: 0.015),
        ]
    }
}

/// What is known of a part in one frame of a window.
struct PartFrame: Sendable {
    /// Where the human's is, m.
    var place = Vector3.zero
    /// Height of what carries it, m, human: 0 for the floor.
    var level = 0.0
    /// Height of its lowest point over what carries it, m, human.
    var height = Double.infinity
    /// Whether it touches, and how firmly it is held, 0 to 1.
    var touches = false
    var grip = 0.0
}

extension HumanPose {
    /// Place of a part and the height of its lowest point over the floor, m.
    func contact(_ part: BodyPart) -> (place: Vector3, height: Double) {
        let probes = part.probes
        var height = Double.infinity
        for probe in probes {
            var place = positions[probe.joint]
            if probe.offset != .zero { place += rotations[probe.joint].act(probe.offset) }
            height = min(height, place.z - probe.radius)
        }
        return (positions[probes[0].joint], height)
    }

    /// Centre of mass. Shares of the segments and where along them their centres lie are de Leva's ("Adjustments to
    /// Zatsiorsky-Seluyanov's segment inertia parameters", 1996), means of women and men.
    var centerOfMass: Vector3 {
        func between(_ a: HumanJoint, _ b: HumanJoint, _ share: Double) -> Vector3 {
            positions[a] + (positions[b] - positions[a]) * share
        }
        var sum = between(.pelvis, .neck, 0.45) * 0.43 + (positions[.head] + rotations[.head].act(.up * 0.08)) * 0.068
        for side in Side.both {
            sum += between(side.shoulder, side.elbow, 0.575) * 0.0263 + between(side.elbow, side.wrist, 0.6) * 0.021
            sum += between(side.hip, side.knee, 0.385) * 0.1447 + between(side.knee, side.ankle, 0.44) * 0.0457
            sum += between(side.ankle, side.toe, 0.5) * 0.0133
        }
        return sum
    }
}
