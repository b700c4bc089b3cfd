package import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads files of bounded size; no device, pipe or folder, which might have no end.
package enum RegularFile {
    package enum Failure: Error, CustomStringConvertible {
        /// There is no regular file of that name that may be read.
        case unreadable
        /// It has that many bytes.
        case tooLarge(Int)

        package var description: String {
            switch self {
            case .unreadable: "it is no regular file that may be read"
            case .tooLarge(let size): "it has \(size) bytes, which are too many"
            }
        }
    }

    /// All bytes of the file at `path`, which has `limit` at most. Waits for no writer of a pipe, as opening one would.
    package static func contents(of path: String, atMost limit: Int) throws(Failure) -> Data {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw .unreadable }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .unreadable }
        guard status.st_size <= limit else { throw .tooLarge(Int(status.st_size)) }
        var data = Data(count: Int(status.st_size))
        var done = 0
        while done < data.count {
            let rest = data.count - done
            let got = data.withUnsafeMutableBytes { read(file, $0.baseAddress?.advanced(by: done), rest) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .unreadable }
            if got == 0 { break }
            done += got
        }
        return data.prefix(done)
    }
}
