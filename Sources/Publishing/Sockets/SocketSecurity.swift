package import Messaging

/// Who may connect to a socket: the publisher asks, and knows no keys.
package protocol SocketSecurity: Sendable {
    /// `options` of a socket of that name, guarded if there are keys.
    func guarded(_ options: Socket.Options, as name: String) -> Socket.Options
    /// Watches the peers of a socket; call it on the socket's own thread before it is bound.
    func watch(_ socket: Socket, as name: String, in context: Context) throws(MessagingError)
}
