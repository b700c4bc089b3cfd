import Glibc
import Publishing
import Service
import ServiceCore
import Testing
import Wire

@Suite struct ServiceConfigurationTests {
    private func load(
        _ text: String? = nil, _ environment: [String: String] = [:], _ flags: LoadedConfiguration.Flags = []
    ) throws -> LoadedConfiguration {
        try LoadedConfiguration(
            file: text.map(Self.file) ?? "", environment: environment, flags: flags, executable: "/usr/bin/kmmd")
    }

    private static func file(_ text: String) -> String {
        var path = Array("/tmp/kmmd-config-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        _ = write(descriptor, text, text.utf8.count)
        close(descriptor)
        return String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    @Test func `nothing needs to be configured`() throws {
        let configuration = try load().configuration
        #expect(configuration.robots == ["unitree_g1"])
        #expect(configuration.modelsDirectory == "/usr/share/kmmd/Models")
        #expect(configuration.profilesDirectory == "/usr/share/kmmd/RobotProfiles")
        #expect(configuration.endpoints.command == "tcp://127.0.0.1:5771")
        #expect(configuration.keysDirectory == nil)
    }

    @Test func `recordings lie beside the journal, wherever that was put, unless they have a folder of their own`()
        throws
    {
        #expect(
            try load(nil, [:], [("state", "state", "/here")]).configuration.recordingsDirectory == "/here/recordings")
        #expect(try load(nil, ["KMMD_STATE": "/there"]).configuration.recordingsDirectory == "/there/recordings")
        let own = ["KMMD_STATE": "/there", "KMMD_RECORDINGS": "/own"]
        #expect(try load(nil, own).configuration.recordingsDirectory == "/own")
    }

    @Test func `a configuration that is a pipe is refused, not waited for`() throws {
        let path = Self.file("")
        unlink(path)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(throws: ConfigurationError.self) { try LoadedConfiguration(file: path, environment: [:]) }
        unlink(path)
    }

    @Test func `flags come before the environment, that before the file, that before the defaults`() throws {
        let text = """
            {
              "$comment": "of the test",
              "models": "/file", "profiles": "/file",
              "clips": "/file",
              "endpoints": {"stream": "ipc:///file"}
            }
            """
        let environment = ["KMMD_DATA": "/data", "KMMD_PROFILES": "/environment", "KMMD_CLIPS": "/environment"]
        let loaded = try load(text, environment, [("clips", "clips", "/flag")])
        let configuration = loaded.configuration
        #expect(configuration.modelsDirectory == "/file")
        #expect(configuration.profilesDirectory == "/environment")
        #expect(configuration.clipsDirectory == "/flag")
        #expect(configuration.endpoints.stream == "ipc:///file")
        let file = try #require(loaded.file)
        #expect(loaded.origin(of: "models") == .file(file, line: 3))
        #expect(loaded.origin(of: "endpoints.stream") == .file(file, line: 5))
        #expect(loaded.origin(of: "profiles") == .environment("KMMD_PROFILES"))
        #expect(loaded.origin(of: "clips") == .flag("clips"))
        #expect(loaded.origin(of: "state") == .builtIn)
    }

    @Test func `robots have sections of their own`() throws {
        let text = """
            {"robots": {
              "a": {"rate": 100, "sinks": ["sonic,look_ahead=10", "twist2"], "source": "sonic", "at_end": "stand"},
              "b": {"sinks": ["holomotion"]},
              "c": {}
            }}
            """
        let all = try load(text).configuration
        #expect(all.robots == ["a", "b", "c"])
        #expect(all.rates == ["a": 100])
        #expect(all.atEnd == ["a": .stand])
        #expect(all.sinks.map(\.robot) == ["a", "a", "b"])
        #expect(all.sinks.map(\.format.name) == ["sonic", "twist2", "holomotion"])
        #expect(all.sources.map(\.robot) == ["a"])
        // Sections of robots that are not active are passed over; lists of flags take the place of all.
        #expect(try load(text, ["KMMD_ROBOT": "b, c"]).configuration.sinks.map(\.format.name) == ["holomotion"])
        let flags = [("sink", "sink", "c:obs65")]
        #expect(try load(text, [:], flags).configuration.sinks.map(\.format.name) == ["obs65"])
    }

    @Test(
        arguments: [
            (#"{"modells": "/x"}"#, 1, "did you mean \"models\"?"),
            ("{\n \"endpoints\": {\n  \"comand\": \"x\"}}", 3, "did you mean \"command\"?"),
            ("{\n \"robots\": {\"a\": {\n  \"sink\": []}}}", 3, "did you mean \"sinks\"?"),
            ("{\"robots\": {\"a\": {\"sinks\": [\n\"sonik\"]}}}", 1, "known: sonic"),
            ("{\"robots\": {\"a\":\n {\"rate\": 1000}}}", 2, "30 to 500"),
            ("{\"robots\": {\"a\":\n {\"at_end\": \"fall\"}}}", 2, "\"hold\" or \"stand\""),
            ("{\"robots\": []}", 1, "an object"),
            ("{\"security\": {\"rate_limit\": \"many\"}}", 1, "a number from 0"),
            ("{\n\"log\": {\"level\": \"warn\"}}", 2, "did you mean \"warning\"?"),
            ("{\"log\": 3}", 1, "expected an object"),
            ("{\n\n\"models\": }", 3, "a value is expected"),
            ("[]", 1, "an object is expected"),
            ("", 1, "a value is expected"),
            (#"{"models": ""}"#, 1, "a text that is not empty"),
        ])
    func `what is wrong in a file is told with its line and what would be right`(
        text: String, line: Int, remedy: String
    ) throws {
        let file = Self.file(text)
        let findings = LoadedConfiguration.findings(in: file)
        #expect(findings.count == 1)
        #expect(findings.first?.place == "\(file):\(line)")
        #expect(findings.first?.problem.contains(remedy) == true, "\(findings)")
    }

    @Test func `everything that is wrong is told at once`() throws {
        let file = Self.file("{\"a\": 1,\n\"models\": 2,\n\"http\": \"x\"}")
        #expect(LoadedConfiguration.findings(in: file).count >= 2)
        #expect(LoadedConfiguration.findings(in: "/nowhere/kmmd.json").first?.place == "/nowhere/kmmd.json")
        let error = #expect(throws: ConfigurationError.self) {
            try load(nil, ["KMMD_RATE_LIMIT": "x", "KMMD_SINKS": "nothing"], [("log.level", "log-level", "loud")])
        }
        #expect(error?.findings.map(\.place) == ["KMMD_RATE_LIMIT", "KMMD_SINKS", "--log-level"])
    }

    @Test func `data lies beside the package root of the program`() throws {
        let root = #filePath.components(before: "/Tests/")
        let configuration = try LoadedConfiguration(
            file: "", environment: [:], executable: root + "/.build/x86_64-unknown-linux-gnu/debug/kmmd")
        #expect(configuration.configuration.profilesDirectory == root + "/RobotProfiles")
    }

    @Test(arguments: ["tcp://0.0.0.0:5771", "tcp://*:5771", "tcp://192.168.1.5:5771", "tcp://eth0:1"])
    func `an endpoint open to other hosts needs keys or is refused unless allowed`(endpoint: String) throws {
        let environment = ["KMMD_ENDPOINT_COMMAND": endpoint]
        #expect(throws: ConfigurationError.self) { try load(nil, environment) }
        _ = try load(nil, environment, [("security.allow_plaintext", "allow-plaintext", "true")])
        _ = try load(nil, environment.merging(["KMMD_KEYS": "/keys"]) { $1 })
        // No key protects what has to speak a receiver's format.
        #expect(throws: ConfigurationError.self) {
            try load(nil, ["KMMD_SINKS": "sonic=\(endpoint)", "KMMD_KEYS": "/keys"])
        }
    }

    @Test(arguments: [[], ["a", "a"], [""]])
    func `robots are named once each`(robots: [String]) {
        var configuration = ServiceConfiguration(environment: [:])
        configuration.robots = robots
        #expect(throws: StartError.self) { try configuration.validate() }
    }
}

extension String {
    fileprivate func components(before marker: String) -> String {
        var prefix = self[...]
        while !prefix.isEmpty, !self[prefix.endIndex...].hasPrefix(marker) { prefix = prefix.dropLast() }
        return String(prefix)
    }
}
