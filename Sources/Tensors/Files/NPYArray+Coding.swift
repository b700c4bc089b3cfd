extension NPYArray {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let readable = "f2, f4, f8, i2, i4, i8, u1, b1, <U or |S"

    /// Reads the bytes of an .npy file, version 1, 2 or 3.
    ///
    /// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Column-major arrays are turned
    /// row-major. `path` and `name` are for errors.
    init(decoding bytes: [UInt8], path: String, name: String) throws(TensorFileError) {
        func failure(_ kind: TensorFileError.Kind, _ found: String, _ expected: String) -> TensorFileError {
            TensorFileError(kind: kind, file: path, entry: name, found: found, expected: expected)
        }
        guard bytes.starts(with: Self.magic), bytes.count >= 10 else {
            throw failure(.malformed, "other bytes at its start", "those of an .npy file")
        }
        let length: Int
        let start: Int
        switch bytes[6] {
        case 1: (length, start) = (Int(bytes.integer(at: 8, as: UInt16.self) ?? .max), 10)
        case 2, 3: (length, start) = (Int(bytes.integer(at: 8, as: UInt32.self) ?? .max), 12)
        default: throw failure(.unsupported, ".npy version \(bytes[6])", "1, 2 or 3")
        }
        guard start + length <= bytes.count else {
            throw failure(.malformed, "a header of \(length) bytes in \(bytes.count)", "a whole one")
        }
        let header: NPYHeader
        do {
            header = try NPYHeader(parsing: bytes[start..<start + length])
        } catch {
            switch error {
            case .malformed(let found): throw failure(.malformed, found, "the dictionary that numpy writes")
            case .structured: throw failure(.unsupported, "records", Self.readable)
            }
        }
        var descriptor = header.descriptor
        if descriptor.contains("O") {
            throw failure(
                .unsupported, "pickled Python objects ('\(descriptor)')", "numbers or strings; never unpickled")
        }
        let isBigEndian = descriptor.hasPrefix(">") && !descriptor.hasPrefix(">U")
        if isBigEndian { descriptor = "<" + descriptor.dropFirst() }
        guard let size = Self.elementSize(descriptor) else {
            throw failure(.unsupported, "dtype '\(header.descriptor)'", Self.readable)
        }
        let data = start + length..<bytes.count
        guard byteCount(of: header.shape, elementSize: size) == data.count else {
            throw failure(.malformed, "\(data.count) bytes", "those of \(descriptor) \(header.shape)")
        }
        let ordered = isBigEndian ? Self.swapped(bytes, data, size) : bytes
        guard let storage = Self.storage(descriptor, size, ordered, data) else {
            throw failure(.malformed, "bytes that are no characters", "Unicode scalars")
        }
        self.init(
            shape: header.shape, header.fortranOrder ? storage.rowMajor(from: header.shape) : storage)
    }

    /// Bytes an element; nil if it can't be read.
    private static func elementSize(_ descriptor: String) -> Int? {
        switch descriptor {
        case "|u1", "|b1": return 1
        case "<f2", "<i2": return 2
        case "<f4", "<i4": return 4
        case "<f8", "<i8": return 8
        default:
            guard let length = Int(descriptor.dropFirst(2)), 0 < length, length < 1 << 24 else { return nil }
            return descriptor.hasPrefix("<U") ? 4 * length : descriptor.hasPrefix("|S") ? length : nil
        }
    }

    /// The bytes of elements the other way round.
    private static func swapped(_ bytes: [UInt8], _ data: Range<Int>, _ size: Int) -> [UInt8] {
        var swapped = bytes
        for start in stride(from: data.lowerBound, to: data.upperBound, by: size) {
            for byte in 0..<size { swapped[start + byte] = bytes[start + size - 1 - byte] }
        }
        return swapped
    }

    /// A number of half precision (IEEE 754 binary16).
    private static func half(_ bits: UInt16) -> Float {
        let (sign, exponent, fraction) = (bits >> 15, Int(bits >> 10 & 31), Float(bits & 1023) / 1024)
        let size: Float =
            switch exponent {
            case 0: Float(sign: .plus, exponent: -14, significand: 1) * fraction
            case 31: fraction == 0 ? .infinity : .nan
            default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
            }
        return sign == 1 ? -size : size
    }

    private static func storage(_ descriptor: String, _ size: Int, _ bytes: [UInt8], _ data: Range<Int>) -> Storage? {
        switch descriptor {
        case "<f2": return .float32(bytes.elements(data, as: UInt16.self).map(half))
        case "<i2": return .int32(bytes.elements(data, as: Int16.self).map { Int32($0) })
        case "<f4": return .float32(bytes.elements(data))
        case "<f8": return .float64(bytes.elements(data))
        case "<i4": return .int32(bytes.elements(data))
        case "<i8": return .int64(bytes.elements(data))
        case "|u1": return .uint8(Array(bytes[data]))
        case "|b1": return .bool(bytes[data].map { $0 != 0 })
        default:
            var strings: [String] = []
            for start in stride(from: data.lowerBound, to: data.upperBound, by: size) {
                guard let string = string(descriptor, bytes, start..<start + size) else { return nil }
                strings.append(string)
            }
            return .strings(strings)
        }
    }

    /// One element, without the zeros that fill it up.
    private static func string(_ descriptor: String, _ bytes: [UInt8], _ range: Range<Int>) -> String? {
        if descriptor.hasPrefix("|S") {
            let end = bytes[range].lastIndex { $0 != 0 }.map { $0 + 1 } ?? range.lowerBound
            return String(decoding: bytes[range.lowerBound..<end], as: UTF8.self)
        }
        let codes = bytes.elements(range, as: UInt32.self)
        var string = String.UnicodeScalarView()
        for code in codes[..<(codes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0)] {
            guard let scalar = Unicode.Scalar(code) else { return nil }
            string.append(scalar)
        }
        return String(string)
    }

    /// The bytes of an .npy file, version 1.
    var encoded: [UInt8] {
        let text = NPYHeader(descriptor: descriptor, shape: shape).text
        // The data starts at a multiple of 64 bytes, after a newline.
        let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
        var bytes = Self.magic + [1, 0]
        bytes.append(elements: [UInt16(length)])
        bytes += text.utf8
        bytes += repeatElement(UInt8(ascii: " "), count: length - text.utf8.count - 1)
        bytes.append(UInt8(ascii: "\n"))
        switch storage {
        case .float32(let values): bytes.append(elements: values)
        case .float64(let values): bytes.append(elements: values)
        case .int32(let values): bytes.append(elements: values)
        case .int64(let values): bytes.append(elements: values)
        case .uint8(let values): bytes += values
        case .bool(let values): bytes += values.lazy.map { $0 ? 1 : 0 }
        case .strings(let values):
            let width = Self.width(values)
            for value in values {
                let codes = value.unicodeScalars.map(\.value)
                bytes.append(elements: codes)
                bytes.append(elements: [UInt32](repeating: 0, count: width - codes.count))
            }
        }
        return bytes
    }

    private var descriptor: String {
        switch storage {
        case .float32: "<f4"
        case .float64: "<f8"
        case .int32: "<i4"
        case .int64: "<i8"
        case .uint8: "|u1"
        case .bool: "|b1"
        case .strings(let values): "<U\(Self.width(values))"
        }
    }

    private static func width(_ strings: [String]) -> Int { max(1, strings.map(\.unicodeScalars.count).max() ?? 1) }
}

extension NPYArray.Storage {
    /// The elements of a column-major array of `shape`, row-major.
    fileprivate func rowMajor(from shape: [Int]) -> Self {
        func reorder<Value>(_ values: [Value]) -> [Value] {
            guard shape.count > 1, !values.isEmpty else { return values }
            var strides = [1]
            for extent in shape.dropLast() { strides.append(strides[strides.count - 1] * extent) }
            var index = [Int](repeating: 0, count: shape.count)
            var offset = 0
            return values.indices.map { _ in
                defer {
                    var axis = shape.count - 1
                    while axis >= 0 {
                        index[axis] += 1
                        offset += strides[axis]
                        if index[axis] < shape[axis] { break }
                        offset -= index[axis] * strides[axis]
                        index[axis] = 0
                        axis -= 1
                    }
                }
                return values[offset]
            }
        }
        switch self {
        case .float32(let values): return .float32(reorder(values))
        case .float64(let values): return .float64(reorder(values))
        case .int32(let values): return .int32(reorder(values))
        case .int64(let values): return .int64(reorder(values))
        case .uint8(let values): return .uint8(reorder(values))
        case .bool(let values): return .bool(reorder(values))
        case .strings(let values): return .strings(reorder(values))
        }
    }
}
