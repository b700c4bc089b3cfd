internal import FoundationEssentials

/// The arrays of a safetensors file: a JSON table of names, types, shapes and offsets, then the bytes.
///
/// Format: https://github.com/huggingface/safetensors (README, "Format"). Opening checks the whole table; reading an
/// array then only fails if the caller asks for something that isn't there.
public struct SafeTensors: Sendable {
    /// How the elements of an array are stored.
    public enum DataType: String, Sendable, CaseIterable {
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        case f32 = "F32", f16 = "F16", bf16 = "BF16", i32 = "I32", i64 = "I64", u8 = "U8"

        /// Bytes of one element.
        public var size: Int {
            switch self {
            case .u8: 1
            case .f16, .bf16: 2
            case .f32, .i32: 4
            case .i64: 8
            }
        }
    }

    private struct Entry {
        let type: DataType
        let shape: [Int]
        let bytes: Range<Int>
    }

    /// The file's path, as given.
    public let path: String
    /// The file's `__metadata__`, without its checksum.
    public let metadata: [String: String]
    private let entries: [String: Entry]
    private let bytes: [UInt8]

    /// The names of the arrays, sorted.
    public var names: [String] { entries.keys.sorted() }

    /// Reads the file at `path`.
    ///
    /// - Throws: `TensorFileError` if it can't be read, is not a safetensors file with element types of `DataType`, or has
    ///   changed since its checksum was taken.
    public init(path: String) throws(TensorFileError) {
        try self.init(bytes: FileBytes.contents(of: path), path: path)
    }

    package init(bytes: [UInt8], path: String) throws(TensorFileError) {
        let (header, start) = try Self.header(of: bytes, path: path)
        let entries = try Self.entries(header, size: bytes.count - start, path: path)
        try Self.checkContiguity(of: entries, size: bytes.count - start, path: path)
        try Self.check(bytes, headerEnd: start, told: header.metadata[Self.checksumKey], path: path)
        self.path = path
        metadata = header.metadata.filter { $0.key != Self.checksumKey }
        self.entries = entries.mapValues {
            Entry(type: $0.type, shape: $0.shape, bytes: $0.bytes.lowerBound + start..<$0.bytes.upperBound + start)
        }
        self.bytes = bytes
    }

    private static func malformed(
        _ path: String, _ found: String, _ expected: String, in entry: String? = nil
    ) -> TensorFileError {
        TensorFileError(kind: .malformed, file: path, entry: entry, found: found, expected: expected)
    }

    /// The header, and where the data behind it begins.
    private static func header(
        of bytes: [UInt8], path: String
    ) throws(TensorFileError) -> (header: Header, end: Int) {
        guard let length = bytes.integer(at: 0, as: UInt64.self) else {
            throw malformed(path, "\(bytes.count) bytes", "at least 8")
        }
        guard length <= bytes.count - 8 else {
            throw malformed(
                path, "a header of \(length) bytes", "at most \(bytes.count - 8), what follows the length")
        }
        let end = 8 + Int(length)
        do {
            return (try JSONDecoder().decode(Header.self, from: Data(bytes[8..<end])), end)
        } catch {
            throw malformed(
                path, "a header that can't be decoded (\(error))", "a JSON object of dtype, shape, data_offsets")
        }
    }

    /// The arrays that the header tells of, with their bytes counted from the first behind it, of which there are `size`.
    private static func entries(
        _ header: Header, size available: Int, path: String
    ) throws(TensorFileError) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for (name, item) in header.arrays {
            guard let type = DataType(rawValue: item.dtype) else {
                let known = DataType.allCases.map(\.rawValue).joined(separator: ", ")
                throw TensorFileError(
                    kind: .unsupported, file: path, entry: name, found: "dtype '\(item.dtype)'",
                    expected: "one of \(known)")
            }
            guard item.offsets.count == 2, 0 <= item.offsets[0], item.offsets[0] <= item.offsets[1],
                item.offsets[1] <= available
            else {
                throw malformed(
                    path, "data_offsets \(item.offsets)", "[begin, end] within 0...\(available)", in: name)
            }
            let size = byteCount(of: item.shape, elementSize: type.size)
            guard let size, size == item.offsets[1] - item.offsets[0] else {
                throw malformed(
                    path, "\(item.offsets[1] - item.offsets[0]) bytes",
                    "\(size.map(String.init) ?? "a possible number") for \(type.rawValue) \(item.shape)", in: name)
            }
            entries[name] = Entry(type: type, shape: item.shape, bytes: item.offsets[0]..<item.offsets[1])
        }
        return entries
    }

    /// The format wants the arrays' bytes one behind the other, without gap or overlap, up to the file's end.
    private static func checkContiguity(
        of entries: [String: Entry], size: Int, path: String
    ) throws(TensorFileError) {
        var end = 0
        let inOrder = entries.sorted { first, second in
            let (a, b) = (first.value.bytes, second.value.bytes)
            return (a.lowerBound, a.upperBound, first.key) < (b.lowerBound, b.upperBound, second.key)
        }
        for (name, entry) in inOrder {
            guard entry.bytes.lowerBound == end else {
                throw malformed(
                    path, "data from byte \(entry.bytes.lowerBound)", "from \(end), without gap or overlap", in: name)
            }
            end = entry.bytes.upperBound
        }
        guard end == size else {
            throw malformed(path, "\(size) bytes of data", "\(end), the sum over the arrays")
        }
    }

    /// Whether there is an array of this name.
    public func contains(_ name: String) -> Bool { entries[name] != nil }

    /// How the elements of an array are stored.
    ///
    /// - Throws: `TensorFileError` if there is none of this name.
    public func dataType(_ name: String) throws(TensorFileError) -> DataType { try entry(name, nil).type }

    /// The floating-point numbers of an array, row-major.
    ///
    /// - Parameters:
    ///   - name: The array's name.
    ///   - shape: The shape it must have, if that is known.
    /// - Returns: Its shape and values; 16-bit numbers are widened exactly.
    /// - Throws: `TensorFileError` if it is missing, of another shape, or holds integers.
    public func floats(
        _ name: String, shape: [Int]? = nil
    ) throws(TensorFileError) -> (shape: [Int], values: [Float]) {
        let entry = try entry(name, shape)
        switch entry.type {
        case .f32: return (entry.shape, bytes.elements(entry.bytes))
        case .f16: return (entry.shape, HalfPrecision.floats(fromF16: bytes.elements(entry.bytes)))
        case .bf16: return (entry.shape, HalfPrecision.floats(fromBF16: bytes.elements(entry.bytes)))
        case .i32, .i64, .u8: throw mismatch(name, entry.type.rawValue, "floating-point numbers")
        }
    }

    /// The integers of an array, row-major.
    ///
    /// - Parameters:
    ///   - name: The array's name.
    ///   - shape: The shape it must have, if that is known.
    /// - Returns: Its shape and values.
    /// - Throws: `TensorFileError` if it is missing, of another shape, or holds floating-point numbers.
    public func integers(
        _ name: String, shape: [Int]? = nil
    ) throws(TensorFileError) -> (shape: [Int], values: [Int]) {
        let entry = try entry(name, shape)
        switch entry.type {
        case .u8: return (entry.shape, bytes[entry.bytes].map { Int($0) })
        case .i32: return (entry.shape, bytes.elements(entry.bytes, as: Int32.self).map { Int($0) })
        case .i64: return (entry.shape, bytes.elements(entry.bytes, as: Int64.self).map { Int($0) })
        case .f32, .f16, .bf16: throw mismatch(name, entry.type.rawValue, "integers")
        }
    }

    private func entry(_ name: String, _ shape: [Int]?) throws(TensorFileError) -> Entry {
        guard let entry = entries[name] else {
            let names = names.prefix(8).joined(separator: ", ") + (entries.count > 8 ? ", ..." : "")
            throw TensorFileError(
                kind: .missing, file: path, entry: name, found: "\(entries.count) others (\(names))",
                expected: "an array of this name")
        }
        if let shape, shape != entry.shape { throw mismatch(name, "shape \(entry.shape)", "\(shape)") }
        return entry
    }

    private func mismatch(_ name: String, _ found: String, _ expected: String) -> TensorFileError {
        TensorFileError(kind: .mismatch, file: path, entry: name, found: found, expected: expected)
    }
}
