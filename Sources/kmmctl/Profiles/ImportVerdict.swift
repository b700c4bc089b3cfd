import HumanBody
import JSON
import Retargeting
import Robots

/// What became of an import, in one line and in the exit status.
struct ImportVerdict {
    /// Of the soles in stance, of how far arms fall short, and of the speed of standing feet: what people see.
    private enum Bound {
        /// m.
        static let sole = 0.005
        /// m/s.
        static let skating = 0.05
        /// m that two bodies lie in each other.
        static let meeting = 0.01
        /// Share of the length of a leg, or of an arm where there are none, that ends of limbs are off on average.
        static let limbs = 0.22
    }

    /// Why a person should look before the robot moves.
    let reservations: [String]

    init(
        _ made: ProfileImport, _ findings: [ProfileFinding],
        _ trials: [(clip: String, trial: Result<MotionTrial, any Error>)]
    ) {
        var found = made.doubts
        let warnings = findings.count { $0.severity == .warning }
        if warnings > 0 { found.append("\(warnings) warning\(warnings == 1 ? "" : "s") of the check") }
        for (clip, trial) in trials {
            switch trial {
            case .failure(let error): found.append("\(clip): not tried: \(error)")
            case .success(let trial):
                found += Self.faults(trial, made.profile.human.lengths).map { "\(clip): \($0)" }
            }
        }
        reservations = found
    }

    private static func faults(_ trial: MotionTrial, _ lengths: RobotProfile.HumanMap.Lengths?) -> [String] {
        let quality = trial.quality
        var faults: [String] = []
        func millimetres(_ value: Double) -> String { "\((value * 10_000).rounded() / 10) mm" }
        let violations = quality.positionViolations + quality.velocityViolations
        if violations > 0 { faults.append("\(violations) limit violations") }
        if let length = lengths?.leg ?? lengths?.arm, quality.limbError > Bound.limbs * length {
            let share = Int((100 * quality.limbError / length).rounded())
            faults.append(
                "ends of limbs \(millimetres(quality.limbError)) from where they should be, \(share) % of "
                    + (lengths?.leg == nil ? "an arm" : "a leg"))
        }
        if quality.soleHeightPeak > Bound.sole {
            faults.append("a standing sole \(millimetres(quality.soleHeightPeak)) off the floor")
        }
        if quality.skating > Bound.skating {
            faults.append("standing feet slide at \((quality.skating * 1000).rounded() / 10) cm/s")
        }
        if let distance = quality.collisionDistance, distance < -Bound.meeting {
            faults.append("bodies \(millimetres(-distance)) in each other")
        }
        if let sway = trial.sway, sway.size > PelvisSway.greatest {
            faults.append(sway.text + ": try kmmctl profile tune")
        }
        if let arm = trial.raisedArm, !arm.isRaised { faults.append("the \(arm.side.name) arm is not lifted") }
        return faults
    }

    /// 0 good, 1 usable with reservations; what is not usable has thrown before, with 2.
    var exitStatus: Int32 { reservations.isEmpty ? 0 : 1 }

    /// One line for people.
    var text: String {
        reservations.isEmpty ? "good" : "usable with reservations: " + reservations.joined(separator: "; ")
    }

    /// The same for programs.
    var json: JSONValue {
        [
            "verdict": reservations.isEmpty ? "good" : "reservations",
            "reservations": .array(reservations.map(JSONValue.string)),
        ]
    }
}
