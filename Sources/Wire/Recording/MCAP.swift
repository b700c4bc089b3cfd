/// Parts that writer and reader of MCAP files share (mcap.dev, version 0).
enum MCAP {
    static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

    enum Opcode: UInt8 {
        case header = 0x01
        case footer = 0x02
        case schema = 0x03
        case channel = 0x04
        case message = 0x05
        case chunk = 0x06
        case messageIndex = 0x07
        case chunkIndex = 0x08
        case statistics = 0x0B
        case summaryOffset = 0x0E
        case dataEnd = 0x0F
    }

    /// The content of one record.
    struct Content {
        var bytes: [UInt8] = []

        mutating func number(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }

        mutating func text(_ value: String) {
            number(UInt32(value.utf8.count))
            bytes += value.utf8
        }

        mutating func map(_ pairs: [(String, String)]) {
            var inner = Content()
            for pair in pairs {
                inner.text(pair.0)
                inner.text(pair.1)
            }
            block(inner)
        }

        /// Bytes with their length before them.
        mutating func block(_ inner: Content) {
            number(UInt32(inner.bytes.count))
            bytes += inner.bytes
        }

        /// The record: opcode, length, content.
        func record(_ opcode: Opcode) -> [UInt8] {
            var record = Content(bytes: [opcode.rawValue])
            record.number(UInt64(bytes.count))
            return record.bytes + bytes
        }
    }
}

/// Writes an MCAP file: chunks without compression, with indices and statistics. Pure: its bytes are taken and stored by the
/// caller as they come.
public struct MCAPWriter: Sendable {
    private var pending: [UInt8]
    private var taken = 0
    private var schemas: [[UInt8]] = []
    private var channels: [[UInt8]] = []
    private var counts: [UInt64] = []

    private var chunk: [UInt8] = []
    private var chunkTimes: (first: Int64, last: Int64)?
    private var chunkIndex: [UInt16: [(time: Int64, offset: UInt64)]] = [:]
    private var chunkIndices: [[UInt8]] = []
    private var times: (first: Int64, last: Int64)?
    private var chunkCount: UInt32 = 0

    /// Length from which a chunk is closed.
    private static let chunkSize = 512 * 1024

    /// Begins a file.
    public init(library: String) {
        var header = MCAP.Content()
        header.text("")
        header.text(library)
        pending = MCAP.magic + header.record(.header)
    }

    /// Number of bytes of the file so far, an open chunk left out.
    private var position: UInt64 { UInt64(taken + pending.count) }

    /// The bytes since the last call, for the file's end.
    public mutating func takeBytes() -> [UInt8] {
        taken += pending.count
        defer { pending.removeAll() }
        return pending
    }

    /// Declares a schema; returns its number.
    public mutating func addSchema(_ name: String, encoding: String, data: [UInt8]) -> UInt16 {
        let id = UInt16(schemas.count + 1)
        var content = MCAP.Content()
        content.number(id)
        content.text(name)
        content.text(encoding)
        content.block(MCAP.Content(bytes: data))
        schemas.append(content.record(.schema))
        chunk += content.record(.schema)
        return id
    }

    /// Declares a channel; returns its number.
    ///
    /// - Parameters:
    ///   - topic: Its name.
    ///   - encoding: Encoding of the messages, such as `json` or `protobuf`.
    ///   - schema: Number of its schema; 0 for none.
    ///   - metadata: Notes for readers.
    /// - Returns: The channel's number.
    public mutating func addChannel(
        _ topic: String, encoding: String, schema: UInt16 = 0, metadata: [(String, String)] = []
    ) -> UInt16 {
        let id = UInt16(channels.count + 1)
        var content = MCAP.Content()
        content.number(id)
        content.number(schema)
        content.text(topic)
        content.text(encoding)
        content.map(metadata)
        channels.append(content.record(.channel))
        counts.append(0)
        chunk += content.record(.channel)
        return id
    }

    /// Adds a message.
    ///
    /// - Parameters:
    ///   - data: The message.
    ///   - channel: A channel's number.
    ///   - nanoseconds: When it was recorded and published, UTC since 1970.
    public mutating func write(_ data: [UInt8], channel: UInt16, at nanoseconds: Int64) {
        let place = Int(channel) - 1
        var content = MCAP.Content()
        content.number(channel)
        content.number(UInt32(truncatingIfNeeded: counts[place]))
        content.number(nanoseconds)
        content.number(nanoseconds)
        content.bytes += data
        counts[place] += 1
        chunkIndex[channel, default: []].append((nanoseconds, UInt64(chunk.count)))
        chunkTimes = (
            min(chunkTimes?.first ?? nanoseconds, nanoseconds), max(chunkTimes?.last ?? nanoseconds, nanoseconds)
        )
        chunk += content.record(.message)
        if chunk.count >= Self.chunkSize { closeChunk() }
    }

    /// Closes the open chunk, so that what was written so far survives whatever happens to the process.
    public mutating func closeChunk() {
        guard !chunk.isEmpty else { return }
        let (first, last) = chunkTimes ?? (0, 0)
        var content = MCAP.Content()
        content.number(first)
        content.number(last)
        content.number(UInt64(chunk.count))
        content.number(UInt32(0))
        content.text("")
        content.number(UInt64(chunk.count))
        let start = position
        let record = MCAP.Content(bytes: content.bytes + chunk).record(.chunk)
        pending += record

        let indexStart = position
        var offsets = MCAP.Content()
        for (channel, entries) in chunkIndex.sorted(by: { $0.key < $1.key }) {
            offsets.number(channel)
            offsets.number(position)
            var list = MCAP.Content()
            for entry in entries {
                list.number(entry.time)
                list.number(entry.offset)
            }
            var index = MCAP.Content()
            index.number(channel)
            index.block(list)
            pending += index.record(.messageIndex)
        }
        var index = MCAP.Content()
        index.number(first)
        index.number(last)
        index.number(start)
        index.number(UInt64(record.count))
        index.block(offsets)
        index.number(position - indexStart)
        index.text("")
        index.number(UInt64(chunk.count))
        index.number(UInt64(chunk.count))
        chunkIndices.append(index.record(.chunkIndex))

        if let own = chunkTimes { times = (min(times?.first ?? own.first, own.first), max(times?.last ?? 0, own.last)) }
        chunkCount += 1
        chunk.removeAll(keepingCapacity: true)
        chunkIndex.removeAll()
        chunkTimes = nil
    }

    /// Closes the file; nothing may be added afterwards.
    public mutating func finish() {
        closeChunk()
        var end = MCAP.Content()
        end.number(UInt32(0))
        pending += end.record(.dataEnd)

        let summary = position
        var groups: [(opcode: MCAP.Opcode, start: UInt64, length: UInt64)] = []
        func add(_ opcode: MCAP.Opcode, _ records: [[UInt8]], to pending: inout [UInt8], at start: UInt64) {
            guard !records.isEmpty else { return }
            for record in records { pending += record }
            groups.append((opcode, start, UInt64(records.reduce(0) { $0 + $1.count })))
        }
        add(.schema, schemas, to: &pending, at: position)
        add(.channel, channels, to: &pending, at: position)
        add(.statistics, [statistics], to: &pending, at: position)
        add(.chunkIndex, chunkIndices, to: &pending, at: position)
        let offsets = position
        for group in groups {
            var content = MCAP.Content()
            content.number(group.opcode.rawValue)
            content.number(group.start)
            content.number(group.length)
            pending += content.record(.summaryOffset)
        }
        var footer = MCAP.Content()
        footer.number(summary)
        footer.number(offsets)
        footer.number(UInt32(0))
        pending += footer.record(.footer) + MCAP.magic
    }

    private var statistics: [UInt8] {
        var content = MCAP.Content()
        content.number(counts.reduce(0, +))
        content.number(UInt16(schemas.count))
        content.number(UInt32(channels.count))
        content.number(UInt32(0))
        content.number(UInt32(0))
        content.number(chunkCount)
        content.number(times?.first ?? 0)
        content.number(times?.last ?? 0)
        var list = MCAP.Content()
        for (index, count) in counts.enumerated() {
            list.number(UInt16(index + 1))
            list.number(count)
        }
        content.block(list)
        return content.record(.statistics)
    }
}
