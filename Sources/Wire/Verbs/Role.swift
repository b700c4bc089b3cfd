/// What a client may do; each role may also do what those before it may.
public enum Role: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Ask, and listen to events and streams.
    case observe
    /// Move robots and stop them; send measured states.
    case command
    /// End a halt; read the settings again; record and replay.
    case `operator`

    /// Whether the first one may do less.
    public static func < (first: Role, second: Role) -> Bool { first.rank < second.rank }

    private var rank: Int {
        switch self {
        case .observe: 0
        case .command: 1
        case .operator: 2
        }
    }
}
