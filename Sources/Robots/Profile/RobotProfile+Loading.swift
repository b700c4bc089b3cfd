public import FoundationEssentials

extension RobotProfile {
    /// Reads and validates the profile in a JSON document; `file` only names it in errors. Warnings are dropped.
    public init(json data: Data, file: String = "profile") throws(ProfileError) {
        do {
            self = try JSONDecoder().decode(RobotProfile.self, from: data)
        } catch {
            throw Self.profileError(error, file: file)
        }
        contentHash = SHA256.hexDigest(data)
        let errors = validate().filter { $0.severity == .error }
        guard errors.isEmpty else { throw .invalid(errors) }
    }

    /// Reads and validates a profile file.
    public init(file: String) throws(ProfileError) {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: file)) } catch {
            throw .unreadable(file: file, reason: "found no readable file, expected a robot profile (JSON)")
        }
        try self.init(json: data, file: file)
    }

    private static func profileError(_ error: any Error, file: String) -> ProfileError {
        switch error {
        case let error as ProfileError: error
        case DecodingError.keyNotFound(let key, let context):
            .malformed(
                path: context.codingPath.pointer, problem: "has no \"\(key.stringValue)\"",
                expected: "the key \"\(key.stringValue)\"")
        case DecodingError.typeMismatch(let type, let context):
            .malformed(path: context.codingPath.pointer, problem: "has another type", expected: jsonName(of: type))
        case DecodingError.valueNotFound(let type, let context):
            .malformed(path: context.codingPath.pointer, problem: "is null", expected: jsonName(of: type))
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            .malformed(
                path: context.codingPath.pointer, problem: context.debugDescription, expected: "one of the known values"
            )
        case DecodingError.dataCorrupted(let context):
            .notJSON(file: file, reason: context.underlyingError.map { "\($0)" } ?? context.debugDescription)
        default: .notJSON(file: file, reason: "\(error)")
        }
    }

    private static func jsonName(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Double.Type: "a number"
        case is Int.Type: "an integer"
        case is Bool.Type: "true or false"
        case is [String: Any].Type: "an object"
        default: "\(type)".hasPrefix("Array") ? "an array" : "an object"
        }
    }
}
