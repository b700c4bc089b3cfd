internal import FoundationEssentials
internal import Glibc
internal import ServiceCore

/// The secret that commands over HTTP have to show: a file in the state folder, made at the first start.
enum AccessToken {
    /// The token of a folder, and its file.
    ///
    /// - Throws: `invalidConfiguration` when it can neither be read nor made, or others may read it.
    static func load(in folder: String) throws(StartError) -> (token: String, file: String) {
        let file = folder + "/http.token"
        func fail(_ reason: String) -> StartError { .invalidConfiguration("\(file): \(reason)") }
        if access(file, F_OK) != 0 {
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw fail(String(cString: strerror(errno))) }
            defer { close(descriptor) }
            var generator = SystemRandomNumberGenerator()
            let digits = Array("0123456789abcdef".utf8)
            let bytes = (0..<64).map { _ in digits[Int(generator.next() % 16)] } + [UInt8(ascii: "\n")]
            guard write(descriptor, bytes, bytes.count) == bytes.count else {
                throw fail(String(cString: strerror(errno)))
            }
        }
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & 0o007 == 0 else {
            throw fail("others may read this secret; chmod 600 it")
        }
        let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let token = text.filter { !$0.isWhitespace }
        guard token.utf8.count >= 32 else { throw fail("a token of at least 32 characters is expected; remove it") }
        return (token, file)
    }
}
