internal import CZeroMQ
internal import Glibc

/// What can go wrong with a socket.
public enum MessagingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another socket, of this or another process, is bound to the endpoint.
    case addressInUse(endpoint: String)
    /// The endpoint is not of a form that ZeroMQ understands, such as `tcp://127.0.0.1:5771` or `ipc:///run/kmmd/x`.
    case invalidEndpoint(String)
    /// The endpoint names an interface, host or folder that is not there, or that this process may not use.
    case endpointUnavailable(endpoint: String, reason: String)
    /// Sending would wait: the peer is slow and its queue is full.
    case wouldBlock
    /// The peer that the first part names is not connected any more.
    case peerGone
    /// The context was shut down.
    case contextTerminated
    /// The call of the system or of libzmq failed for another reason.
    case system(operation: String, reason: String)

    /// What happened, for a person.
    public var description: String {
        switch self {
        case .addressInUse(let endpoint):
            "\(endpoint) is in use by another socket; is a daemon running already?"
        case .invalidEndpoint(let endpoint):
            "\(endpoint) is no endpoint; expected tcp://ADDRESS:PORT or ipc://PATH"
        case .endpointUnavailable(let endpoint, let reason): "\(endpoint) cannot be used: \(reason)"
        case .wouldBlock: "the peer's queue is full"
        case .peerGone: "the peer is not connected any more"
        case .contextTerminated: "the messaging context was shut down"
        case .system(let operation, let reason): "\(operation) failed: \(reason)"
        }
    }

    /// The error of the libzmq call that just failed on this thread.
    static func last(_ operation: String, endpoint: String? = nil) -> MessagingError {
        let code = zmq_errno()
        let reason = String(cString: zmq_strerror(code))
        if let endpoint {
            switch code {
            case EADDRINUSE: return .addressInUse(endpoint: endpoint)
            case EINVAL, EPROTONOSUPPORT, ENOCOMPATPROTO: return .invalidEndpoint(endpoint)
            case ETERM: return .contextTerminated
            default: return .endpointUnavailable(endpoint: endpoint, reason: reason)
            }
        }
        switch code {
        case EAGAIN: return .wouldBlock
        case EHOSTUNREACH: return .peerGone
        case ETERM: return .contextTerminated
        default: return .system(operation: operation, reason: reason)
        }
    }

    // A macro with an expression, which the importer leaves out.
    private static var ENOCOMPATPROTO: Int32 { 156_384_712 + 52 }
    private static var ETERM: Int32 { 156_384_712 + 53 }
}
