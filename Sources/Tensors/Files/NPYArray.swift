/// An n-dimensional array as numpy stores it.
public struct NPYArray: Sendable, Equatable {
    /// The elements, row-major, by type.
    public enum Storage: Sendable, Equatable {
        /// `<f4`
        case float32([Float])
        /// `<f8`
        case float64([Double])
        /// `<i4`
        case int32([Int32])
        /// `<i8`
        case int64([Int64])
        /// `|u1`
        case uint8([UInt8])
        /// `|b1`
        case bool([Bool])
        /// `<U`, or `|S` when read
        case strings([String])

        /// Number of elements.
        public var count: Int {
            switch self {
            case .float32(let values): values.count
            case .float64(let values): values.count
            case .int32(let values): values.count
            case .int64(let values): values.count
            case .uint8(let values): values.count
            case .bool(let values): values.count
            case .strings(let values): values.count
            }
        }
    }

    /// Extents, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The elements.
    public let storage: Storage

    /// An array of `shape`; the product of the extents must be the number of elements.
    public init(shape: [Int], _ storage: Storage) {
        precondition(byteCount(of: shape, elementSize: 1) == storage.count, "\(storage.count) elements for \(shape)")
        self.shape = shape
        self.storage = storage
    }

    /// A scalar string, such as a name or a gender.
    public init(_ string: String) { self.init(shape: [], .strings([string])) }

    /// A scalar, such as a frame rate.
    public init(_ number: Double) { self.init(shape: [], .float64([number])) }

    /// The elements as `Double`; nil for strings.
    public var doubles: [Double]? {
        switch storage {
        case .float32(let values): values.map(Double.init)
        case .float64(let values): values
        case .int32(let values): values.map(Double.init)
        case .int64(let values): values.map(Double.init)
        case .uint8(let values): values.map(Double.init)
        case .bool(let values): values.map { $0 ? 1 : 0 }
        case .strings: nil
        }
    }

    /// The elements as `Float`, rounded if need be; nil for strings.
    public var floats: [Float]? {
        if case .float32(let values) = storage { return values }
        return doubles?.map(Float.init)
    }

    /// The elements as integers; nil for floating-point numbers and strings.
    public var integers: [Int]? {
        switch storage {
        case .int32(let values): values.map(Int.init)
        case .int64(let values): values.map(Int.init)
        case .uint8(let values): values.map(Int.init)
        case .bool(let values): values.map { $0 ? 1 : 0 }
        case .float32, .float64, .strings: nil
        }
    }

    /// The elements as strings; nil for numbers.
    public var strings: [String]? {
        if case .strings(let values) = storage { values } else { nil }
    }

    /// The one element of an array of one string.
    public var string: String? {
        strings.flatMap { $0.count == 1 ? $0[0] : nil }
    }
}
