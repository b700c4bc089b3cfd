import ArgumentParser
import Foundation
import HumanBody
import Robots

/// Shows one profile.
struct ProfileShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "What a profile says.",
        discussion: """
            --json prints the whole profile, written as kmmctl writes profiles.

            Example:
              kmmctl profile show unitree_g1
            """)

    @Argument(help: "A profile file, or the name of a profile in the folder.", completion: Completion.robots)
    var profile: String
    @Flag(help: "Print the profile's JSON.")
    var json = false
    @OptionGroup var folder: ProfileOptions

    func run() throws {
        let profile = try folder.load(profile)
        if json { return print(profile.text, terminator: "") }
        print("\(profile.name): \(profile.displayName), \(profile.maker), \(profile.licence)")
        print("from \(profile.source.repository)@\(profile.source.commit) \(profile.source.file)")
        print("hash \(profile.contentHash)")
        print(
            "\(profile.bodies.count) bodies, \(profile.shownMass),",
            "\(profile.hasFloatingRoot ? "floating" : "fixed") root, \(profile.jointNames.count) driven joints,",
            "\(profile.joints.count { $0.mimic != nil }) coupled, stream at \(shown(profile.stream.rate)) Hz")
        print()
        print(joints(of: profile).text)
        print()
        print(map(of: profile).text)
        print()
        print("poses: \(profile.poses.keys.sorted().joined(separator: ", "))")
        let targets = profile.targets.sorted { $0.key < $1.key }.map { name, target in
            target.leftOut.isEmpty ? name : "\(name) (without \(target.leftOut.count) joints)"
        }
        print("targets: \(targets.isEmpty ? "none" : targets.joined(separator: ", "))")
        print(
            "self-collision: \(profile.collision.capsules.count) capsules,",
            "\(profile.collision.pairs.count) pairs watched")
    }

    private func joints(of profile: RobotProfile) -> TextTable {
        TextTable(
            ["joint", "moves", "range", "velocity", "acceleration", "jerk", "effort"],
            profile.drivenJoints.map { joint in
                let limits = joint.limits
                func rate(_ value: Double, _ limit: RobotProfile.Joint.Limit) -> String {
                    shown(value) + (joint.defaults.contains(limit) ? " (default)" : "")
                }
                return [
                    joint.name, joint.body,
                    limits.lower.isFinite ? "\(shown(limits.lower)) to \(shown(limits.upper))" : "endless",
                    rate(limits.velocity, .velocity), rate(limits.acceleration, .acceleration),
                    rate(limits.jerk, .jerk), joint.effort.map(shown) ?? "unknown",
                ]
            })
    }

    private func map(of profile: RobotProfile) -> TextTable {
        TextTable(
            ["human", "body", "position", "orientation", "scale"],
            profile.human.entries.map { entry in
                [
                    entry.joint.name, entry.body, shown(entry.positionWeight), shown(entry.orientationWeight),
                    shown(entry.scale),
                ]
            })
    }

    private func shown(_ value: Double) -> String { String(format: "%.4g", value) }
}
