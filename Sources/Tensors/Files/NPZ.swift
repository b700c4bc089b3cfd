/// The named arrays of an .npz file, numpy's zip of .npy files.
///
/// Arrays of Python objects and of other types that `NPYArray` does not have are kept out of `arrays`; asking for one
/// says what it is. Nothing is ever unpickled.
public struct NPZ: Sendable {
    /// The arrays by name.
    public var arrays: [String: NPYArray]
    private var path = "npz"
    private var refused: [String: TensorFileError] = [:]

    /// Collects arrays to write.
    public init(_ arrays: [String: NPYArray] = [:]) { self.arrays = arrays }

    /// Bytes of all arrays together that are read where the caller knows no narrower bound.
    public static let greatestSize = FileBytes.greatestSize

    /// Reads the file at `path`, stored or deflated, whose arrays have `limit` bytes together at most.
    ///
    /// - Throws: `TensorFileError` if it can't be read, is too large, is damaged, or needs zip64.
    public init(path: String, atMost limit: Int = greatestSize) throws(TensorFileError) {
        try self.init(bytes: FileBytes.contents(of: path, atMost: limit), path: path, atMost: limit)
    }

    /// Reads the one array of an .npy file, which has `limit` bytes at most, under the name `array`.
    ///
    /// - Throws: `TensorFileError` if it can't be read, is damaged, or holds Python objects.
    public init(array path: String, atMost limit: Int = greatestSize) throws(TensorFileError) {
        let contents = try FileBytes.contents(of: path, atMost: limit)
        self.init(["array": try NPYArray(decoding: contents, path: path, name: "array")])
        self.path = path
    }

    package init(bytes: [UInt8], path: String, atMost limit: Int = greatestSize) throws(TensorFileError) {
        self.init()
        self.path = path
        let archive = try ZipArchive(bytes: bytes, path: path)
        // Told by the directory, before anything is inflated.
        let size = archive.entries.reduce(0) { $0 + $1.size }
        guard size <= limit else {
            throw TensorFileError(
                kind: .unreadable, file: path, entry: nil, found: "\(size) bytes of arrays",
                expected: "\(limit) at most")
        }
        for entry in archive.entries {
            guard entry.name.hasSuffix(".npy") else {
                throw TensorFileError(
                    kind: .unsupported, file: path, entry: entry.name, found: "another sort of file",
                    expected: "only .npy")
            }
            let name = String(entry.name.dropLast(4))
            let contents = try archive.contents(of: entry)
            do {
                arrays[name] = try NPYArray(decoding: contents, path: path, name: name)
            } catch {
                guard error.kind == .unsupported else { throw error }
                refused[name] = error
            }
        }
    }

    /// Writes the arrays to a file that `numpy.load` reads, all or nothing. The same arrays give the same bytes.
    ///
    /// - Parameters:
    ///   - path: Where to; the folder must exist.
    ///   - deflated: Whether to compress, as `numpy.savez_compressed` does.
    /// - Throws: `TensorFileError` if writing fails or it would need zip64.
    public func write(path: String, deflated: Bool = false) throws(TensorFileError) {
        let entries = arrays.sorted { $0.key < $1.key }.map { (name: "\($0.key).npy", contents: $0.value.encoded) }
        try FileBytes.replace(path, with: ZipArchive.encode(entries, deflated: deflated, path: path))
    }

    /// The array of this name.
    ///
    /// - Parameters:
    ///   - name: The array's name.
    ///   - shape: The shape it must have, with nil for an extent that may be any.
    /// - Returns: The array.
    /// - Throws: `TensorFileError` if it is missing, refused or of another shape.
    public func array(_ name: String, shape: [Int?]? = nil) throws(TensorFileError) -> NPYArray {
        if let error = refused[name] { throw error }
        guard let array = arrays[name] else {
            throw TensorFileError(
                kind: .missing, file: path, entry: name, found: "only \(arrays.keys.sorted().joined(separator: ", "))",
                expected: "an array of this name")
        }
        guard let shape else { return array }
        guard shape.count == array.shape.count, zip(shape, array.shape).allSatisfy({ $0 == nil || $0 == $1 }) else {
            let wanted = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw mismatch(name, "shape \(array.shape)", "[\(wanted)]")
        }
        return array
    }

    /// The numbers of an array as `Double`, row-major.
    ///
    /// - Parameters:
    ///   - name: The array's name.
    ///   - shape: The shape it must have, with nil for an extent that may be any.
    /// - Returns: The elements.
    /// - Throws: `TensorFileError` if it is missing, refused, of another shape, or holds strings.
    public func doubles(_ name: String, shape: [Int?]? = nil) throws(TensorFileError) -> [Double] {
        guard let values = try array(name, shape: shape).doubles else { throw mismatch(name, "strings", "numbers") }
        return values
    }

    /// The numbers of an array as `Float`, row-major.
    ///
    /// - Parameters:
    ///   - name: The array's name.
    ///   - shape: The shape it must have, with nil for an extent that may be any.
    /// - Returns: The elements.
    /// - Throws: `TensorFileError` if it is missing, refused, of another shape, or holds strings.
    public func floats(_ name: String, shape: [Int?]? = nil) throws(TensorFileError) -> [Float] {
        guard let values = try array(name, shape: shape).floats else { throw mismatch(name, "strings", "numbers") }
        return values
    }

    /// The integers of an array, row-major.
    ///
    /// - Parameters:
    ///   - name: The array's name.
    ///   - shape: The shape it must have, with nil for an extent that may be any.
    /// - Returns: The elements.
    /// - Throws: `TensorFileError` if it is missing, refused, of another shape, or holds anything else.
    public func integers(_ name: String, shape: [Int?]? = nil) throws(TensorFileError) -> [Int] {
        guard let values = try array(name, shape: shape).integers else {
            throw mismatch(name, "floating-point numbers or strings", "integers")
        }
        return values
    }

    /// The string in an array of one.
    ///
    /// - Parameter name: The array's name.
    /// - Returns: The string.
    /// - Throws: `TensorFileError` if it is missing, refused, or holds anything else.
    public func string(_ name: String) throws(TensorFileError) -> String {
        guard let value = try array(name).string else { throw mismatch(name, "something else", "one string") }
        return value
    }

    private func mismatch(_ name: String, _ found: String, _ expected: String) -> TensorFileError {
        TensorFileError(kind: .mismatch, file: path, entry: name, found: found, expected: expected)
    }
}
