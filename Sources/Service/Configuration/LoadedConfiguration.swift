internal import FoundationEssentials
internal import Glibc
internal import Publishing
internal import Robots
internal import ServiceCore
public import Wire

/// A configuration, and where each of its values comes from: built in, then a file, the environment, flags, each before
/// the one ahead of it.
public struct LoadedConfiguration: Sendable {
    /// Where a value comes from.
    public enum Origin: Hashable, Sendable, CustomStringConvertible {
        /// The daemon's own default.
        case builtIn
        /// A line of the file.
        case file(String, line: Int)
        /// An environment variable.
        case environment(String)
        /// A flag.
        case flag(String)

        /// The origin for a person.
        public var description: String {
            switch self {
            case .builtIn: "default"
            case .file(let path, let line): "\(path):\(line)"
            case .environment(let name): name
            case .flag(let name): "--\(name)"
            }
        }
    }

    /// What flags say, as text; by the names of settings, and `robot`, `sink` and `source`.
    public typealias Flags = [(setting: String, flag: String, text: String)]

    /// The configuration; not yet validated as a whole.
    public private(set) var configuration: ServiceConfiguration
    /// Where the settings come from that are not built in, by name.
    public private(set) var origins: [String: Origin] = [:]
    /// The file that was read.
    public let file: String?
    private var findings: [ConfigurationError.Finding] = []
    /// Bytes of a file, at most.
    private static let greatestSize = 1 << 20
    private var sections: [Section] = []

    private struct Section {
        var robot: String
        var sinks: [SinkConfiguration] = []
        var source: SourceConfiguration?
    }

    /// Reads everything.
    ///
    /// The file is `file`, else that of `KMMD_CONFIG`, else `kmmd.json` in `$CONFIGURATION_DIRECTORY`, `/etc/kmmd` (root) or
    /// the folder of the XDG base directories (others) if it is there.
    ///
    /// - Throws: All that is wrong, with its places.
    public init(
        file: String? = nil, environment: [String: String], flags: Flags = [],
        executable: String? = ServiceConfiguration.executablePath
    ) throws(ConfigurationError) {
        configuration = ServiceConfiguration(environment: environment, executable: executable)
        self.file = LoadedConfiguration.path(file, environment)
        if let file = self.file { read(file) }
        read(environment)
        read(flags)
        applySections()
        // Beside the journal, wherever that was put.
        if origins["recordings"] == nil {
            configuration.recordingsDirectory = configuration.stateDirectory.map { $0 + "/recordings" }
        }
        do throws(StartError) { try configuration.validate() } catch {
            var place = self.file ?? "configuration"
            if case .plaintextRefused(let socket, _) = error, let origin = origins["endpoints." + socket] {
                place = "\(origin)"
            }
            findings.append(.init(place: place, problem: "\(error)"))
        }
        guard findings.isEmpty else { throw ConfigurationError(findings: findings) }
    }

    /// Where a setting's value comes from; `name` may also be one of a robot, such as `robots.unitree_g1.sinks`.
    public func origin(of name: String) -> Origin {
        if let origin = origins[name] { return origin }
        if name.hasSuffix(".sinks"), let origin = origins["sinks"] { return origin }
        if name.hasSuffix(".source"), let origin = origins["sources"] { return origin }
        return .builtIn
    }

    /// Checks one file alone: what is wrong with it.
    public static func findings(in file: String) -> [ConfigurationError.Finding] {
        do throws(ConfigurationError) { _ = try LoadedConfiguration(file: file, environment: [:]) } catch {
            return error.findings
        }
        return []
    }

    private static func path(_ given: String?, _ environment: [String: String]) -> String? {
        if let path = given ?? environment["KMMD_CONFIG"] { return path.isEmpty ? nil : path }
        let path = ServiceConfiguration.configurationDirectory(environment: environment) + "/kmmd.json"
        return access(path, F_OK) == 0 ? path : nil
    }

    // MARK: File

    private mutating func read(_ file: String) {
        guard let bytes = try? RegularFile.contents(of: file, atMost: LoadedConfiguration.greatestSize) else {
            let reason =
                access(file, F_OK) == 0 ? "it is no regular file of 1 MiB that can be read" : "there is no such file"
            return findings.append(.init(place: file, problem: reason))
        }
        let document: (value: JSONValue, lines: [String: Int])
        do throws(JSONSyntaxError) { document = try JSONValue.parsingLines(bytes) } catch {
            return findings.append(.init(place: "\(file):\(error.line(in: bytes))", problem: error.reason))
        }
        guard let members = document.value.members else {
            return findings.append(.init(place: "\(file):1", problem: "an object is expected, as in {\"robots\": {}}"))
        }
        read(members, at: "", in: file, document.lines)
    }

    private mutating func read(
        _ members: [JSONValue.Member], at path: String, in file: String, _ lines: [String: Int]
    ) {
        let prefix = path.isEmpty ? "" : path + "."
        let names = Setting.all.map(\.name).filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        let keys = names.map { String($0.prefix { $0 != "." }) } + (path.isEmpty ? ["robots", "people"] : [])
        for member in members where member.key != "$comment" {
            let place = "\(file):\(lines["/" + (prefix + member.key).replacing(".", with: "/")] ?? 1)"
            if path.isEmpty, member.key == "robots" {
                readRobots(member.value, in: file, lines)
            } else if path.isEmpty, member.key == "people" {
                guard let texts = member.value.array?.map(\.string), !texts.contains(nil) else {
                    findings.append(.init(place: place, problem: "people has to be a list of texts"))
                    continue
                }
                readPeople(texts.compactMap(\.self), .file(file, line: lines["/people"] ?? 1))
            } else if let setting = Setting.all.first(where: { $0.name == prefix + member.key }) {
                if let problem = setting.set(member.value, in: &configuration) {
                    findings.append(.init(place: place, problem: problem))
                }
                origins[setting.name] = .file(file, line: lines["/" + setting.name.replacing(".", with: "/")] ?? 1)
            } else if path.isEmpty, keys.contains(member.key) {
                guard let inner = member.value.members else {
                    findings.append(
                        .init(place: place, problem: "\(member.key) is \(member.value.kind); expected an object"))
                    continue
                }
                read(inner, at: member.key, in: file, lines)
            } else {
                findings.append(
                    .init(place: place, problem: LoadedConfiguration.unknown(prefix + member.key, member.key, keys)))
            }
        }
    }

    private static func unknown(_ name: String, _ key: String, _ known: [String]) -> String {
        let nearest = nearestName(to: key, among: known)
        return "\"\(name)\" is an unknown key; "
            + (nearest.map { "did you mean \"\($0)\"?" } ?? "known are \(Set(known).sorted().joined(separator: ", "))")
    }

    private mutating func readRobots(_ value: JSONValue, in file: String, _ lines: [String: Int]) {
        let place = "\(file):\(lines["/robots"] ?? 1)"
        guard let robots = value.members else {
            return findings.append(
                .init(place: place, problem: "robots is \(value.kind); expected an object with a section for each"))
        }
        configuration.robots = robots.map(\.key).filter { $0 != "$comment" }
        origins["robots"] = .file(file, line: lines["/robots"] ?? 1)
        for robot in robots where robot.key != "$comment" {
            let pointer = "/robots/" + robot.key
            guard let members = robot.value.members else {
                findings.append(
                    .init(
                        place: "\(file):\(lines[pointer] ?? 1)",
                        problem: "robots.\(robot.key) is \(robot.value.kind); expected an object"))
                continue
            }
            var section = Section(robot: robot.key)
            for member in members where member.key != "$comment" {
                if let problem = read(member, into: &section) {
                    findings.append(.init(place: "\(file):\(lines[pointer + "/" + member.key] ?? 1)", problem: problem))
                }
                origins["robots.\(robot.key).\(member.key)"] = .file(
                    file, line: lines[pointer + "/" + member.key] ?? 1)
            }
            sections.append(section)
        }
    }

    private mutating func read(_ member: JSONValue.Member, into section: inout Section) -> String? {
        let name = "robots.\(section.robot).\(member.key)"
        switch member.key {
        case "rate":
            guard let rate = member.value.number, (30...500).contains(rate) else {
                return "\(name) is \(member.value.text); expected 30 to 500, in Hz"
            }
            configuration.rates[section.robot] = rate
        case "at_end":
            guard let end = member.value.string.flatMap(ServiceConfiguration.AtEnd.init(rawValue:)) else {
                return "\(name) is \(member.value.text); expected \"hold\" or \"stand\""
            }
            configuration.atEnd[section.robot] = end
        case "sinks":
            guard let texts = member.value.array?.map(\.string) else { return "\(name) has to be a list of texts" }
            for text in texts {
                guard let text else { return "\(name) has to be a list of texts" }
                do throws(StartError) {
                    section.sinks.append(try SinkConfiguration("\(section.robot):\(text)"))
                } catch { return "\(name): \(error)" }
            }
        case "source":
            guard let text = member.value.string else { return "\(name) is \(member.value.kind); expected a text" }
            do throws(StartError) {
                section.source = try SourceConfiguration("\(section.robot):\(text)")
            } catch { return "\(name): \(error)" }
        default:
            return LoadedConfiguration.unknown(name, member.key, ["rate", "sinks", "source", "at_end"])
        }
        return nil
    }

    // MARK: Environment and flags

    private mutating func read(_ environment: [String: String]) {
        for setting in Setting.all {
            guard let text = environment[setting.variable] else { continue }
            if let problem = setting.set(text: text, in: &configuration) {
                findings.append(.init(place: setting.variable, problem: problem))
            }
            origins[setting.name] = .environment(setting.variable)
        }
        if let text = environment["KMMD_ROBOT"] {
            configuration.robots = text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            origins["robots"] = .environment("KMMD_ROBOT")
        }
        func list(_ name: String) -> [String]? { environment[name]?.split(separator: ";").map(String.init) }
        if let texts = list("KMMD_SINKS") { readSinks(texts, .environment("KMMD_SINKS")) }
        if let texts = list("KMMD_SOURCES") { readSources(texts, .environment("KMMD_SOURCES")) }
        if let texts = list("KMMD_PEOPLE") { readPeople(texts, .environment("KMMD_PEOPLE")) }
    }

    private mutating func read(_ flags: Flags) {
        for (name, flag, text) in flags {
            guard let setting = Setting.all.first(where: { $0.name == name }) else { continue }
            if let problem = setting.set(text: text, in: &configuration) {
                findings.append(.init(place: "--\(flag)", problem: problem))
            }
            origins[name] = .flag(flag)
        }
        func all(_ name: String) -> [String]? {
            let texts = flags.filter { $0.setting == name }.map(\.text)
            return texts.isEmpty ? nil : texts
        }
        if let robots = all("robot") {
            configuration.robots = robots
            origins["robots"] = .flag("robot")
        }
        if let texts = all("sink") { readSinks(texts, .flag("sink")) }
        if let texts = all("source") { readSources(texts, .flag("source")) }
        if let texts = all("people") { readPeople(texts, .flag("people")) }
    }

    private mutating func readSinks(_ texts: [String], _ origin: Origin) {
        configuration.sinks = parse(texts, "sinks", origin) { text throws(StartError) in try SinkConfiguration(text) }
    }

    private mutating func readSources(_ texts: [String], _ origin: Origin) {
        configuration.sources = parse(texts, "sources", origin) { text throws(StartError) in
            try SourceConfiguration(text)
        }
    }

    private mutating func readPeople(_ texts: [String], _ origin: Origin) {
        configuration.people = parse(texts, "people", origin) { text throws(StartError) in try PersonSource(text) }
    }

    /// The texts that can be read; the others are findings.
    private mutating func parse<Element>(
        _ texts: [String], _ name: String, _ origin: Origin, _ read: (String) throws(StartError) -> Element
    ) -> [Element] {
        origins[name] = origin
        var elements: [Element] = []
        for text in texts {
            do throws(StartError) { elements.append(try read(text)) } catch {
                findings.append(.init(place: "\(origin)", problem: "\(error)"))
            }
        }
        return elements
    }

    /// Takes over what the sections of the active robots say, unless environment or flags gave lists of their own.
    private mutating func applySections() {
        let active = sections.filter { configuration.robots.contains($0.robot) }
        if origins["sinks"] == nil { configuration.sinks = active.flatMap(\.sinks) }
        if origins["sources"] == nil { configuration.sources = active.compactMap(\.source) }
    }
}

extension ServiceConfiguration {
    /// What is configured of one robot, as a file would say it.
    public func settings(of robot: String) -> [JSONValue.Member] {
        let isDefault = robot == robots.first
        func isOwn(_ name: String?) -> Bool { name == robot || (name == nil && isDefault) }
        let sinks = sinks.filter { isOwn($0.robot) }
        let source = sources.first { isOwn($0.robot) }
        var members: [JSONValue.Member] = []
        if let rate = rates[robot] { members.append(.init("rate", .number(rate))) }
        if !sinks.isEmpty { members.append(.init("sinks", .array(sinks.map { .string($0.text) }))) }
        if let source {
            let endpoint = source.endpoint.map { "=" + $0 } ?? ""
            members.append(.init("source", .string(source.format.rawValue + endpoint)))
        }
        if let end = atEnd[robot] { members.append(.init("at_end", .string(end.rawValue))) }
        return members
    }

    /// What file and environment say, or the defaults when something is wrong with those: for tools beside the daemon.
    public static func configured(environment: [String: String]) -> ServiceConfiguration {
        do throws(ConfigurationError) { return try LoadedConfiguration(environment: environment).configuration } catch {
            return ServiceConfiguration(environment: environment)
        }
    }
}
