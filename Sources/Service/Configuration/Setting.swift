internal import Robots
public import Wire

/// One value of the configuration that a file, the environment and a flag may set.
public struct Setting: Sendable {
    /// Its name; a full stop stands between a section of the file and a key in it.
    public let name: String
    /// The environment variable.
    public let variable: String
    /// What it means.
    public let meaning: String
    private let kind: Kind

    private enum Kind: Sendable {
        case text(Path<String>)
        /// `null` in a file, or an empty variable or flag, for none.
        case optionalText(Path<String?>)
        case number(Path<Double>, ClosedRange<Double>)
        case flag(Path<Bool>)
        case choice(Path<String>, [String])
    }
    private typealias Path<Value> = any WritableKeyPath<ServiceConfiguration, Value> & Sendable

    /// All settings but those of robots, which have sections of their own.
    public static let all: [Setting] =
        endpoints + [
            Setting("http.endpoint", "KMMD_HTTP", .optionalText(\.httpEndpoint), "dashboard, metrics and health"),
            Setting("http.hosts", "KMMD_HTTP_HOSTS", .text(\.httpHosts), "further names of the HTTP server"),
            Setting("models", "KMMD_MODELS", .text(\.modelsDirectory), "folder of the trained weights"),
            Setting("model", "KMMD_MODEL", .text(\.model), "name of the model in it: `free`, or `kmm`"),
            Setting("lexicon", "KMMD_LEXICON", .text(\.lexiconDirectory), "folder of the lexicon"),
            Setting(
                "understanding.policy", "KMMD_UNDERSTANDING",
                .choice(\.understanding.policy, UnderstandingSettings.policies),
                "what is done with a text that is not understood"),
            Setting(
                "understanding.bound", "KMMD_UNDERSTANDING_BOUND", .number(\.understanding.bound, 0...1),
                "likeness under which a text is not understood"),
            Setting("profiles", "KMMD_PROFILES", .text(\.profilesDirectory), "folder of the robot profiles"),
            Setting("state", "KMMD_STATE", .optionalText(\.stateDirectory), "folder of the journal"),
            Setting("clips", "KMMD_CLIPS", .optionalText(\.clipsDirectory), "folder of the files that `play` names"),
            Setting("recordings", "KMMD_RECORDINGS", .optionalText(\.recordingsDirectory), "folder of recordings"),
            Setting("security.keys", "KMMD_KEYS", .optionalText(\.keysDirectory), "folder of `kmmctl keys`"),
            Setting(
                "security.allow_plaintext", "KMMD_ALLOW_PLAINTEXT", .flag(\.allowsPlaintext),
                "whether other hosts may reach sockets without encryption"),
            Setting(
                "security.rate_limit", "KMMD_RATE_LIMIT", .number(\.rateLimit, 0...1_000_000),
                "requests per second and client; 0 for no bound"),
            Setting(
                "log.level", "KMMD_LOG_LEVEL", .choice(\.log.level, LogSettings.levels), "least severe level logged"),
            Setting("log.format", "KMMD_LOG_FORMAT", .choice(\.log.format, LogSettings.formats), "how lines look"),
        ]

    private static let endpoints: [Setting] = [
        Setting("endpoints.command", "KMMD_ENDPOINT_COMMAND", .text(\.endpoints.command), "requests and replies"),
        Setting("endpoints.priority", "KMMD_ENDPOINT_PRIORITY", .text(\.endpoints.priority), "the stopping verbs"),
        Setting("endpoints.events", "KMMD_ENDPOINT_EVENTS", .text(\.endpoints.events), "events"),
        Setting("endpoints.stream", "KMMD_ENDPOINT_STREAM", .text(\.endpoints.stream), "joint references"),
        Setting("endpoints.state", "KMMD_ENDPOINT_STATE", .text(\.endpoints.state), "measured robot state"),
        Setting("endpoints.people", "KMMD_ENDPOINT_PEOPLE", .text(\.endpoints.people), "live people"),
    ]

    private init(_ name: String, _ variable: String, _ kind: Kind, _ meaning: String) {
        self.name = name
        self.variable = variable
        self.kind = kind
        self.meaning = meaning
    }

    /// The setting's value.
    public func value(in configuration: ServiceConfiguration) -> JSONValue {
        switch kind {
        case .text(let path), .choice(let path, _): .string(configuration[keyPath: path])
        case .optionalText(let path): JSONValue(configuration[keyPath: path])
        case .number(let path, _): .number(configuration[keyPath: path])
        case .flag(let path): .bool(configuration[keyPath: path])
        }
    }

    /// Sets it to a value of a file; says what is wrong otherwise.
    func set(_ value: JSONValue, in configuration: inout ServiceConfiguration) -> String? {
        switch (kind, value) {
        case (.text(let path), .string(let text)) where !text.isEmpty || name == "http.hosts":
            configuration[keyPath: path] = text
        case (.optionalText(let path), .string(let text)):
            configuration[keyPath: path] = text.isEmpty ? nil : text
        case (.optionalText(let path), .null): configuration[keyPath: path] = nil
        case (.flag(let path), .bool(let flag)): configuration[keyPath: path] = flag
        case (.number(let path, let range), _):
            guard let number = value.number, range.contains(number) else { return expected(value) }
            configuration[keyPath: path] = number
        case (.choice(let path, let names), .string(let name)) where names.contains(name):
            configuration[keyPath: path] = name
        default: return expected(value)
        }
        return nil
    }

    /// Sets it to what an environment variable or a flag says; says what is wrong otherwise.
    func set(text: String, in configuration: inout ServiceConfiguration) -> String? {
        switch kind {
        case .number: set(Double(text).map(JSONValue.number) ?? .string(text), in: &configuration)
        case .flag:
            switch text.lowercased() {
            case "1", "true", "yes": set(.bool(true), in: &configuration)
            case "", "0", "false", "no": set(.bool(false), in: &configuration)
            default: expected(.string(text))
            }
        default: set(.string(text), in: &configuration)
        }
    }

    private func expected(_ value: JSONValue) -> String {
        let wanted =
            switch kind {
            case .text: "a text that is not empty"
            case .optionalText: "a text, or null for none"
            case .number(_, let range): "a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
            case .flag: "true or false"
            case .choice(_, let names): "one of \(names.joined(separator: ", "))"
            }
        var reason = "\(name) is \(value.text); expected \(wanted)"
        if case .choice(_, let names) = kind, let text = value.string, let nearest = nearestName(to: text, among: names)
        {
            reason += "; did you mean \"\(nearest)\"?"
        }
        return reason
    }
}
