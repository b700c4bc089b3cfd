public import Geometry
public import HumanBody
public import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How a person is measured: size, and how the sender's joint frames lie in the T pose.
public struct PersonCalibration: Hashable, Sendable {
    /// What was found.
    public struct Report: Hashable, Sendable {
        /// How far each joint was from where the pose has it, degrees.
        public var residuals: [HumanJoint: Double]
        /// Thigh and shank, metres, where known.
        public var legLength: Double?
    }

    /// Why nothing was taken over.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// Too little came in the last half second.
        case tooFew
        /// A joint moved, by so many radians a second.
        case moving(HumanJoint, Double)
        /// A joint is so many degrees from where the pose has it.
        case otherPose(HumanJoint, Double)

        /// What is wrong and what would be right.
        public var description: String {
            switch self {
            case .tooFew: "fewer than 10 frames came in the last half second; stand in the sensors' view"
            case .moving(let joint, let speed):
                "\(joint.name) moved at \(Int(speed * 57)) degrees/s; stand still for half a second (below 11)"
            case .otherPose(let joint, let angle):
                "\(joint.name) is \(Int(angle)) degrees from the pose (at most 35); stand in it, or ask for another one"
            }
        }
    }

    /// Orientation in the world of each joint's frame in a T pose that faces ahead, [22].
    public private(set) var rest = SMPLSkeleton.restRotations
    /// Thigh and shank that were measured, metres.
    public private(set) var legLength: Double?

    /// Joint frames that are the identity, a size that is not known.
    public init() {}

    private static let (stillness, farthest, least) = (0.2, 35.0, 10)

    /// Takes a pose, or only the size, from the frames of the last half second.
    ///
    /// - Throws: ``Failure``; then nothing is changed.
    /// - Returns: What was found.
    public mutating func take(
        _ pose: Calibrate.Pose, from frames: [(time: Int64, frame: PersonFrame)]
    ) throws(Failure) -> Report {
        guard let first = frames.first, let last = frames.last, frames.count >= Self.least else { throw .tooFew }
        let newest = last.frame
        var report = Report(residuals: [:], legLength: newest.legLength ?? Self.legLength(ofPelvis: newest.pelvis))
        if pose != .auto {
            let seconds = max(Double(last.time - first.time) / 1e9, 0.1)
            let seen = HumanJoint.allCases.filter { newest.seen.contains($0) && first.frame.seen.contains($0) }
            for joint in seen {
                let turn = (first.frame.orientations[joint].conjugate * newest.orientations[joint]).angle
                if turn / seconds > Self.stillness { throw .moving(joint, turn / seconds) }
            }
            let wanted = Self.orientations(in: pose, heading: Self.heading(of: newest, rest))
            for joint in seen {
                let now = newest.orientations[joint] * rest[joint].conjugate
                let residual = (wanted[joint].conjugate * now).angle * 180 / .pi
                report.residuals[joint] = residual
                if newest.isRestKnown, residual > Self.farthest { throw .otherPose(joint, residual) }
            }
            for joint in seen { rest[joint] = (wanted[joint].conjugate * newest.orientations[joint]).normalized }
        }
        legLength = report.legLength
        return report
    }

    /// The turn about the vertical of a pelvis whose frame in the T pose is known; else the person faces ahead.
    private static func heading(of frame: PersonFrame, _ rest: [Quaternion]) -> Quaternion {
        guard frame.isRestKnown else { return .identity }
        let pelvis = frame.orientations[.pelvis] * rest[.pelvis].conjugate
        let ahead = pelvis.act(Vector3(0, 0, 1))
        return Quaternion(angle: atan2(ahead.x, ahead.z), axis: Vector3(0, 1, 0))
    }

    private static func orientations(in pose: Calibrate.Pose, heading: Quaternion) -> [Quaternion] {
        var wanted = [Quaternion](repeating: heading, count: HumanJoint.count)
        for side in Side.both {
            let arm = heading * Quaternion(angle: -pose.drop * side.sign, axis: Vector3(0, 0, 1))
            for joint in [side.shoulder, side.elbow, side.wrist] { wanted[joint] = arm }
        }
        return wanted
    }

    /// The leg of a person whose pelvis is so high over a floor at 0 while standing; nil where that cannot be.
    private static func legLength(ofPelvis pelvis: Vector3?) -> Double? {
        guard let height = pelvis?.y, (0.5...1.4).contains(height) else { return nil }
        let standing =
            SMPLFoot.toeHeight
            - [HumanJoint.leftHip, .leftKnee, .leftAnkle, .leftFoot].reduce(0) { $0 + SMPLSkeleton.offsets[$1].y }
        return SMPLSkeleton.legLength * height / standing
    }
}

extension Calibrate.Pose {
    /// How far the arms hang below the sides, radians.
    var drop: Double {
        switch self {
        case .t, .auto: 0
        case .a: .pi / 4
        // Arms that hang by a body do so some degrees off it.
        case .n: 82 * .pi / 180
        }
    }
}
