/// Undoes the LZ4 frame format, as far as streams use it: no dictionary, checksums not compared.
enum LZ4Frame {
    static let magic: [UInt8] = [0x04, 0x22, 0x4D, 0x18]

    /// The content of a frame of at most `limit` bytes.
    static func content(of packet: [UInt8], limit: Int) throws(PersonStreamError) -> [UInt8] {
        var reader = ByteReader(packet)
        try reader.skip(4, "an LZ4 frame")
        let flags = try reader.byte("an LZ4 frame")
        guard flags >> 6 == 1, flags & 1 == 0 else {
            throw .malformed("an LZ4 frame of another version, or with a dictionary")
        }
        // Block sizes, then the content's size where it is told, then a checksum of these.
        try reader.skip(1 + (flags & 8 != 0 ? 8 : 0) + 1, "the head of an LZ4 frame")
        let areChecked = flags & 16 != 0
        var content: [UInt8] = []
        while true {
            let size: UInt32 = try reader.little("an LZ4 block")
            if size == 0 { return content }
            var block = try reader.part(Int(size & 0x7FFF_FFFF), "an LZ4 block")
            if areChecked { try reader.skip(4, "an LZ4 block") }
            if size >> 31 == 1 {
                content += try block.take(block.left, "an LZ4 block")
                guard content.count <= limit else { throw .malformed("LZ4 content of more than \(limit) bytes") }
            } else {
                try unpack(&block, onto: &content, limit: limit)
            }
        }
    }

    private static func unpack(
        _ block: inout ByteReader, onto content: inout [UInt8], limit: Int
    ) throws(PersonStreamError) {
        func length(_ nibble: UInt8) throws(PersonStreamError) -> Int {
            var length = Int(nibble)
            guard nibble == 15 else { return length }
            while true {
                let more = try block.byte("an LZ4 length")
                length += Int(more)
                guard length <= limit else { throw .malformed("LZ4 content of more than \(limit) bytes") }
                if more < 255 { return length }
            }
        }
        while block.left > 0 {
            let token = try block.byte("an LZ4 sequence")
            let literals = try length(token >> 4)
            content += try block.take(literals, "LZ4 literals")
            // The last sequence has literals alone.
            if block.left == 0 { break }
            let offset = Int(try block.little("an LZ4 offset") as UInt16)
            let count = try length(token & 15) + 4
            guard offset > 0, offset <= content.count else {
                throw .malformed("an LZ4 offset that leads before the content")
            }
            guard content.count + count <= limit else {
                throw .malformed("LZ4 content of more than \(limit) bytes")
            }
            for _ in 0..<count { content.append(content[content.count - offset]) }
        }
        guard content.count <= limit else { throw .malformed("LZ4 content of more than \(limit) bytes") }
    }
}
