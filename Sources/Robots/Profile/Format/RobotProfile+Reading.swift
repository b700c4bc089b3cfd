public import FoundationEssentials
public import JSON

extension RobotProfile {
    /// Longest text of a profile that is read, bytes; the largest shipped ones have a twentieth of it.
    public static let maximumSize = 4 << 20
    /// Most bodies, and most joints, of a profile.
    static let greatestBodyCount = 1000

    /// Reads and validates a profile file.
    public init(file: String) throws(ProfileError) {
        try self.init(json: Self.contents(of: file), file: file)
    }

    /// Reads and validates the profile in a JSON document; `file` only names it in errors. Warnings are dropped.
    public init(json data: Data, file: String = "profile") throws(ProfileError) {
        let (profile, findings) = try Self.examine(json: data, file: file)
        let errors = findings.filter { $0.severity == .error }
        guard let profile, errors.isEmpty else { throw .invalid(errors) }
        self = profile
    }

    /// Reads a JSON document and checks it as a whole: all findings, and the profile unless one of them is an error.
    public static func examine(
        json data: Data, file: String = "profile"
    ) throws(ProfileError) -> (profile: RobotProfile?, findings: [ProfileFinding]) {
        guard data.count <= maximumSize else {
            throw .unreadable(file: file, reason: "has \(data.count) bytes, expected \(maximumSize) at most")
        }
        let document: JSONValue
        do { document = try JSONValue(parsing: data) } catch {
            let before = data.prefix(error.offset)
            let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
            throw .notJSON(
                file: file, line: before.count { $0 == UInt8(ascii: "\n") } + 1,
                column: before.endIndex - lineStart + 1, reason: error.reason)
        }
        var reading = ProfileReading()
        guard var profile = form.read(document, &reading), !reading.findings.contains(where: { $0.severity == .error })
        else { return (nil, reading.findings) }
        profile.contentHash = SHA256.hexDigest(data)
        let findings = profile.takeDefaults() + profile.validate()
        return (findings.contains { $0.severity == .error } ? nil : profile, findings)
    }

    /// Reads a profile file and checks it as a whole, as `examine(json:file:)` does.
    public static func examine(
        file: String
    ) throws(ProfileError) -> (
        profile: RobotProfile?, findings: [ProfileFinding]
    ) { try examine(json: contents(of: file), file: file) }

    /// The profile as a JSON document, without the content hash.
    public var json: JSONValue { Self.form.write(self) }

    /// The text of a profile file: JSON for people, which `init(file:)` reads back.
    public var text: String { json.formatted() + "\n" }

    /// The JSON Schema (2020-12) of profile files, as `RobotProfiles/schema.json` holds it.
    public static var jsonSchema: JSONValue {
        let head: [JSONValue.Member] = [
            .init("$schema", "https://json-schema.org/draft/2020-12/schema"), .init("title", "kmmd robot profile"),
            .init(
                "description", "SI units and radians; x forward, y left, z up; quaternions w, x, y, z."),
        ]
        return .object(head + (form.schema.members ?? []))
    }

    private static func contents(of file: String) throws(ProfileError) -> Data {
        do {
            return try RegularFile.contents(of: file, atMost: maximumSize)
        } catch .tooLarge(let size) {
            throw .unreadable(file: file, reason: "has \(size) bytes, expected \(maximumSize) at most")
        } catch {
            throw .unreadable(file: file, reason: "found no readable file, expected a robot profile (JSON)")
        }
    }

    /// Fills in the rates that driven joints lack, and says so.
    private mutating func takeDefaults() -> [ProfileFinding] {
        let rates: [(Joint.Limit, WritableKeyPath<JointLimits, Double>, Double)] = [
            (.velocity, \.velocity, JointLimits.defaultRates.velocity),
            (.acceleration, \.acceleration, JointLimits.defaultRates.acceleration),
            (.jerk, \.jerk, JointLimits.defaultRates.jerk),
        ]
        var findings: [ProfileFinding] = []
        for index in joints.indices where joints[index].isDriven {
            for (limit, property, value) in rates where joints[index].limits[keyPath: property].isInfinite {
                joints[index].limits[keyPath: property] = value
                if !joints[index].defaults.contains(limit) { joints[index].defaults.append(limit) }
                findings.append(
                    ProfileFinding(
                        .warning, path: "/joints/\(index)/\(limit.rawValue)", problem: "is missing",
                        remedy: "the default is taken: \(Form<Double>.written(value).text)"))
            }
        }
        return findings
    }
}
