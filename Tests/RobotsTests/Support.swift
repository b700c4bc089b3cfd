import Foundation
import Robots
import Testing

/// Root of the package, for data that ships with it.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Text of the shipped profile of the Unitree G1.
let g1Text = try? String(contentsOf: packageRoot.appending(path: "RobotProfiles/unitree_g1.json"), encoding: .utf8)

/// The shipped profile of the Unitree G1.
func loadG1() throws -> RobotProfile {
    try RobotProfile(file: packageRoot.appending(path: "RobotProfiles/unitree_g1.json").path())
}

/// The shipped profile with one piece of its text replaced.
func loadG1(replacing old: String, with new: String) throws -> RobotProfile {
    let text = try #require(g1Text)
    let range = try #require(text.range(of: old), "\(old) is not in the profile")
    return try RobotProfile(json: Data(text.replacingCharacters(in: range, with: new).utf8))
}
