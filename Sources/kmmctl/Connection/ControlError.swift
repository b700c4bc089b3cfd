import Messaging
import Wire

/// Why a command of the tool failed.
enum ControlError: Error, CustomStringConvertible {
    /// The daemon said no.
    case refused(code: String, message: String)
    /// The command did not end as it should.
    case ended(command: String, state: String, reason: String?)
    /// Nobody answered.
    case noAnswer(endpoint: String, seconds: Double, advice: String? = nil)
    /// The socket could not be used.
    case messaging(MessagingError)
    /// The answer makes no sense.
    case badAnswer(String)
    /// What the user gave cannot be used.
    case badInput(String)
    /// The text is not understood, or understood and not done.
    case notUnderstood(String)

    var exitStatus: Int32 {
        switch self {
        case .refused, .ended: 1
        case .badInput: 2
        case .noAnswer, .messaging, .badAnswer: 3
        case .notUnderstood: 5
        }
    }

    var description: String {
        switch self {
        case .refused(let code, let message): "\(code): \(message)"
        case .ended(let command, let state, let reason): "\(command) \(state)" + (reason.map { ": \($0)" } ?? "")
        case .noAnswer(let endpoint, let seconds, let advice):
            advice ?? "no answer from \(endpoint) within \(seconds) s; is kmmd busy, or are its clients too many?"
        case .messaging(let error): "\(error)"
        case .badAnswer(let reason): "the answer cannot be read: \(reason)"
        case .badInput(let reason), .notUnderstood(let reason): reason
        }
    }
}
