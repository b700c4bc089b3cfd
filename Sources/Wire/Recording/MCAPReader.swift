internal import Tensors

/// What an MCAP file without compression holds, read from front to end; a file that breaks off is read as far as it goes.
public struct MCAPReader: Sendable {
    /// One message.
    public struct Message: Hashable, Sendable {
        /// Its channel's topic.
        public var topic: String
        /// Its encoding.
        public var encoding: String
        /// When it was recorded, UTC nanoseconds since 1970.
        public var nanoseconds: Int64
        /// Its bytes.
        public var data: ArraySlice<UInt8>
    }

    /// The messages in the order of the file.
    public private(set) var messages: [Message] = []
    /// Whether the file was closed properly.
    public private(set) var isComplete = false

    /// Most messages that are read: about three hours of a robot at 50 Hz.
    public static let mostMessages = 2_000_000
    /// Bytes of a file that is read, at most.
    public static let greatestSize = 1 << 30

    private var channels: [UInt16: (topic: String, encoding: String)] = [:]

    /// Reads a file.
    public init(path: String) throws {
        try self.init(FileBytes.contents(of: path, atMost: MCAPReader.greatestSize))
    }

    /// Reads a file's bytes.
    public init(_ bytes: [UInt8]) throws(MCAPError) {
        guard bytes.starts(with: MCAP.magic) else { throw .notMCAP }
        var cursor = Cursor(bytes: bytes[MCAP.magic.count...])
        try read(&cursor, isChunk: false)
        isComplete = bytes.count >= 2 * MCAP.magic.count && bytes.suffix(MCAP.magic.count) == MCAP.magic[...]
    }

    private mutating func read(_ cursor: inout Cursor, isChunk: Bool) throws(MCAPError) {
        while let opcode = cursor.byte(), let length = cursor.number(UInt64.self),
            let content = cursor.take(length)
        {
            var inner = Cursor(bytes: content)
            switch MCAP.Opcode(rawValue: opcode) {
            case .channel:
                guard let id = inner.number(UInt16.self), inner.number(UInt16.self) != nil, let topic = inner.text(),
                    let encoding = inner.text()
                else { throw .damaged(record: "channel") }
                channels[id] = (topic, encoding)
            case .message:
                guard let id = inner.number(UInt16.self), inner.number(UInt32.self) != nil,
                    let time = inner.number(Int64.self), inner.number(Int64.self) != nil, let channel = channels[id]
                else { throw .damaged(record: "message") }
                guard messages.count < MCAPReader.mostMessages else { throw .tooManyMessages }
                messages.append(
                    Message(topic: channel.topic, encoding: channel.encoding, nanoseconds: time, data: inner.bytes))
            case .chunk:
                // The format has none in another; a reader that followed them would run out of its stack.
                guard !isChunk else { throw .nested }
                guard inner.take(28) != nil, let compression = inner.text(), let size = inner.number(UInt64.self),
                    let records = inner.take(size)
                else { throw .damaged(record: "chunk") }
                guard compression.isEmpty else { throw .compressed(compression) }
                var nested = Cursor(bytes: records)
                try read(&nested, isChunk: true)
            case .dataEnd: return
            default: break
            }
        }
    }

    private struct Cursor {
        var bytes: ArraySlice<UInt8>

        mutating func byte() -> UInt8? { bytes.popFirst() }

        mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
            guard count <= UInt64(bytes.count) else { return nil }
            let part = bytes.prefix(Int(count))
            bytes = bytes.dropFirst(Int(count))
            return part
        }

        mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
            guard let part = take(UInt64(Number.bitWidth / 8)) else { return nil }
            return part.reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
        }

        mutating func text() -> String? {
            guard let count = number(UInt32.self), let part = take(UInt64(count)) else { return nil }
            return String(decoding: part, as: UTF8.self)
        }
    }
}

/// Why bytes are no MCAP file that can be read.
public enum MCAPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file does not begin as one.
    case notMCAP
    /// A record's content is cut short or refers to nothing.
    case damaged(record: String)
    /// Chunks are compressed.
    case compressed(String)
    /// A chunk lies in another one.
    case nested
    /// There are more messages than ``MCAPReader/mostMessages``.
    case tooManyMessages

    /// What was wrong and what would be right.
    public var description: String {
        switch self {
        case .notMCAP: "this is no MCAP file"
        case .damaged(let record): "a \(record) record of the file is damaged"
        case .nested: "a chunk record of the file lies in another one, which the format does not allow"
        case .tooManyMessages: "the file has more than \(MCAPReader.mostMessages) messages"
        case .compressed(let method): "the file is compressed (\(method)); only recordings of kmmd are read"
        }
    }
}
