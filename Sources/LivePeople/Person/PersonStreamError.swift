/// Why a packet is no frame of a person.
public enum PersonStreamError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It ends before all that it announces.
    case truncated(String)
    /// It is not what the format says.
    case malformed(String)
    /// A number is infinite, not a number, or farther than 1,000 m; or a quaternion is none.
    case unusableNumber(String)
    /// It names a skeleton that nobody declared.
    case unknownSkeleton(String)
    /// It is larger than is read.
    case tooLarge(bytes: Int)
    /// Nothing in it belongs to a person.
    case nobody(String)
    /// Another sender has this person's name.
    case taken(String)

    /// What is wrong and what would be right.
    public var description: String {
        switch self {
        case .truncated(let part): "it ends within \(part)"
        case .malformed(let reason): reason
        case .unusableNumber(let part):
            "\(part) holds a number that cannot be; positions are finite and within 1,000 m, quaternions of length 1"
        case .unknownSkeleton(let name):
            "the skeleton \"\(name)\" is not known; declare it with `skeleton.<person>.` or use one of "
                + KnownSkeleton.allCases.map(\.rawValue).joined(separator: ", ")
        case .tooLarge(let bytes): "it has \(bytes) bytes; at most 65,536 are read"
        case .nobody(let reason): "no person is in it: \(reason)"
        case .taken(let name): "another sender is \(name) already; it may take over when that one was silent for 2 s"
        }
    }
}
