internal import FoundationEssentials
internal import Glibc
internal import KMM
public import Publishing
public import ServiceCore

/// What the daemon needs to know at start. No file is needed: every value has a default.
public struct ServiceConfiguration: Hashable, Sendable {
    /// Where the sockets are bound.
    public struct Endpoints: Hashable, Sendable {
        /// Requests and replies.
        public var command = "tcp://127.0.0.1:5771"
        /// The stopping verbs, on a thread of their own.
        public var priority = "tcp://127.0.0.1:5772"
        /// Events of commands, retained profiles.
        public var events = "tcp://127.0.0.1:5773"
        /// Joint references.
        public var stream = "tcp://127.0.0.1:5774"
        /// Measured robot state, from outside.
        public var state = "tcp://127.0.0.1:5775"
        /// Live people, from outside.
        public var people = "tcp://127.0.0.1:5776"

        /// The defaults.
        public init() {}

        /// The endpoints with their names, in the order of `Documentation/protocol.md`.
        public var all: [(name: String, endpoint: String)] {
            [
                ("command", command), ("priority", priority), ("events", events), ("stream", stream), ("state", state),
                ("people", people),
            ]
        }
    }

    /// Where the sockets are bound.
    public var endpoints = Endpoints()
    /// Folder of the trained weights.
    public var modelsDirectory: String
    /// What is done with texts that are not understood.
    public var understanding = UnderstandingSettings()
    /// Folder of the lexicon: what people ask for and how they say it.
    public var lexiconDirectory: String
    /// Name of the model in it.
    public var model = ModelPaths.defaultModel
    /// Folder of the robot profiles.
    public var profilesDirectory: String
    /// Folder of the journal; nil for none.
    public var stateDirectory: String?
    /// Folder of the motion files that `play` may name; nil for none.
    public var clipsDirectory: String?
    /// Names of the active robots; the first is the default one.
    public var robots = ["unitree_g1"]
    /// Where recordings are kept; nil for nowhere.
    public var recordingsDirectory: String?
    /// Receivers that references are sent to besides the native stream.
    public var sinks: [SinkConfiguration] = []
    /// Where the measured states of robots come from.
    public var sources: [SourceConfiguration] = []
    /// Senders of live people besides the people socket.
    public var people: [PersonSource] = []
    /// Folder of the keys (see `kmmctl keys`); nil for sockets without encryption.
    public var keysDirectory: String?
    /// Requests per second that one client may send to the command socket; 0 for no bound.
    public var rateLimit = 500.0
    /// Lets sockets be bound to addresses that other hosts reach, unencrypted.
    public var allowsPlaintext = false

    /// Where the dashboard, metrics and health are served, as `http://ADDRESS:PORT`; nil for nowhere.
    public var httpEndpoint: String? = "http://127.0.0.1:5780"
    /// Names besides its address by which browsers may call it, separated by commas.
    public var httpHosts = ""
    /// How log lines are written.
    public var log = LogSettings()
    /// Frames per second of robots that are not published at the rate of their profile, by name.
    public var rates: [String: Double] = [:]
    /// What robots do when nothing is planned any more, by name; those that are not named stand.
    public var atEnd: [String: AtEnd] = [:]

    /// What a robot does when nothing is planned any more.
    public enum AtEnd: String, Hashable, Sendable, CaseIterable {
        /// It keeps the pose in which the motion ended.
        case hold
        /// It goes to the stand pose of its profile.
        case stand
    }

    /// The defaults. Where files lie depends on `environment`: `KMMD_DATA`, what systemd gives, the XDG base directories.
    ///
    /// Data is looked for in `KMMD_DATA`, then beside the package root of `executable`, then in `/usr/share/kmmd`.
    public init(environment: [String: String], executable: String? = ServiceConfiguration.executablePath) {
        let data = ServiceConfiguration.dataDirectory(environment: environment, executable: executable)
        modelsDirectory = data + "/Models"
        profilesDirectory = data + "/RobotProfiles"
        lexiconDirectory = data + "/Lexicon"
        stateDirectory = ServiceConfiguration.stateDirectory(environment: environment)
        recordingsDirectory = stateDirectory.map { $0 + "/recordings" }
    }

    /// What systemd gives, else the folder that the XDG base directories name.
    private static func stateDirectory(environment: [String: String]) -> String? {
        if let folder = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(folder) }
        if let folder = environment["XDG_STATE_HOME"], folder.hasPrefix("/") { return folder + "/kmmd" }
        return environment["HOME"].map { $0 + "/.local/state/kmmd" }
    }

    /// What systemd gives, else /etc/kmmd for root and the folder that the XDG base directories name for others.
    public static func configurationDirectory(environment: [String: String]) -> String {
        if let folder = environment["CONFIGURATION_DIRECTORY"]?.split(separator: ":").first { return String(folder) }
        if geteuid() == 0 { return "/etc/kmmd" }
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") { return folder + "/kmmd" }
        return (environment["HOME"] ?? "") + "/.config/kmmd"
    }

    /// Path of the running program, links resolved.
    public static var executablePath: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    private static func dataDirectory(environment: [String: String], executable: String?) -> String {
        if let data = environment["KMMD_DATA"] { return data }
        // The program lies in .build/<triple>/<configuration>/ of a checkout, or in bin/ beside share/kmmd/.
        var folder = executable ?? ""
        while let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
            folder = String(folder[..<slash])
            if access(folder + "/RobotProfiles", R_OK) == 0 { return folder }
            let shared = folder + "/share/kmmd"
            if access(shared + "/RobotProfiles", R_OK) == 0 { return shared }
        }
        return "/usr/share/kmmd"
    }

    /// Checks what can be checked without touching a file or a socket.
    public func validate() throws(StartError) {
        guard !robots.isEmpty, Set(robots).count == robots.count, !robots.contains("") else {
            throw .invalidConfiguration("the list of robots has to name at least one, each once")
        }
        if !allowsPlaintext, let open = exposed.first {
            throw .plaintextRefused(socket: open.name, endpoint: open.endpoint)
        }
        if let httpEndpoint, HTTPAddress(httpEndpoint) == nil {
            throw .invalidConfiguration("http.endpoint is \"\(httpEndpoint)\"; expected http://ADDRESS:PORT")
        }
        for source in sources {
            if let robot = source.robot, !robots.contains(robot) {
                throw .invalidConfiguration(
                    "the source \(source.format.rawValue) is for \(robot), which is not among the robots "
                        + robots.joined(separator: ", "))
            }
        }
        for sink in sinks {
            if let robot = sink.robot, !robots.contains(robot) {
                throw .invalidConfiguration(
                    "the sink \(sink.format.name) is for \(robot), which is not among the robots "
                        + robots.joined(separator: ", "))
            }
        }
    }

    /// The sockets that other hosts reach and nothing encrypts. Receivers' formats know no encryption.
    var exposed: [(name: String, endpoint: String)] {
        let own = keysDirectory == nil ? endpoints.all : []
        let sinks = sinks.filter { !$0.endpoint.hasPrefix("redis://") }.map { ($0.format.name, $0.endpoint) }
        // The page and its commands travel as they are, keys or not.
        let web = httpEndpoint.map { [("http", $0)] } ?? []
        let senders = people.filter(\.isExposed).map { ("people", $0.text) }
        return (own + sinks + web).filter { !ServiceConfiguration.isLocal($0.1) } + senders
    }

    /// Whether only this host reaches an endpoint, whatever its transport.
    private static func isLocal(_ endpoint: String) -> Bool {
        if endpoint.hasPrefix("ipc://") || endpoint.hasPrefix("inproc://") { return true }
        guard let scheme = endpoint.firstRange(of: "://"), let colon = endpoint.lastIndex(of: ":"),
            scheme.upperBound <= colon
        else { return false }
        let host = endpoint[scheme.upperBound..<colon]
        var address = in_addr()
        return host == "localhost" || host == "[::1]"
            || host.hasPrefix("127.") && inet_pton(AF_INET, String(host), &address) == 1
    }
}
