import Geometry

/// Reads a packet from the front; never past its end.
struct ByteReader {
    private let bytes: [UInt8]
    private(set) var offset: Int
    let end: Int

    init(_ bytes: [UInt8]) { (self.bytes, offset, end) = (bytes, 0, bytes.count) }

    private init(_ bytes: [UInt8], from offset: Int, to end: Int) {
        (self.bytes, self.offset, self.end) = (bytes, offset, end)
    }

    var left: Int { end - offset }

    mutating func skip(_ count: Int, _ part: String) throws(PersonStreamError) {
        guard count >= 0, count <= left else { throw .truncated(part) }
        offset += count
    }

    /// A reader of the next bytes alone, which are skipped here.
    mutating func part(_ count: Int, _ part: String) throws(PersonStreamError) -> ByteReader {
        let start = offset
        try skip(count, part)
        return ByteReader(bytes, from: start, to: offset)
    }

    mutating func take(_ count: Int, _ part: String) throws(PersonStreamError) -> ArraySlice<UInt8> {
        let start = offset
        try skip(count, part)
        return bytes[start..<offset]
    }

    private mutating func word<Word: FixedWidthInteger>(
        _ part: String, isBigEndian: Bool
    ) throws(PersonStreamError) -> Word {
        let slice = try take(MemoryLayout<Word>.size, part)
        var value: UInt64 = 0
        if isBigEndian {
            for byte in slice { value = value << 8 | UInt64(byte) }
        } else {
            for byte in slice.reversed() { value = value << 8 | UInt64(byte) }
        }
        return Word(truncatingIfNeeded: value)
    }

    mutating func byte(_ part: String) throws(PersonStreamError) -> UInt8 { try word(part, isBigEndian: true) }
    mutating func little<Word: FixedWidthInteger>(_ part: String) throws(PersonStreamError) -> Word {
        try word(part, isBigEndian: false)
    }
    mutating func big<Word: FixedWidthInteger>(_ part: String) throws(PersonStreamError) -> Word {
        try word(part, isBigEndian: true)
    }
    mutating func littleFloat(_ part: String) throws(PersonStreamError) -> Double {
        Double(Float(bitPattern: try little(part)))
    }
    mutating func bigFloat(_ part: String) throws(PersonStreamError) -> Double {
        Double(Float(bitPattern: try big(part)))
    }
    mutating func littleDouble(_ part: String) throws(PersonStreamError) -> Double {
        Double(bitPattern: try little(part))
    }

    mutating func littlePosition(_ part: String) throws(PersonStreamError) -> Vector3 {
        Vector3(try littleFloat(part), try littleFloat(part), try littleFloat(part))
    }
    mutating func bigPosition(_ part: String) throws(PersonStreamError) -> Vector3 {
        Vector3(try bigFloat(part), try bigFloat(part), try bigFloat(part))
    }

    /// Text up to a NUL, which is skipped.
    mutating func terminatedText(_ part: String) throws(PersonStreamError) -> String {
        guard let stop = bytes[offset..<end].firstIndex(of: 0) else { throw .truncated(part) }
        let text = String(decoding: bytes[offset..<min(stop, offset + 128)], as: UTF8.self)
        offset = stop + 1
        return text
    }
}
