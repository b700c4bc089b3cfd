internal import FoundationEssentials
internal import Glibc
internal import Robots
internal import ServiceCore

/// The secret that commands over HTTP have to show: a file in the state folder, made at the first start.
enum AccessToken {
    /// The token of a folder, its file, and why there is no token where it cannot be made.
    ///
    /// A file without a token, as a full disk leaves it, is made anew.
    ///
    /// - Throws: `invalidConfiguration` when others may read it, or it holds something else.
    static func load(in folder: String) throws(StartError) -> (token: String?, file: String, problem: String?) {
        let file = folder + "/http.token"
        func fail(_ reason: String) -> StartError { .invalidConfiguration("\(file): \(reason)") }
        if read(file) == "" {
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if !make(file) { return (nil, file, String(cString: strerror(errno))) }
        }
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & 0o007 == 0 else {
            throw fail("others may read this secret; chmod 600 it")
        }
        guard let token = read(file), token.utf8.count >= 32 else {
            throw fail("a token of at least 32 characters is expected; remove it")
        }
        return (token, file, nil)
    }

    /// What a file holds; nothing where there is none, and nil where it cannot be read.
    private static func read(_ file: String) -> String? {
        guard access(file, F_OK) == 0 else { return "" }
        guard let bytes = try? RegularFile.contents(of: file, atMost: 4096) else { return nil }
        return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }

    /// Writes a new token beside the file and gives it its name when it is whole; false, with `errno`, when that cannot be.
    private static func make(_ file: String) -> Bool {
        let new = "\(file).\(getpid())"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        let bytes = (0..<64).map { _ in digits[Int(generator.next() % 16)] } + [UInt8(ascii: "\n")]
        errno = 0
        let isMade =
            write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0 && rename(new, file) == 0
        // A disk that is nearly full takes a part.
        let why = errno == 0 ? ENOSPC : errno
        close(descriptor)
        if !isMade { unlink(new) }
        errno = why
        return isMade
    }
}
