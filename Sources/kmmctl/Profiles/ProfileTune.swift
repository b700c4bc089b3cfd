import ArgumentParser
import Foundation
import HumanBody
import JSON
import Retargeting
import Robots

/// Tries weights of the human map on short clips, and proposes better ones.
struct ProfileTune: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune", abstract: "Try a robot on short motions and propose weights of its human map.",
        discussion: """
            Tries how firmly the pelvis keeps the human's orientation: legs without a rolling ankle waddle when it is \
            too free, and nothing else gets better of it. Proposes the least weight with which the pelvis turns no more \
            than in a person's walk, and asks before it writes. Everything else of the file stays as it is.

            Example:
              kmmctl profile tune my_robot.json
            """)

    @Argument(help: "A profile file, or the name of a profile in the folder.", completion: .file(extensions: ["json"]))
    var profile: String
    @Flag(help: "Write without asking.")
    var yes = false
    @OptionGroup var profiles: ProfileOptions

    /// Weights that are tried, 1/rad².
    private static let weights = [1.0, 3, 10, 30]
    /// A person's pelvis turns by some 12° in a walk, rad.
    private static let goal = 0.215
    /// What a better pelvis may cost: so many times the limbs' error, and cm/s more of sliding feet.
    private static let cost = (limb: 1.1, skating: 0.01)

    private struct Trial {
        var weight: Double
        var sway: Double
        var limb: Double
        var skating: Double
    }

    func run() throws {
        let file = profiles.path(of: profile)
        let robot = try profiles.load(profile)
        guard let index = robot.human.entries.firstIndex(where: { $0.joint == .pelvis }), robot.hasFloatingRoot else {
            throw ControlError.badInput("\(robot.name) has no legs: there is nothing to tune")
        }
        let present = robot.human.entries[index].orientationWeight
        print("pelvis weight   turned by   limb error   sliding")
        var trials: [Trial] = []
        for weight in Set(Self.weights + [present]).sorted() {
            var tried = robot
            tried.human.entries[index].orientationWeight = weight
            let trial = try self.trial(tried, weight)
            trials.append(trial)
            print(
                String(
                    format: "%13g%@ %9.0f°  %8.0f mm  %5.1f cm/s", weight, weight == present ? "*" : " ",
                    trial.sway * 180 / .pi, trial.limb * 1000, trial.skating * 100))
        }
        guard let now = trials.first(where: { $0.weight == present }), let best = Self.best(trials, now) else { return }
        guard best.weight != present else {
            print("\(robot.name): the weight it has (*) is the best of these")
            return
        }
        print(String(format: "proposed: %g instead of %g (*)", best.weight, present))
        guard try yes || isWanted(file) else { return }
        try write(best.weight, to: file)
        print("\(file): written")
    }

    /// The least weight that sways no more than a person, else that with the least sway; none that costs much.
    private static func best(_ trials: [Trial], _ now: Trial) -> Trial? {
        let fair = trials.filter { $0.limb <= cost.limb * now.limb && $0.skating <= now.skating + cost.skating }
        if now.sway <= Self.goal { return now }
        return fair.first { $0.sway <= Self.goal } ?? fair.min { $0.sway < $1.sway }
    }

    private func trial(_ robot: RobotProfile, _ weight: Double) throws -> Trial {
        var trial = Trial(weight: weight, sway: 0, limb: 0, skating: 0)
        for clip in MotionTrial.clips {
            let motion = try MotionTrial(clip, file: profiles.folder + "/motions/\(clip).bvh", on: robot)
            trial.sway = max(trial.sway, clip == "walk" ? motion.sway?.size ?? 0 : 0)
            trial.limb += motion.quality.limbError / Double(MotionTrial.clips.count)
            trial.skating += motion.quality.skating / Double(MotionTrial.clips.count)
        }
        return trial
    }

    private func isWanted(_ file: String) throws -> Bool {
        print("write it to \(file)? [y/N] ", terminator: "")
        return ["y", "yes"].contains(readLine()?.lowercased().trimmingCharacters(in: .whitespaces) ?? "")
    }

    /// Changes the one number in the document, remarks and all else kept.
    private func write(_ weight: Double, to file: String) throws {
        let document = try JSONValue(parsing: Data(contentsOf: URL(filePath: file)))
        let text = document.replacing(["human", "map"]) { map in
            .array(
                (map.array ?? []).map { entry in
                    guard entry["joint"]?.string == HumanJoint.pelvis.name else { return entry }
                    return entry.replacing(["orientation_weight"]) { _ in .number(weight) }
                })
        }
        let data = Data((text.formatted() + "\n").utf8)
        _ = try RobotProfile(json: data, file: file)
        try data.write(to: URL(filePath: file), options: .atomic)
    }
}

extension JSONValue {
    /// The document with the value at a place changed; unchanged when there is none.
    fileprivate func replacing(_ path: ArraySlice<String>, _ change: (JSONValue) -> JSONValue) -> JSONValue {
        guard let key = path.first else { return change(self) }
        guard let members else { return self }
        return .object(
            members.map { member in
                member.key == key ? Member(key, member.value.replacing(path.dropFirst(), change)) : member
            })
    }

    fileprivate func replacing(_ path: [String], _ change: (JSONValue) -> JSONValue) -> JSONValue {
        replacing(path[...], change)
    }
}
