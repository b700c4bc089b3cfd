internal import CZlib

extension ZipArchive {
    /// The bytes of a zip file with these entries, dated 1980-01-01 so that the same entries give the same bytes.
    ///
    /// - Throws: `TensorFileError` if it would need zip64.
    static func encode(
        _ entries: [(name: String, contents: [UInt8])], deflated: Bool, path: String
    ) throws(TensorFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for (name, contents) in entries {
            let data = deflated ? deflate(contents) : contents
            guard let data, contents.count < UInt32.max, bytes.count + data.count < UInt32.max, name.utf8.count < 0xFFFF
            else {
                throw TensorFileError(
                    kind: .unwritable, file: path, entry: name, found: "\(contents.count) bytes",
                    expected: "less than 4 GiB in all")
            }
            let offset = UInt32(bytes.count)
            let sum = contents.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
            // Shared by both headers: version 2.0, names in UTF-8, method, time, date; sum and sizes; length of the name.
            var common: [UInt8] = []
            let date: UInt16 = 0x21
            common.append(elements: [20, 0x800, deflated ? deflatedMethod : storedMethod, 0, date])
            common.append(elements: [UInt32(sum), UInt32(data.count), UInt32(contents.count)])
            common.append(elements: [UInt16(name.utf8.count), 0])

            bytes.append(elements: [localSignature])
            bytes += common
            bytes += name.utf8
            bytes += data

            directory.append(elements: [centralSignature])
            directory.append(elements: [UInt16(20)])
            directory += common
            // No comment, first disk, no attributes.
            directory.append(elements: [UInt16](repeating: 0, count: 5))
            directory.append(elements: [offset])
            directory += name.utf8
        }
        guard entries.count < 0xFFFF, bytes.count + directory.count < UInt32.max else {
            throw TensorFileError(
                kind: .unwritable, file: path, entry: nil, found: "\(entries.count) arrays",
                expected: "less than 65,535 and 4 GiB")
        }
        let (count, start) = (UInt16(entries.count), UInt32(bytes.count))
        bytes += directory
        bytes.append(elements: [endSignature])
        bytes.append(elements: [0, 0, count, count])
        bytes.append(elements: [UInt32(directory.count), start])
        bytes.append(elements: [UInt16(0)])
        return bytes
    }

    private static func deflate(_ contents: [UInt8]) -> [UInt8]? {
        guard contents.count < UInt32.max else { return nil }
        var stream = z_stream()
        let status = deflateInit2_(
            &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var complete = false
        let capacity = Int(deflateBound(&stream, UInt(contents.count)))
        guard capacity < UInt32.max else { return nil }
        let data = contents.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(capacity)
                complete = CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = capacity - Int(stream.avail_out)
            }
        }
        return complete ? data : nil
    }
}
