#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whole files in and out.
package enum FileBytes {
    /// Bytes of a file that are read where the caller knows no narrower bound.
    package static let greatestSize = 2 << 30

    /// All bytes of a regular file, which has `limit` at most; a pipe or a device is refused without waiting for it.
    package static func contents(of path: String, atMost limit: Int = greatestSize) throws(TensorFileError) -> [UInt8] {
        func failure(_ found: String, _ expected: String = "a regular, readable file") -> TensorFileError {
            TensorFileError(kind: .unreadable, file: path, entry: nil, found: found, expected: expected)
        }
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw failure(lastProblem()) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(lastProblem()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure("something else") }
        let size = Int(status.st_size)
        guard size <= limit else { throw failure("\(size) bytes", "\(limit) at most") }
        var problem: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(file, buffer.baseAddress?.advanced(by: count), size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { problem = lastProblem() }
                if got <= 0 { break }
                count += got
            }
        }
        if let problem { throw failure(problem) }
        return bytes
    }

    /// Makes `bytes` the contents of the file, all or nothing: written beside it, synced and renamed over it.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(TensorFileError) {
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = "\(path).\(suffix).partial"
        func failure() -> TensorFileError {
            let error = TensorFileError(
                kind: .unwritable, file: path, entry: nil, found: lastProblem(), expected: "a place that can be written"
            )
            unlink(temporary)
            return error
        }
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw failure() }
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { write(file, $0.baseAddress?.advanced(by: done), $0.count - done) }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else {
                defer { close(file) }
                throw failure()
            }
            done += put
        }
        let synced = fsync(file)
        guard close(file) == 0, synced == 0, rename(temporary, path) == 0 else { throw failure() }
        syncFolder(of: path)
    }

    /// Makes the rename itself durable; some file systems refuse, and the file is complete all the same.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }

    private static func lastProblem() -> String { String(cString: strerror(errno)) }
}
