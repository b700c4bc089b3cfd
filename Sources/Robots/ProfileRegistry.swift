import FoundationEssentials

/// The robot profiles of a directory by name; a broken file is reported and does not keep the others out.
public struct ProfileRegistry: Sendable {
    /// A file that is not in use, and why.
    public struct Failure: Sendable {
        /// Path of the file.
        public var file: String
        /// What is wrong with it.
        public var error: ProfileError
    }

    /// The profiles that can be used, by name.
    public private(set) var profiles: [String: RobotProfile] = [:]
    /// The files that cannot be used, by path.
    public private(set) var failures: [Failure] = []

    /// Names of the usable profiles in alphabetical order.
    public var names: [String] { profiles.keys.sorted() }

    /// Reads every `.json` file of `directory` but `schema.json`, in alphabetical order.
    ///
    /// - Throws: ``ProfileError/unreadable(file:reason:)`` when the directory itself cannot be read.
    public init(directory: String) throws(ProfileError) {
        let files: [String]
        do { files = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw .unreadable(
                file: directory, reason: "found no readable folder, expected one of robot profiles (*.json)")
        }
        var origin: [String: String] = [:]
        for name in files.sorted() where name.hasSuffix(".json") && name != "schema.json" {
            let file = directory + "/" + name
            do throws(ProfileError) {
                let profile = try RobotProfile(file: file)
                if let first = origin[profile.name] {
                    throw ProfileError.invalid([
                        ProfileFinding(
                            path: "/name", problem: "\"\(profile.name)\" is the name of \(first) too",
                            remedy: "a name of its own")
                    ])
                }
                origin[profile.name] = file
                profiles[profile.name] = profile
            } catch {
                failures.append(Failure(file: file, error: error))
            }
        }
    }

    /// The profile of that name; nil when there is none.
    public subscript(name: String) -> RobotProfile? { profiles[name] }
}
