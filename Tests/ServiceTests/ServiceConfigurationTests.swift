import Service
import Testing

@Suite struct ServiceConfigurationTests {
    @Test func `nothing needs to be configured`() throws {
        let configuration = ServiceConfiguration(environment: [:], executable: "/usr/bin/kmmd")
        #expect(configuration.robots == ["unitree_g1"])
        #expect(configuration.modelsDirectory == "/usr/share/kmmd/Models")
        #expect(configuration.profilesDirectory == "/usr/share/kmmd/RobotProfiles")
        #expect(configuration.endpoints.command == "tcp://127.0.0.1:5771")
        try configuration.validate()
    }

    @Test func `the environment comes before the defaults`() {
        let configuration = ServiceConfiguration(
            environment: [
                "KMMD_DATA": "/data", "KMMD_PROFILES": "/mine", "KMMD_ROBOT": "a, b",
                "KMMD_ENDPOINT_STREAM": "ipc:///run/s",
            ])
        #expect(configuration.modelsDirectory == "/data/Models")
        #expect(configuration.profilesDirectory == "/mine")
        #expect(configuration.robots == ["a", "b"])
        #expect(configuration.endpoints.stream == "ipc:///run/s")
    }

    @Test func `data lies beside the package root of the program`() {
        let root = #filePath.components(before: "/Tests/")
        let configuration = ServiceConfiguration(
            environment: [:], executable: root + "/.build/x86_64-unknown-linux-gnu/debug/kmmd")
        #expect(configuration.profilesDirectory == root + "/RobotProfiles")
    }

    @Test(arguments: ["tcp://0.0.0.0:5771", "tcp://*:5771", "tcp://192.168.1.5:5771", "tcp://eth0:1"])
    func `an endpoint open to other hosts is refused unless allowed`(endpoint: String) throws {
        var configuration = ServiceConfiguration(environment: ["KMMD_ENDPOINT_COMMAND": endpoint])
        #expect(throws: StartError.self) { try configuration.validate() }
        configuration.allowsPlaintext = true
        try configuration.validate()
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
