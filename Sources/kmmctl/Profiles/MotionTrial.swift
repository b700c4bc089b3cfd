import Foundation
import Geometry
import HumanBody
import HumanMotion
import JSON
import Retargeting
import Robots

/// A short real motion tried on a robot: what a person would look at first.
struct MotionTrial {
    /// The clips that lie beside the shipped profiles.
    static let clips = ["walk", "wave", "squat"]

    let clip: String
    let quality: QualityReport
    /// The arm that the human lifts over its shoulder in this clip; nil when it lifts none, or the robot has none.
    let raisedArm: RaisedArm?
    /// How the pelvis turns from the way; nil where the robot goes nowhere.
    let sway: PelvisSway?

    /// How a robot's arm follows one that is lifted.
    struct RaisedArm {
        let side: Side
        /// Angle of the line from shoulder to wrist over the horizontal, mean over the frames in which the human's wrist
        /// is over its shoulder, radians.
        let human: Double
        /// The same of the robot in the same frames.
        let robot: Double

        /// Whether the robot's wrist is over its shoulder too.
        var isRaised: Bool { robot > 0 }
    }

    /// Retargets the clip in the file to the robot.
    init(_ clip: String, file: String, on profile: RobotProfile) throws {
        self.clip = clip
        let human = try SMPLConversion(BVH([UInt8](Data(contentsOf: URL(filePath: file))))).clip(frameRate: 30)
        let motion = try Retargeter(profile).retarget(human)
        quality = try QualityReport(motion, profile: profile)
        raisedArm = try Self.raisedArm(human, motion, profile)
        sway = clip == "walk" ? PelvisSway(motion, profile) : nil
    }

    /// Whether nothing is amiss: within the limits, soles within 5 mm of the floor in stance, a lifted arm lifted.
    var isGood: Bool {
        quality.positionViolations + quality.velocityViolations == 0 && quality.soleHeightPeak <= 0.005
            && raisedArm?.isRaised ?? true
    }

    private static func raisedArm(
        _ human: HumanClip, _ motion: RobotMotion, _ profile: RobotProfile
    ) throws -> RaisedArm? {
        func elevation(from a: Vector3, to b: Vector3, height: (Vector3) -> Double) -> Double {
            let line = b - a
            return asin(max(-1, min(1, height(line) / max(line.length, 1e-9))))
        }
        let frames = human.frames.map(SMPLSkeleton.forwardKinematics)
        var best: RaisedArm?
        let workspace = KinematicWorkspace(try KinematicTree(profile))
        /// Where the robot has a joint of the human, in the pose at hand.
        func place(_ joint: HumanJoint) -> (() -> Vector3)? {
            profile.human.entries.first { $0.joint == joint }.flatMap { entry in
                workspace.tree.index(ofBody: entry.body).map { body in
                    { workspace.pose(ofBody: body).act(entry.point) }
                }
            }
        }
        for side in Side.both {
            // SMPL's y points up.
            let lifts = frames.map {
                elevation(from: $0[side.shoulder].translation, to: $0[side.wrist].translation, height: \.y)
            }
            let lifted = lifts.indices.filter { lifts[$0] > 0 && $0 < motion.frames.count }
            guard lifted.count >= 10, let shoulder = place(side.shoulder), let wrist = place(side.wrist) else {
                continue
            }
            let followed = lifted.map { index in
                workspace.update(motion.frames[index].configuration)
                return elevation(from: shoulder(), to: wrist(), height: \.z)
            }
            func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
            let arm = RaisedArm(side: side, human: mean(lifted.map { lifts[$0] }), robot: mean(followed))
            if arm.human > best?.human ?? 0 { best = arm }
        }
        return best
    }

    /// One line for people.
    var text: String {
        func millimetres(_ value: Double) -> String { String(format: "%.1f mm", value * 1000) }
        func degrees(_ value: Double) -> String { String(format: "%.0f°", value * 180 / .pi) }
        var parts = [
            "limb error \(millimetres(quality.limbError))",
            "soles within \(millimetres(quality.soleHeightPeak)) of the floor in stance",
            "skating \(String(format: "%.2f cm/s", quality.skating * 100))",
            "\(quality.positionViolations + quality.velocityViolations) limit violations",
            String(format: "%.0f %% of frames at a joint's end", quality.limitShare * 100),
        ]
        if let raisedArm {
            parts.append(
                "\(raisedArm.side.name) arm at \(degrees(raisedArm.robot)) where the human's is at "
                    + degrees(raisedArm.human))
        }
        if let distance = quality.collisionDistance {
            parts.append("watched bodies \(millimetres(distance)) apart at least")
        }
        if let sway { parts.append(sway.text) }
        return parts.joined(separator: ", ")
    }

    /// The same for programs: metres, radians, seconds.
    var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("clip", .string(clip)), .init("good", .bool(isGood)), .init("frames", JSONValue(quality.frameCount)),
            .init("limb_error", .number(quality.limbError)), .init("sole_height_peak", .number(quality.soleHeightPeak)),
            .init("sole_height", .number(quality.soleHeight)), .init("penetration", .number(quality.penetration)),
            .init("skating", .number(quality.skating)),
            .init("position_violations", JSONValue(quality.positionViolations)),
            .init("velocity_violations", JSONValue(quality.velocityViolations)),
            .init("limit_share", .number(quality.limitShare)),
        ]
        if let raisedArm {
            members.append(
                .init(
                    "raised_arm",
                    [
                        "side": .string(raisedArm.side.name), "human": .number(raisedArm.human),
                        "robot": .number(raisedArm.robot), "raised": .bool(raisedArm.isRaised),
                    ]))
        }
        if let sway {
            members.append(
                .init("pelvis_sway", [.number(sway.range.lowerBound), .number(sway.range.upperBound)]))
        }
        return .object(members)
    }
}
