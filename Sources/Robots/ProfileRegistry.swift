import FoundationEssentials
import Glibc

/// The robot profiles of a directory by name; a broken file is reported and does not keep the others out.
///
/// A registry may be read again while it is in use: a file that has become broken leaves its old profile in force.
public struct ProfileRegistry: Sendable {
    /// A file that is not in use, and why.
    public struct Failure: Hashable, Sendable {
        /// Path of the file.
        public var file: String
        /// What is wrong with it.
        public var error: ProfileError
    }

    /// What reading the directory again has changed.
    public enum Change: Hashable, Sendable {
        /// There is a profile of that name now.
        case added(String)
        /// The profile of that name says something else now.
        case replaced(String)
        /// The file of that profile is gone.
        case removed(String)
        /// A file cannot be used; the profile that it held before, if any, stays in force.
        case refused(Failure, inForce: String?)
    }

    /// The directory.
    public let directory: String
    /// The profiles that can be used, by name.
    public private(set) var profiles: [String: RobotProfile] = [:]
    /// The files that cannot be used, by path.
    public private(set) var failures: [Failure] = []
    /// Name of the profile that each file holds.
    private var origins: [String: String] = [:]
    private var imageRead: [String: FileStamp] = [:]
    private var imageSeen: [String: FileStamp] = [:]

    /// Names of the usable profiles in alphabetical order.
    public var names: [String] { profiles.keys.sorted() }

    /// Reads every `.json` file of `directory` but `schema.json`, in alphabetical order.
    ///
    /// - Throws: ``ProfileError/unreadable(file:reason:)`` when the directory itself cannot be read.
    public init(directory: String) throws(ProfileError) {
        self.directory = directory
        _ = try reload()
    }

    /// The profile of that name; nil when there is none.
    public subscript(name: String) -> RobotProfile? { profiles[name] }

    /// Reads the directory again; every file is validated whole before it takes the place of what it held.
    ///
    /// - Returns: What is different now. A broken file is told when it breaks, not again while it stays as it is.
    /// - Throws: ``ProfileError/unreadable(file:reason:)`` when the directory cannot be read; nothing changes then.
    public mutating func reload() throws(ProfileError) -> [Change] {
        let image = try Self.image(of: directory)
        (imageRead, imageSeen) = (image, image)
        var next: [String: RobotProfile] = [:]
        var nextOrigins: [String: String] = [:]
        var broken: [Failure] = []
        for file in image.keys.sorted() {
            do throws(ProfileError) {
                let profile = try RobotProfile(file: file)
                if let other = nextOrigins.first(where: { $0.value == profile.name })?.key {
                    throw ProfileError.invalid([
                        ProfileFinding(
                            path: "/name", problem: "\"\(profile.name)\" is the name of \(other) too",
                            remedy: "a name of its own")
                    ])
                }
                next[profile.name] = profile
                nextOrigins[file] = profile.name
            } catch {
                broken.append(Failure(file: file, error: error))
            }
        }
        for failure in broken {
            guard let name = origins[failure.file], let old = profiles[name], next[name] == nil else { continue }
            next[name] = old
            nextOrigins[failure.file] = name
        }
        defer { (profiles, origins, failures) = (next, nextOrigins, broken) }
        return next.keys.sorted().compactMap { name in
            guard let old = profiles[name] else { return .added(name) }
            return old.contentHash == next[name]?.contentHash ? nil : .replaced(name)
        } + profiles.keys.sorted().filter { next[$0] == nil }.map(Change.removed)
            + broken.filter { !failures.contains($0) }.map { .refused($0, inForce: nextOrigins[$0.file]) }
    }

    /// Reads the directory again if its files have changed since, and not any more since the last call: a file that is
    /// being written is left alone. Meant to be called once in a second or so.
    public mutating func reloadIfChanged() throws(ProfileError) -> [Change] {
        let image = try Self.image(of: directory)
        defer { imageSeen = image }
        return image != imageRead && image == imageSeen ? try reload() : []
    }

    /// What tells one state of a file from another without reading it.
    private struct FileStamp: Hashable {
        var inode: UInt
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    private static func image(of directory: String) throws(ProfileError) -> [String: FileStamp] {
        let files: [String]
        do { files = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw .unreadable(
                file: directory, reason: "found no readable folder, expected one of robot profiles (*.json)")
        }
        var image: [String: FileStamp] = [:]
        for name in files where name.hasSuffix(".json") && name != "schema.json" {
            var status = stat()
            _ = stat(directory + "/" + name, &status)
            image[directory + "/" + name] = FileStamp(
                inode: status.st_ino, size: status.st_size, seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec)
        }
        return image
    }
}
