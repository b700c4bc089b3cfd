internal import Geometry
public import JSON
public import Robots

/// One message of the native stream's container: topic, a JSON header of fixed length, raw little-endian arrays.
///
/// The layout is that of SONIC's messages (GR00T-WholeBodyControl): the topic's bytes, then `headerSize` bytes of JSON
/// padded with NUL, then the fields in the header's order without gaps.
public struct StreamMessage: Hashable, Sendable {
    /// Length of the header, bytes.
    public static let headerSize = 1280

    /// The topic, which ends in a full stop.
    public var topic: String
    /// The header's members but for those that describe the layout (`v`, `endian`, `count`, `fields`).
    public var header: [JSONValue.Member]
    /// The arrays in order.
    public var fields: [Field]

    /// A named array.
    public struct Field: Hashable, Sendable {
        /// Its name, such as `joint_pos`.
        public var name: String
        /// Its extents.
        public var shape: [Int]
        /// Its elements, the last index fastest.
        public var elements: Elements

        /// Creates an array.
        public init(_ name: String, shape: [Int], _ elements: Elements) {
            self.name = name
            self.shape = shape
            self.elements = elements
        }
    }

    /// The elements of an array with their type.
    public enum Elements: Hashable, Sendable {
        /// `f32`.
        case float([Float])
        /// `f64`.
        case double([Double])
        /// `i64`.
        case integer([Int64])
        /// `u8`.
        case byte([UInt8])

        var count: Int {
            switch self {
            case .float(let values): values.count
            case .double(let values): values.count
            case .integer(let values): values.count
            case .byte(let values): values.count
            }
        }

        var type: String {
            switch self {
            case .float: "f32"
            case .double: "f64"
            case .integer: "i64"
            case .byte: "u8"
            }
        }
    }

    /// Creates a message.
    public init(topic: String, header: [JSONValue.Member] = [], fields: [Field]) {
        self.topic = topic
        self.header = header
        self.fields = fields
    }

    /// The array of that name.
    public subscript(name: String) -> Field? { fields.first { $0.name == name } }

    /// Where a message `reference.<robot>.` has the robot; nil for other messages.
    public var configuration: RobotConfiguration? {
        guard case .float(let place)? = self["root_pos"]?.elements, place.count == 3,
            case .float(let turn)? = self["root_quat"]?.elements, turn.count == 4,
            case .float(let joints)? = self["joint_pos"]?.elements
        else { return nil }
        return RobotConfiguration(
            rootPosition: Vector3(Double(place[0]), Double(place[1]), Double(place[2])),
            rootRotation: Quaternion(
                w: Double(turn[0]), x: Double(turn[1]), y: Double(turn[2]), z: Double(turn[3])),
            jointPositions: joints.map(Double.init))
    }

    /// The message's bytes.
    public func encoded() throws(StreamMessageError) -> [UInt8] {
        let layout = fields.map { (name: $0.name, type: $0.elements.type, shape: $0.shape) }
        var bytes = try StreamMessage.head(topic: topic, layout: layout, members: header)
        for field in fields {
            guard field.shape.reduce(1, *) == field.elements.count else { throw .wrongCount(field: field.name) }
            switch field.elements {
            case .float(let values): for value in values { append(value.bitPattern, to: &bytes) }
            case .double(let values): for value in values { append(value.bitPattern, to: &bytes) }
            case .integer(let values): for value in values { append(UInt64(bitPattern: value), to: &bytes) }
            case .byte(let values): bytes += values
            }
        }
        return bytes
    }

    /// Topic and header of a message whose arrays are laid out so; element types are named as in `Elements`.
    static func head(
        topic: String, version: Int = 1, count: Int = 1, layout: [(name: String, type: String, shape: [Int])],
        members: [JSONValue.Member] = []
    ) throws(StreamMessageError) -> [UInt8] {
        let fields = layout.map { field -> JSONValue in
            [
                "name": .string(field.name), "dtype": .string(field.type),
                "shape": .array(field.shape.map { JSONValue($0) }),
            ]
        }
        let described: [JSONValue.Member] = [
            .init("v", JSONValue(version)), .init("endian", "le"), .init("count", JSONValue(count)),
            .init("fields", .array(fields)),
        ]
        let json = JSONValue.object(described + members).encoded
        guard json.count <= headerSize else { throw .headerTooLong(bytes: json.count) }
        return Array(topic.utf8) + json + repeatElement(0, count: headerSize - json.count)
    }

    /// Reads a message.
    public init(decoding bytes: [UInt8]) throws(StreamMessageError) {
        guard let start = bytes.firstIndex(of: UInt8(ascii: "{")), bytes.count >= start + StreamMessage.headerSize
        else { throw .tooShort(bytes: bytes.count) }
        topic = String(decoding: bytes[..<start], as: UTF8.self)
        let json: JSONValue
        do throws(JSONSyntaxError) {
            json = try JSONValue(parsing: bytes[start..<start + StreamMessage.headerSize].prefix { $0 != 0 })
        } catch {
            throw .invalidHeader(reason: error.reason)
        }
        guard let layout = json["fields"]?.array else { throw .invalidHeader(reason: "`fields` is missing") }
        guard json["endian"]?.string ?? "le" == "le" else { throw .invalidHeader(reason: "`endian` is not \"le\"") }
        let described: Set = ["v", "endian", "count", "fields"]
        header = (json.members ?? []).filter { !described.contains($0.key) }
        fields = []
        var offset = start + StreamMessage.headerSize
        for description in layout {
            guard let name = description["name"]?.string, let type = description["dtype"]?.string,
                let shape = description["shape"]?.array?.map(\.integer), !shape.contains(where: { $0 ?? -1 < 0 })
            else { throw .invalidHeader(reason: "a field lacks `name`, `dtype` or `shape`") }
            var count = 1
            for extent in shape {
                let (product, isTooLarge) = count.multipliedReportingOverflow(by: Int(extent ?? 0))
                guard !isTooLarge else { throw .truncated(field: name) }
                count = product
            }
            let size = ["u8": 1, "f32": 4][type] ?? 8
            guard count <= (bytes.count - offset) / size else { throw .truncated(field: name) }
            let elements: Elements
            switch type {
            case "f32":
                elements = .float(
                    (0..<count).map { Float(bitPattern: UInt32(truncatingIfNeeded: load(bytes, offset + 4 * $0, 4))) })
            case "f64": elements = .double((0..<count).map { Double(bitPattern: load(bytes, offset + 8 * $0, 8)) })
            case "i64": elements = .integer((0..<count).map { Int64(bitPattern: load(bytes, offset + 8 * $0, 8)) })
            case "u8": elements = .byte(Array(bytes[offset..<offset + count]))
            default: throw .invalidHeader(reason: "the type \(type) of `\(name)` is not read")
            }
            fields.append(Field(name, shape: shape.compactMap { $0.map(Int.init) }, elements))
            offset += count * size
        }
        guard offset == bytes.count else { throw .trailingBytes(count: bytes.count - offset) }
    }
}

/// Why bytes are no message of the container, or a message has no bytes.
public enum StreamMessageError: Error, Hashable, Sendable {
    /// Not even topic and header fit.
    case tooShort(bytes: Int)
    /// The header does not parse, or says what cannot be.
    case invalidHeader(reason: String)
    /// The field's bytes are not all there.
    case truncated(field: String)
    /// Bytes follow the last field.
    case trailingBytes(count: Int)
    /// The header does not fit its fixed length.
    case headerTooLong(bytes: Int)
    /// The field's elements do not fill its shape.
    case wrongCount(field: String)
}

private func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
}

private func load(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
    return value
}
