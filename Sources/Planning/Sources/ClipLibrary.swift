internal import FoundationEssentials
internal import Glibc
internal import HumanBody
internal import HumanMotion
internal import KMM
package import Wire

/// The motion files that `play` may name: those below one folder, and no others.
package struct ClipLibrary: Sendable {
    /// Longest clip, seconds.
    static let longest = 600.0
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
        guard name.hasSuffix(".bvh") || name.hasSuffix(".npz") else {
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
    }

    /// The frames of a file at the generator's rate, on the floor and with foot contacts.
    func frames(of name: String) throws -> [HumanFrame] {
        let path = (folder ?? "") + "/" + name
        let rate = MotionGenerator.frameRate
        var clip: HumanClip
        if name.hasSuffix(".bvh") {
            clip = try SMPLConversion(BVH([UInt8](try Data(contentsOf: URL(filePath: path))))).clip(frameRate: rate)
        } else {
            clip = try AMASS.read(path: path).resampled(to: rate)
            clip.standOnFloor()
            if clip.frames.allSatisfy({ $0.contacts == .none }) { clip.detectContacts() }
        }
        guard clip.duration <= ClipLibrary.longest else { throw ClipError.tooLong(seconds: clip.duration) }
        guard clip.frames.count > 1 else { throw ClipError.empty }
        return clip.frames
    }
}

/// Why a motion file cannot be played.
enum ClipError: Error, Hashable, CustomStringConvertible {
    case tooLong(seconds: Double)
    case empty

    var description: String {
        switch self {
        case .tooLong(let seconds): "the motion lasts \(seconds) s; at most \(ClipLibrary.longest) s are played"
        case .empty: "the motion has fewer than two frames"
        }
    }
}
