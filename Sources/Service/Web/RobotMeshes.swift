internal import FoundationEssentials

/// The robots' shapes as files that browsers read: `Meshes/NAME.glb` beside the profiles.
package struct RobotMeshes: Sendable {
    /// Folder of the profiles.
    let folder: String

    /// Meshes beside the profiles of a folder.
    package init(folder: String) { self.folder = folder }

    private func file(_ robot: String) -> String { "\(folder)/Meshes/\(robot).glb" }

    /// The address of a robot's meshes; nil when it has none.
    package func address(of robot: String) -> String? {
        FileManager.default.fileExists(atPath: file(robot)) ? "meshes/\(robot).glb" : nil
    }

    /// The meshes at an address; `robots` have some.
    func response(to path: String, of robots: [String]) -> WebResponse? {
        guard let robot = robots.first(where: { path == "/meshes/\($0).glb" }),
            let data = FileManager.default.contents(atPath: file(robot))
        else { return nil }
        return WebResponse(200, Array(data), type: "model/gltf-binary")
    }
}
