internal import FoundationEssentials
internal import Glibc
internal import HumanBody
internal import HumanMotion
internal import KMM
internal import Robots
package import Wire

/// The motion files that `play` may name: those below one folder, and no others.
package struct ClipLibrary: Sendable {
    /// Longest clip, seconds.
    static let longest = 600.0
    /// Most frames of a file: the longest clip at 400 frames a second.
    static let mostFrames = 240_000
    /// Bytes of a file, inflated: the longest clip at 120 frames a second as AMASS keeps it, with some to spare.
    static let greatestSize = 128 << 20
    private let folder: String?

    /// A library of the files in a folder; nil for none.
    package init(folder: String?) { self.folder = folder }

    /// Refuses what is no file of this library, before anything is read.
    package func check(_ name: String) throws(RequestError) {
        func refuse(_ reason: String) -> RequestError { RequestError(.unknownMotion, reason, field: "body.file") }
        guard let folder else { throw refuse("this daemon has no folder of motion files; start it with --clips") }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") }), !name.contains("\0") else {
            throw refuse("\"\(name.prefix(64))\" is no plain path below the folder of motion files")
        }
        guard [".bvh", ".npz"].contains(where: name.lowercased().hasSuffix) else {
            throw refuse("\"\(name.prefix(64))\" is neither .bvh nor .npz")
        }
        // A link could lead out of the folder.
        guard let real = realpath(folder + "/" + name, nil), let root = realpath(folder, nil) else {
            throw refuse("there is no motion file \"\(name.prefix(64))\"")
        }
        defer {
            free(real)
            free(root)
        }
        guard String(cString: real).hasPrefix(String(cString: root) + "/"), access(real, R_OK) == 0 else {
            throw refuse("\"\(name.prefix(64))\" may not be read")
        }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refuse("\"\(name.prefix(64))\" is no regular file")
        }
    }

    /// The frames of a file at the generator's rate, on the floor and with foot contacts.
    func frames(of name: String) throws -> [HumanFrame] {
        var options = MotionFile.Options()
        options.frameRate = MotionGenerator.frameRate
        options.greatestSize = ClipLibrary.greatestSize
        options.longest = ClipLibrary.longest
        let clip: HumanClip
        do {
            clip = try MotionFile(path: (folder ?? "") + "/" + name, options: options).clip
        } catch {
            // Clients know the name, not the folder.
            let reason = error.reason.replacing(error.path, with: name)
            throw ClipError.unreadable(reason.contains(name) ? reason : "\(name): \(reason)")
        }
        try ClipLibrary.check(frames: clip.frames.count, rate: clip.frameRate)
        guard clip.frames.count > 1 else { throw ClipError.empty }
        return clip.frames
    }

    /// Refuses what is too long.
    private static func check(frames: Int, rate: Double) throws(ClipError) {
        guard frames <= mostFrames else { throw .tooManyFrames(frames) }
        guard Double(frames) / rate <= longest else { throw .tooLong(seconds: Double(frames) / rate) }
    }
}

/// Why a motion file cannot be played.
enum ClipError: Error, Hashable, CustomStringConvertible {
    case tooLong(seconds: Double)
    case tooManyFrames(Int)
    case empty
    case unreadable(String)
    case tooSlow
    case busy

    var description: String {
        switch self {
        case .tooLong(let seconds): "the motion lasts \(seconds) s; at most \(ClipLibrary.longest) s are played"
        case .unreadable(let reason): reason
        case .tooManyFrames(let count): "the motion has \(count) frames; at most \(ClipLibrary.mostFrames) are played"
        case .empty: "the motion has fewer than two frames"
        case .tooSlow: "the file could not be read within \(ClipReading.patience / 1_000_000_000) s"
        case .busy: "\(ClipReading.most) files that could not be read in time are still being read"
        }
    }
}
