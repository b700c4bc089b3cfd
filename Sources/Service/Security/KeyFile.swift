internal import FoundationEssentials
internal import Glibc
package import Messaging
internal import Robots
internal import Wire

/// A file of keys: one JSON object, with `public`, and `secret`, `role` or `server` where they belong.
package struct KeyFile: Sendable {
    /// Where it is.
    package let path: String
    private let value: JSONValue

    /// Reads a file.
    package init(_ path: String) throws(KeyError) {
        guard let bytes = try? RegularFile.contents(of: path, atMost: 1 << 16) else {
            throw KeyError(path, access(path, F_OK) == 0 ? "it is no file that can be read" : "there is no such file")
        }
        do throws(JSONSyntaxError) { value = try JSONValue(parsing: bytes) } catch {
            throw KeyError(path, "it is no JSON: \(error.reason)")
        }
        self.path = path
    }

    /// A key by its member's name.
    func key(_ name: String) throws(KeyError) -> CurveKey {
        guard let key = value[name]?.string.flatMap({ CurveKey($0) }) else {
            throw KeyError(path, "\"\(name)\" has to be a key of 40 characters (Z85)")
        }
        return key
    }

    /// The pair of the secret key.
    func pair() throws(KeyError) -> CurveKeyPair {
        let secret = try key("secret")
        let pair: CurveKeyPair
        do throws(MessagingError) { pair = try CurveKeyPair(secretKey: secret) } catch {
            throw KeyError(path, "\(error)")
        }
        guard pair.publicKey == (try key("public")) else {
            throw KeyError(path, "\"public\" does not go with \"secret\"")
        }
        return pair
    }

    func role() throws(KeyError) -> Role {
        guard let role = value["role"]?.string.flatMap(Role.init(rawValue:)) else {
            throw KeyError(
                path, "\"role\" has to be one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return role
    }

    /// How a client connects that owns the file, as `kmmctl keys make` writes it.
    package func client() throws(KeyError) -> Socket.Security { .client(try pair(), server: try key("server")) }

    /// Writes the file of a client's own keys, which must not be there yet.
    package static func write(_ keys: CurveKeyPair, server: CurveKey, to path: String) throws(KeyError) {
        try write(
            [
                "public": .string(keys.publicKey.text), "secret": .string(keys.secretKey.text),
                "server": .string(server.text),
            ], to: path, mode: 0o600)
    }

    static func write(_ value: JSONValue, to path: String, mode: mode_t) throws(KeyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw KeyError(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let bytes = Array((value.formatted() + "\n").utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw KeyError(path, String(cString: strerror(errno)))
        }
    }

    static func makeFolder(_ path: String, mode: Int) throws(KeyError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        } catch {
            throw KeyError(path, "the folder cannot be made")
        }
    }
}
