public import Messaging
public import Robots
public import Wire

/// Why the daemon could not start.
public enum StartError: Error, Sendable, CustomStringConvertible {
    /// The configuration cannot be.
    case invalidConfiguration(String)
    /// An endpoint is open to other hosts and nothing protects it.
    case plaintextRefused(socket: String, endpoint: String)
    /// The keys cannot be used.
    case keys(String)
    /// The profiles cannot be read.
    case profiles(ProfileError)
    /// No usable profile has the robot's name.
    case unknownRobot(String, known: [String], reason: String?)
    /// The generator cannot be loaded.
    case models(directory: String, reason: String)
    /// A socket cannot be bound.
    case socket(name: String, MessagingError)
    /// A robot's references cannot be given to a receiver.
    case sink(SinkError)
    /// The robot's stream cannot be laid out.
    case stream(robot: String, StreamMessageError)

    /// What happened and what would help, for a person.
    public var description: String {
        switch self {
        case .invalidConfiguration(let reason): reason
        case .plaintextRefused(let socket, let endpoint):
            "the \(socket) socket would be open to other hosts at \(endpoint), unencrypted; bind it to 127.0.0.1 or "
                + "an ipc:// path, protect it with --keys, or allow it with --allow-plaintext"
        case .keys(let reason): "the keys cannot be used: \(reason)"
        case .profiles(let error): "\(error)"
        case .unknownRobot(let name, let known, let reason):
            reason.map { "the profile of \"\(name)\" cannot be used: \($0)" }
                ?? "there is no profile of \"\(name)\"; "
                + (nearestName(to: name, among: known).map { "did you mean \"\($0)\"? " } ?? "")
                + "`kmmctl profile list` shows all \(known.count)"
        case .models(let directory, let reason): "the models in \(directory) cannot be loaded: \(reason)"
        case .socket(let name, let error): "the \(name) socket cannot be bound: \(error)"
        case .sink(let error): "\(error)"
        case .stream(let robot, let error): "the stream of \"\(robot)\" cannot be laid out: \(error)"
        }
    }
}
