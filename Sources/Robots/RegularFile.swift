import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads files of bounded size; no device, pipe or folder, which might have no end.
enum RegularFile {
    enum Failure: Error {
        /// There is no regular file of that name that may be read.
        case unreadable
        /// It has that many bytes.
        case tooLarge(Int)
    }

    /// All bytes of the file at `path`, which has `limit` at most.
    static func contents(of path: String, atMost limit: Int) throws(Failure) -> Data {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .unreadable }
        guard status.st_size <= limit else { throw .tooLarge(Int(status.st_size)) }
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable }
        return data
    }
}
