internal import FoundationEssentials
internal import Glibc
package import Messaging
package import Wire

/// A client that may connect, and what it may do.
package struct AllowedClient: Hashable, Sendable {
    /// Its name, that of its file.
    package var name: String
    /// What it may do.
    package var role: Role
    /// Its public key.
    package var key: CurveKey

    package init(name: String, role: Role, key: CurveKey) {
        self.name = name
        self.role = role
        self.key = key
    }
}

/// The folder of keys: `server.json` with the daemon's own pair, and in `clients/` one file for each client that may connect.
package struct KeyFolder: Hashable, Sendable {
    /// Where it is.
    package let path: String
    /// The file of the daemon's keys; systemd's credentials may hold it instead of the folder.
    package let serverFile: String
    private var clientsPath: String { path + "/clients" }

    /// The folder at `path`; `CREDENTIALS_DIRECTORY` comes before its `server.json`.
    package init(path: String, environment: [String: String] = [:]) {
        self.path = path
        let credential = environment["CREDENTIALS_DIRECTORY"].map { $0 + "/server.json" }
        serverFile = credential.flatMap { access($0, R_OK) == 0 ? $0 : nil } ?? path + "/server.json"
    }

    // MARK: Reading

    /// The daemon's own keys.
    package func server() throws(KeyError) -> CurveKeyPair {
        let file = try KeyFile(serverFile)
        var status = stat()
        guard stat(serverFile, &status) == 0, status.st_mode & 0o007 == 0 else {
            throw KeyError(serverFile, "others may read this secret; chmod 600 it")
        }
        return try file.pair()
    }

    /// All clients that may connect, by name.
    ///
    /// - Throws: When any of the files cannot be used, or two hold the same key.
    package func clients() throws(KeyError) -> [AllowedClient] {
        var clients: [AllowedClient] = []
        let files: [String]
        do { files = try FileManager.default.contentsOfDirectory(atPath: clientsPath) } catch {
            throw KeyError(clientsPath, "the folder cannot be read")
        }
        for name in files.sorted() where name.hasSuffix(".json") && !name.hasPrefix(".") {
            let file = try KeyFile(clientsPath + "/" + name)
            let client = AllowedClient(
                name: String(name.dropLast(".json".count)), role: try file.role(), key: try file.key("public"))
            if let twin = clients.first(where: { $0.key == client.key }) {
                throw KeyError(file.path, "\(twin.name).json holds the same key")
            }
            clients.append(client)
        }
        return clients
    }

    // MARK: Writing

    /// The daemon's own keys, made now when there are none; and whether they were.
    package func makeServer() throws(KeyError) -> (keys: CurveKeyPair, isNew: Bool) {
        if access(serverFile, F_OK) == 0 { return (try server(), false) }
        let pair: CurveKeyPair
        do throws(MessagingError) { pair = try CurveKeyPair.make() } catch { throw KeyError(serverFile, "\(error)") }
        // Others may list the clients, which are no secret; a service under another user has to read them.
        try KeyFile.makeFolder(path, mode: 0o755)
        try KeyFile.makeFolder(clientsPath, mode: 0o755)
        try KeyFile.write(
            ["public": .string(pair.publicKey.text), "secret": .string(pair.secretKey.text)], to: serverFile,
            mode: 0o600)
        return (pair, true)
    }

    /// Lets a client in from the next reading on.
    package func add(_ client: AllowedClient) throws(KeyError) {
        guard KeyFolder.isName(client.name) else {
            throw KeyError(clientsPath, "\"\(client.name)\" is no name; expected letters, digits, - and _, at most 64")
        }
        try KeyFile.makeFolder(clientsPath, mode: 0o755)
        let file = clientsPath + "/\(client.name).json"
        guard access(file, F_OK) != 0 else { throw KeyError(file, "it is there already; revoke it first") }
        if access(serverFile, F_OK) == 0, let twin = try clients().first(where: { $0.key == client.key }) {
            throw KeyError(file, "\(twin.name).json holds the same key")
        }
        try KeyFile.write(
            ["role": .string(client.role.rawValue), "public": .string(client.key.text)], to: file, mode: 0o644)
    }

    /// Keeps a client out from the next reading on.
    package func revoke(_ name: String) throws(KeyError) {
        let file = clientsPath + "/\(name).json"
        guard KeyFolder.isName(name), unlink(file) == 0 else { throw KeyError(file, "there is no such client") }
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }
}

/// Why a key cannot be used.
package struct KeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or folder.
    package var path: String
    /// What is wrong with it.
    package var reason: String

    package init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}
