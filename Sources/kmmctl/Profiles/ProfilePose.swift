import ArgumentParser
import Foundation
import Geometry
import JSON
import Robots

/// Says where the bodies of a robot are.
struct ProfilePose: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pose", abstract: "Where every body is in a named pose, or with given joint positions, as JSON.",
        discussion: """
            bodies: name to [x, y, z, w, x, y, z] in the world; com: the centre of mass. --joint sets a driven joint \
            in the pose: --joint left_knee_joint=0.5.

            Example:
              kmmctl profile pose unitree_g1 --joint left_knee_joint=0.5
            """)

    @Argument(help: "A profile file, or the name of a profile in the folder.", completion: Completion.robots)
    var profile: String
    @Option(help: "Name of the pose.")
    var pose = "stand"
    @Option(help: "A joint and its position, rad or m; may be repeated.")
    var joint: [String] = []
    @OptionGroup var folder: ProfileOptions

    func run() throws {
        let profile = try folder.load(profile)
        guard var configuration = profile.configuration(ofPose: pose) else {
            throw ControlError.badInput(
                "there is no pose \"\(pose)\", only \(profile.poses.keys.sorted().joined(separator: ", "))")
        }
        for setting in joint {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let index = profile.jointNames.firstIndex(of: parts[0]),
                let position = Double(parts[1]), position.isFinite
            else { throw ControlError.badInput("--joint \(setting): expected the name of a driven joint = a number") }
            configuration.jointPositions[index] = position
        }
        let tree: KinematicTree
        do { tree = try KinematicTree(profile) } catch { throw ControlError.badInput("\(error)") }
        let workspace = KinematicWorkspace(tree)
        workspace.update(configuration)
        let bodies = tree.bodyNames.indices.map { index -> JSONValue.Member in
            let (p, q) = (workspace.pose(ofBody: index).translation, workspace.pose(ofBody: index).rotation)
            return .init(tree.bodyNames[index], .array([p.x, p.y, p.z, q.w, q.x, q.y, q.z].map(JSONValue.number)))
        }
        let center = workspace.centerOfMass
        print(
            JSONValue.object([
                .init("bodies", .object(bodies)),
                .init("com", .array([center.x, center.y, center.z].map(JSONValue.number))),
            ]).formatted())
    }
}
