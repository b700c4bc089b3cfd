import Wire

/// A dead-man switch that somebody keeps pressed for a person: `deadman.<name>.`, sent again and again while it is.
public struct DeadManMessage: Hashable, Sendable {
    /// The person for whom it is pressed.
    public var person: String
    /// Whether it is pressed; a message without `pressed` says that it is.
    public var isPressed: Bool

    private static let topic = "deadman."

    /// Reads a message.
    ///
    /// - Returns: nil for a message of another kind.
    /// - Throws: What is wrong with it.
    public init?(_ packet: [UInt8]) throws(PersonStreamError) {
        guard packet.starts(with: Self.topic.utf8) else { return nil }
        guard packet.count <= largestPersonPacket else { throw .tooLarge(bytes: packet.count) }
        let message: StreamMessage
        do throws(StreamMessageError) { message = try StreamMessage(decoding: packet) } catch {
            throw .malformed("no message of the container: \(error)")
        }
        let name = message.topic.dropFirst(Self.topic.count).dropLast()
        guard message.topic.hasSuffix("."), !name.isEmpty, String(name) == String(name).asPersonName else {
            throw .malformed("the topic is deadman.NAME., with a name of 1 to 64 letters, digits, _ and -")
        }
        person = String(name)
        switch message.header.first(where: { $0.key == "pressed" })?.value {
        case nil: isPressed = true
        case .bool(let pressed): isPressed = pressed
        default: throw .malformed("`pressed` is true or false")
        }
    }
}
