import Foundation
import JSON
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

/// The shipped profile with every optional key filled in.
func completeG1() throws -> JSONValue {
    try JSONValue(parsing: #require(g1Text).utf8)
        .setting("/human/lengths", to: ["leg": 0.6, "arm": 0.4])
        .setting("/human/map/7/rotation", to: [1, 0, 0, 0])
        .setting(
            "/collision",
            to: [
                "capsules": [
                    ["body": "left_knee_link", "from": [0, 0, 0], "to": [0, 0, -0.3], "radius": 0.05],
                    ["body": "right_knee_link", "from": [0, 0, 0], "to": [0, 0, -0.3], "radius": 0.05],
                ], "pairs": [["left_knee_link", "right_knee_link"]],
            ]
        )
        .setting("/targets/short", to: try shortTarget())
        .setting(
            "/stream/sinks",
            to: [
                "sonic": [
                    "enabled": false, "endpoint": "tcp://*:5556",
                    "settings": ["window": 10, "pad": true, "mode": "v1"],
                ]
            ])
}

private func shortTarget() throws -> JSONValue {
    let names = try loadG1().jointNames.map(JSONValue.string)
    return [
        "joints": .array(Array(names.prefix(2))), "names": ["one", "two"],
        "left_out": .array(Array(names.dropFirst(2))),
    ]
}

/// What a check finds in a document.
func findings(in document: JSONValue) -> [ProfileFinding] {
    do throws(ProfileError) {
        return try RobotProfile.examine(json: Data(document.encoded)).findings
    } catch {
        return error.findings
    }
}

/// The errors alone.
func errors(in document: JSONValue) -> [ProfileFinding] { findings(in: document).filter { $0.severity == .error } }
