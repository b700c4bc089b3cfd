import ArgumentParser
import Foundation
import JSON
import Messaging
import Service
import Wire

/// Keys of the daemon and of those who may connect to it.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list, add and revoke the keys of clients.",
        discussion: """
            A daemon with --keys FOLDER encrypts its sockets (CURVE) and lets in only clients whose keys are in FOLDER. \
            Roles: observe (ask and listen), command (also move and stop robots), operator (also reset, reload, record \
            and replay). A running daemon takes up changes with `kmmctl reload` or SIGHUP.

            Examples:
              kmmctl keys make anna --role operator -o anna.key.json
              kmmctl keys list
              kmmctl keys revoke anna && kmmctl reload
            """,
        subcommands: [KeysMake.self, KeysList.self, KeysAdd.self, KeysRevoke.self])
}

/// Where the keys are.
struct KeyFolderOptions: ParsableArguments {
    @Option(help: "Folder of the keys.")
    var keys = KeyFolderOptions.defaultFolder

    var folder: KeyFolder { KeyFolder(path: keys) }

    /// That of the configuration, else a folder beside its file.
    private static var defaultFolder: String {
        let environment = ProcessInfo.processInfo.environment
        let configured = ServiceConfiguration.configured(environment: environment).keysDirectory
        return configured ?? ServiceConfiguration.configurationDirectory(environment: environment) + "/keys"
    }

    /// What `body` returns; what is wrong with keys becomes an error of the tool.
    func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as KeyError { throw ControlError.badInput("\(error)") }
    }
}

extension Role {
    /// Reads what a flag says.
    fileprivate static func argument(_ text: String) throws -> Role {
        guard let role = Role(rawValue: text) else {
            throw ValidationError("there is no role \"\(text)\"; expected observe, command or operator")
        }
        return role
    }
}

/// Makes a pair and lets its owner in.
struct KeysMake: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Make a client's keys and let it in; the daemon's own are made with the first.",
        discussion: """
            Example:
              kmmctl keys make anna --role operator -o anna.key.json
            """)

    @Argument(help: "Name of the client: letters, digits, - and _.")
    var name: String
    @Option(help: "observe, command or operator.", transform: Role.argument)
    var role = Role.command
    @Option(
        name: .shortAndLong, help: "File for the client's keys, the secret one among them; NAME.key.json if not given.")
    var output: String?
    @OptionGroup var options: KeyFolderOptions
    @OptionGroup var printing: JSONOption

    func run() throws {
        try options.attempt {
            let server = try options.folder.makeServer()
            if server.isNew, !printing.json { print("made the daemon's keys: \(options.folder.serverFile)") }
            let pair = try CurveKeyPair.make()
            let file = output ?? "\(name).key.json"
            try options.folder.add(AllowedClient(name: name, role: role, key: pair.publicKey))
            do {
                try KeyFile.write(pair, server: server.keys.publicKey, to: file)
            } catch {
                try? options.folder.revoke(name)
                throw error
            }
            printing.tell(
                "\(name) may connect as \(role.rawValue) with the keys in \(file); keep them secret",
                ["name": .string(name), "role": .string(role.rawValue), "file": .string(file)])
        }
    }
}

/// Shows who may connect.
struct KeysList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show who may connect.",
        discussion: """
            Example:
              kmmctl keys list --json
            """)
    @OptionGroup var options: KeyFolderOptions
    @OptionGroup var printing: JSONOption

    func run() throws {
        try options.attempt {
            let daemon = try options.folder.server().publicKey
            let clients = try options.folder.clients()
            guard !printing.json else {
                let list = clients.map { client -> JSONValue in
                    [
                        "name": .string(client.name), "role": .string(client.role.rawValue),
                        "key": .string("\(client.key)"),
                    ]
                }
                return print((["daemon": .string("\(daemon)"), "clients": .array(list)] as JSONValue).text)
            }
            print("daemon  \(daemon)")
            let width = clients.map(\.name.count).max() ?? 0
            for client in clients {
                let name = client.name.padding(toLength: width, withPad: " ", startingAt: 0)
                print(
                    "\(name)  \(client.role.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0))  \(client.key)")
            }
        }
    }
}

/// Lets in a client that made its keys itself.
struct KeysAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Let in a client that has made its keys itself.",
        discussion: """
            Example:
              kmmctl keys add anna 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' --role observe
            """)

    @Argument(help: "Name of the client: letters, digits, - and _.")
    var name: String
    @Argument(help: "Its public key, 40 characters.")
    var key: String
    @Option(help: "observe, command or operator.", transform: Role.argument)
    var role = Role.command
    @OptionGroup var options: KeyFolderOptions
    @OptionGroup var printing: JSONOption

    func run() throws {
        guard let key = CurveKey(key) else { throw ValidationError("\"\(key)\" is no key of 40 characters (Z85)") }
        try options.attempt { try options.folder.add(AllowedClient(name: name, role: role, key: key)) }
        printing.tell(
            "\(name) may connect as \(role.rawValue)", ["name": .string(name), "role": .string(role.rawValue)])
    }
}

/// Keeps a client out.
struct KeysRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Keep a client out.",
        discussion: """
            Example:
              kmmctl keys revoke anna && kmmctl reload
            """)

    @Argument(help: "Name of the client.")
    var name: String
    @OptionGroup var options: KeyFolderOptions
    @OptionGroup var printing: JSONOption

    func run() throws {
        try options.attempt { try options.folder.revoke(name) }
        printing.tell(
            "\(name) may connect no more, once the daemon has read its keys again", ["revoked": .string(name)])
    }
}
