internal import CZlib

extension Picture {
    /// The picture as a file of PNG (ISO/IEC 15948).
    public var png: [UInt8] {
        func long(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }
        func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
            let body = Array(name.utf8) + data
            let sum = body.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
            return long(data.count) + body + long(Int(sum))
        }
        var rows: [UInt8] = []
        rows.reserveCapacity((3 * width + 1) * height)
        for row in 0..<height {
            rows.append(0)
            rows += bytes[3 * width * row..<3 * width * (row + 1)]
        }
        var packed = [UInt8](repeating: 0, count: Int(compressBound(UInt(rows.count))))
        var count = UInt(packed.count)
        // It fails only for want of memory; the file is empty then.
        guard compress2(&packed, &count, rows, UInt(rows.count), 6) == Z_OK else { return [] }
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", long(width) + long(height) + [8, 2, 0, 0, 0])
            + chunk("IDAT", Array(packed.prefix(Int(count)))) + chunk("IEND", [])
    }
}
