internal import CZlib

/// The entries of a zip file, stored or deflated, without zip64, encryption or several disks.
///
/// Format: PKWARE APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16. Sizes are taken from the central directory, since
/// numpy leaves them out of the local headers.
struct ZipArchive {
    struct Entry {
        let name: String
        let deflated: Bool
        let crc: UInt32
        let size: Int
        let data: Range<Int>
    }

    static let localSignature: UInt32 = 0x0403_4B50
    static let centralSignature: UInt32 = 0x0201_4B50
    static let endSignature: UInt32 = 0x0605_4B50
    static let storedMethod: UInt16 = 0
    static let deflatedMethod: UInt16 = 8
    /// Deflate codes at most 258 bytes in 2 bits.
    static let greatestRatio = 1032

    let path: String
    let entries: [Entry]
    private let bytes: [UInt8]

    /// Reads the directory and checks that every entry lies within the file and none is claimed twice.
    init(bytes: [UInt8], path: String) throws(TensorFileError) {
        self.path = path
        self.bytes = bytes
        guard let end = Self.endOfDirectory(bytes) else {
            throw Self.error(.malformed, path, "\(bytes.count) bytes without an end-of-directory record", "a zip file")
        }
        let disks = (bytes.integer(at: end + 4, as: UInt16.self), bytes.integer(at: end + 6, as: UInt16.self))
        guard let count = bytes.integer(at: end + 10, as: UInt16.self),
            let size = bytes.integer(at: end + 12, as: UInt32.self),
            let start = bytes.integer(at: end + 16, as: UInt32.self)
        else { throw Self.error(.malformed, path, "an end-of-directory record cut short", "22 bytes") }
        guard count != .max, size != .max, start != .max, disks == (0, 0) else {
            throw Self.error(.unsupported, path, "zip64 or several disks", "a plain zip file below 4 GiB")
        }
        guard Int(start) + Int(size) <= end else {
            throw Self.error(.malformed, path, "a directory of \(size) bytes at \(start)", "one that ends by \(end)")
        }

        var entries: [Entry] = []
        var names: Set<String> = []
        var offset = Int(start)
        for _ in 0..<count {
            let (entry, next) = try Self.entry(bytes, at: offset, before: Int(start), path)
            guard next <= Int(start) + Int(size), names.insert(entry.name).inserted else {
                throw Self.error(
                    .malformed, path, "an entry twice or past the directory", "each once", in: entry.name)
            }
            entries.append(entry)
            offset = next
        }
        let inOrder = entries.sorted { $0.data.lowerBound < $1.data.lowerBound }
        for (entry, next) in zip(inOrder, inOrder.dropFirst()) where entry.data.upperBound > next.data.lowerBound {
            throw Self.error(.malformed, path, "data that '\(entry.name)' has too", "its own", in: next.name)
        }
        self.entries = entries
    }

    /// The bytes of an entry, inflated and checked against its sum.
    func contents(of entry: Entry) throws(TensorFileError) -> [UInt8] {
        let contents = entry.deflated ? inflated(entry) : Array(bytes[entry.data])
        guard let contents, contents.count == entry.size else {
            throw Self.error(.malformed, path, "data that does not inflate", "\(entry.size) bytes", in: entry.name)
        }
        let sum = contents.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        guard sum == entry.crc else {
            throw Self.error(.malformed, path, "CRC-32 \(sum)", "\(entry.crc)", in: entry.name)
        }
        return contents
    }

    private func inflated(_ entry: Entry) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var complete = false
        let contents = bytes.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: entry.size) { target, count in
                // zlib does not write to its input; its C type lacks the const.
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress?.advanced(by: entry.data.lowerBound))
                stream.avail_in = UInt32(entry.data.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(entry.size)
                complete = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0
                count = entry.size - Int(stream.avail_out)
            }
        }
        return complete ? contents : nil
    }

    /// Where the last record starts: it is followed by nothing but its comment.
    private static func endOfDirectory(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 22 else { return nil }
        for start in stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 0xFFFF), by: -1)
        where bytes.integer(at: start) == endSignature {
            if let comment = bytes.integer(at: start + 20, as: UInt16.self),
                start + 22 + Int(comment) == bytes.count
            {
                return start
            }
        }
        return nil
    }

    /// The entry whose directory record is at `offset`, and where the next record is.
    private static func entry(
        _ bytes: [UInt8], at offset: Int, before directory: Int, _ path: String
    ) throws(TensorFileError) -> (Entry, next: Int) {
        guard bytes.integer(at: offset) == centralSignature,
            let flags = bytes.integer(at: offset + 8, as: UInt16.self),
            let method = bytes.integer(at: offset + 10, as: UInt16.self),
            let crc = bytes.integer(at: offset + 16, as: UInt32.self),
            let compressed = bytes.integer(at: offset + 20, as: UInt32.self),
            let size = bytes.integer(at: offset + 24, as: UInt32.self),
            let nameLength = bytes.integer(at: offset + 28, as: UInt16.self),
            let extraLength = bytes.integer(at: offset + 30, as: UInt16.self),
            let commentLength = bytes.integer(at: offset + 32, as: UInt16.self),
            let local = bytes.integer(at: offset + 42, as: UInt32.self),
            offset + 46 + Int(nameLength) <= bytes.count
        else { throw error(.malformed, path, "something else at byte \(offset)", "a directory record") }
        let name = String(decoding: bytes[offset + 46..<offset + 46 + Int(nameLength)], as: UTF8.self)

        guard flags & 1 == 0, method == storedMethod || method == deflatedMethod else {
            throw error(
                .unsupported, path, flags & 1 == 0 ? "compression method \(method)" : "encryption",
                "stored or deflated, in the clear", in: name)
        }
        guard compressed != .max, size != .max, local != .max else {
            throw error(.unsupported, path, "zip64", "less than 4 GiB", in: name)
        }
        guard bytes.integer(at: Int(local)) == localSignature,
            let localName = bytes.integer(at: Int(local) + 26, as: UInt16.self),
            let localExtra = bytes.integer(at: Int(local) + 28, as: UInt16.self)
        else { throw error(.malformed, path, "something else at byte \(local)", "its local header", in: name) }
        let start = Int(local) + 30 + Int(localName) + Int(localExtra)
        let deflated = method == deflatedMethod
        guard start + Int(compressed) <= directory else {
            throw error(.malformed, path, "\(compressed) bytes at \(start)", "an end by \(directory)", in: name)
        }
        guard deflated ? Int(size) <= Int(compressed) * greatestRatio : size == compressed else {
            throw error(.malformed, path, "a size of \(size)", "what \(compressed) bytes can hold", in: name)
        }
        let entry = Entry(
            name: name, deflated: deflated, crc: crc, size: Int(size), data: start..<start + Int(compressed))
        return (entry, offset + 46 + Int(nameLength) + Int(extraLength) + Int(commentLength))
    }

    private static func error(
        _ kind: TensorFileError.Kind, _ path: String, _ found: String, _ expected: String, in entry: String? = nil
    ) -> TensorFileError {
        TensorFileError(kind: kind, file: path, entry: entry, found: found, expected: expected)
    }
}
