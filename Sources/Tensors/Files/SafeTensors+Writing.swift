internal import FoundationEssentials

extension SafeTensors {
    /// One array to write.
    public struct Output: Sendable {
        /// Values and how to store them.
        public enum Values: Sendable {
            /// 32-bit floating-point numbers.
            case f32([Float])
            /// Floating-point numbers, rounded to 16 bits.
            case f16([Float])
            /// 32-bit integers.
            case i32([Int32])

            var type: DataType {
                switch self {
                case .f32: .f32
                case .f16: .f16
                case .i32: .i32
                }
            }

            var count: Int {
                switch self {
                case .f32(let values), .f16(let values): values.count
                case .i32(let values): values.count
                }
            }
        }

        /// The array's name, unique in the file.
        public let name: String
        /// Its extents, outermost first; empty for a scalar.
        public let shape: [Int]
        /// Its elements, row-major.
        public let values: Values

        /// An array `name` of `shape` with `values`, row-major.
        public init(_ name: String, shape: [Int], _ values: Values) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// Writes a file, all or nothing: whoever reads `path` sees the old file or the new one.
    ///
    /// The same tensors and metadata give the same bytes.
    ///
    /// - Parameters:
    ///   - path: Where to; the folder must exist.
    ///   - tensors: The arrays.
    ///   - metadata: The file's `__metadata__`, to which its checksum is added.
    /// - Throws: `TensorFileError` if a name is taken twice, a shape does not fit its values, or writing fails.
    public static func write(
        path: String, tensors: [Output], metadata: [String: String] = [:]
    ) throws(TensorFileError) {
        func mismatch(_ name: String, _ found: String, _ expected: String) -> TensorFileError {
            TensorFileError(kind: .mismatch, file: path, entry: name, found: found, expected: expected)
        }
        // Wide elements first, so that each array is aligned to its element.
        let sorted = tensors.sorted { ($1.values.type.size, $0.name) < ($0.values.type.size, $1.name) }
        var names: Set = [metadataKey]
        var arrays: [String: Header.Item] = [:]
        var end = 0
        for tensor in sorted {
            let type = tensor.values.type
            guard names.insert(tensor.name).inserted else {
                throw mismatch(tensor.name, "a name that is taken", "a name of its own")
            }
            guard let size = byteCount(of: tensor.shape, elementSize: type.size),
                size == tensor.values.count * type.size
            else { throw mismatch(tensor.name, "\(tensor.values.count) values", "as many as in \(tensor.shape)") }
            arrays[tensor.name] = Header.Item(dtype: type.rawValue, shape: tensor.shape, offsets: [end, end + size])
            end += size
        }

        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header: Data
        do {
            header = try encoder.encode(Header(metadata: withRoomForChecksum(metadata), arrays: arrays))
        } catch {
            throw TensorFileError(
                kind: .unwritable, file: path, entry: nil, found: "\(error)", expected: "a header that can be encoded")
        }
        let length = (header.count + 7) / 8 * 8
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + length + end)
        bytes.append(elements: [UInt64(length)])
        bytes += header
        bytes += repeatElement(UInt8(ascii: " "), count: length - header.count)
        for tensor in sorted {
            switch tensor.values {
            case .f32(let values): bytes.append(elements: values)
            case .f16(let values): bytes.append(elements: HalfPrecision.f16(from: values))
            case .i32(let values): bytes.append(elements: values)
            }
        }
        seal(&bytes, headerEnd: 8 + length)
        try FileBytes.replace(path, with: bytes)
    }
}
