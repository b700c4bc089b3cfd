#if _endian(big)
    #error("The files are little-endian, and so must the machine be: elements are copied as they are")
#endif

/// The bytes that an array takes; nil if an extent is negative or the product overflows.
func byteCount(of shape: [Int], elementSize: Int) -> Int? {
    var count = elementSize
    for extent in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        guard extent >= 0, !overflow else { return nil }
        count = product
    }
    return count
}

extension [UInt8] {
    /// The elements in `range`, which lies within the array.
    func elements<Value: BitwiseCopyable>(_ range: Range<Int>, as type: Value.Type = Value.self) -> [Value] {
        let count = range.count / MemoryLayout<Value>.size
        return withUnsafeBytes { bytes in
            [Value](unsafeUninitializedCapacity: count) { values, initialized in
                let source = bytes[range.prefix(count * MemoryLayout<Value>.size)]
                UnsafeMutableRawBufferPointer(values).copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
                initialized = count
            }
        }
    }

    /// The integer at `offset`; nil if the bytes end before it does.
    func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Integer.Type = Integer.self
    ) -> Integer? {
        guard offset >= 0, offset <= count - MemoryLayout<Integer>.size else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Integer.self) }
    }

    /// Appends the bytes of all elements.
    mutating func append<Value: BitwiseCopyable>(elements: [Value]) {
        elements.withUnsafeBytes { append(contentsOf: $0) }
    }
}
