internal import LivePeople
public import ServiceCore
internal import Wire

/// Where live people come from besides the people socket: a sender in a format of its own.
///
/// Written as `FORMAT://HOST:PORT[?OPTION=VALUE[&…]]`, such as `vmc://0.0.0.0:39539` or `natnet://10.0.0.2:1510?axes=zup`.
public struct PersonSource: Hashable, Sendable {
    /// Whose packets are read.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        case vmc, mocopi, rokoko, xsens, axis, natnet, xrobotoolkit
        case sonicSMPL = "sonic_smpl"
        case sim2realSMPL = "sim2real_smpl"
        case lerobotSMPL = "lerobot_smpl"

        /// The port that senders use unless told otherwise.
        public var defaultPort: UInt16 {
            switch self {
            case .vmc: 39539
            case .mocopi: 12351
            case .rokoko: 14043
            case .xsens: 9763
            case .axis: 7012
            case .natnet: 1510
            case .xrobotoolkit: 63901
            case .sonicSMPL: 5556
            case .sim2realSMPL: 28702
            case .lerobotSMPL: 5560
            }
        }
    }

    /// How packets come.
    enum Transport: Hashable {
        /// Datagrams to a port of ours.
        case datagrams
        /// Connections to a port of ours.
        case server
        /// A connection of ours.
        case client
        /// Datagrams that a server sends when it is asked.
        case asked
        /// ZeroMQ messages that the sender publishes.
        case subscription
    }

    /// Whose packets are read.
    public var format: Format
    /// Where the port is ours, its address; else the sender's.
    public var host: String
    /// The port.
    public var port: UInt16
    /// What is set and not told by the sender, by name.
    public var options: [String: String]

    /// The options that a format knows.
    private static func known(_ format: Format) -> [String] {
        switch format {
        case .natnet: ["axes"]
        case .axis: ["name", "euler", "skeleton", "transport"]
        case .rokoko, .xsens: []
        default: ["name"]
        }
    }

    /// Reads the written form.
    ///
    /// - Throws: `invalidConfiguration`, which says what would be right.
    public init(_ text: String) throws(StartError) {
        func fail(_ reason: String) -> StartError { .invalidConfiguration("the people \"\(text)\" \(reason)") }
        guard let separator = text.firstRange(of: "://"),
            let format = Format(rawValue: String(text[..<separator.lowerBound]))
        else {
            throw fail(
                "are of no known format; expected FORMAT://HOST:PORT with one of "
                    + Format.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let rest = text[separator.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let address = rest.first ?? ""
        var (host, port) = (String(address), format.defaultPort)
        if let colon = address.lastIndex(of: ":") {
            guard let given = UInt16(address[address.index(after: colon)...]), given > 0 else {
                throw fail("have no port from 1 to 65535")
            }
            (host, port) = (String(address[..<colon]), given)
        }
        guard !host.isEmpty else { throw fail("name no address; expected as in vmc://127.0.0.1:39539") }
        (self.format, self.host, self.port, options) = (format, host, port, [:])
        for option in rest.count > 1 ? rest[1].split(separator: "&") : [] {
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            let known = Self.known(format)
            guard parts.count == 2, known.contains(parts[0]) else {
                throw fail("have the unknown option \"\(option)\"; known: \(known.joined(separator: ", "))")
            }
            options[parts[0]] = parts[1]
        }
        if let problem = optionProblem { throw fail(problem) }
    }

    /// The written form.
    public var text: String {
        let shown = options.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "&")
        return "\(format.rawValue)://\(host):\(port)" + (shown.isEmpty ? "" : "?" + shown)
    }

    private var optionProblem: String? {
        func check(_ name: String, _ allowed: [String]) -> String? {
            guard let value = options[name], !allowed.contains(value) else { return nil }
            return "have \(name)=\(value); allowed: \(allowed.joined(separator: ", "))"
        }
        return check("axes", ["yup", "zup"]) ?? check("skeleton", ["new", "legacy"])
            ?? check("euler", AxisStudioDecoder.Options.Angles.allCases.map(\.rawValue))
            ?? check("transport", ["udp", "tcp"])
            ?? options["name"].flatMap {
                $0 == $0.asPersonName ? nil : "have a name with more than letters, digits, _ and -"
            }
    }

    var transport: Transport {
        switch format {
        case .vmc, .mocopi, .rokoko, .xsens: .datagrams
        case .axis: options["transport"] == "tcp" ? .client : .datagrams
        case .natnet: .asked
        case .xrobotoolkit: .server
        case .sonicSMPL, .sim2realSMPL, .lerobotSMPL: .subscription
        }
    }

    /// Whether other hosts reach a port of ours.
    var isExposed: Bool {
        (transport == .datagrams || transport == .server) && !host.hasPrefix("127.") && host != "localhost"
    }

    /// A reader of one sender's packets.
    func makeDecoder() -> any PersonDecoder {
        let name = options["name"]
        switch format {
        case .vmc: return VMCDecoder(name: name ?? "vmc")
        case .mocopi: return MocopiDecoder(name: name ?? "mocopi")
        case .rokoko: return RokokoDecoder()
        case .xsens: return XsensDecoder()
        case .axis:
            var settings = AxisStudioDecoder.Options()
            if let angles = options["euler"].flatMap(AxisStudioDecoder.Options.Angles.init(rawValue:)) {
                settings.angles = angles
            }
            settings.isLegacy = options["skeleton"] == "legacy"
            return AxisStudioDecoder(settings)
        case .natnet: return NatNetDecoder(axes: options["axes"] == "zup" ? .zUp : .smpl)
        case .xrobotoolkit: return XRoboToolkitDecoder(name: name ?? "pico")
        case .sonicSMPL: return SMPLMessageDecoder(.sonic, name: name)
        case .sim2realSMPL: return SMPLMessageDecoder(.sim2real, name: name)
        case .lerobotSMPL: return SMPLMessageDecoder(.lerobot, name: name)
        }
    }
}
