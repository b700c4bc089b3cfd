/// Writes one message after another into memory made beforehand; allocates nothing while writing.
///
/// Remembers whether every number was finite, so that an encoder can keep a broken message to itself.
struct MessageWriter: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private let start: Int
    private var count: Int
    private var isFinite = true

    /// Memory for messages that all begin with `prefix`, and go on for `room` bytes at most.
    init(prefix: [UInt8], room: Int) {
        memory = .allocate(byteCount: prefix.count + room, alignment: 8)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        memory.copyBytes(from: prefix)
        start = prefix.count
        count = start
    }

    deinit { memory.deallocate() }

    /// Begins a new message behind the prefix.
    mutating func begin() {
        count = start
        isFinite = true
    }

    /// The message's bytes, valid until the next one begins; nil when a number was not finite.
    func end() -> UnsafeRawBufferPointer? {
        isFinite ? UnsafeRawBufferPointer(rebasing: memory[..<count]) : nil
    }

    // MARK: Little-endian numbers

    mutating func float(_ value: Double) {
        let value = Float(value)
        isFinite = isFinite && value.isFinite
        store(value.bitPattern.littleEndian)
    }

    mutating func double(_ value: Double) {
        isFinite = isFinite && value.isFinite
        store(value.bitPattern.littleEndian)
    }

    mutating func integer(_ value: Int64) { store(value.littleEndian) }

    mutating func byte(_ value: UInt8) { store(value) }

    private mutating func store<Value: BitwiseCopyable>(_ value: Value) {
        memory.storeBytes(of: value, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    // MARK: Text

    mutating func text(_ text: StaticString) {
        memory[count..<count + text.utf8CodeUnitCount].copyBytes(
            from: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        count += text.utf8CodeUnitCount
    }

    mutating func bytes(_ bytes: borrowing [UInt8]) {
        for index in bytes.indices { memory[count + index] = bytes[index] }
        count += bytes.count
    }

    /// A whole number in decimal digits.
    mutating func digits(_ value: Int64) {
        if value < 0 { byte(UInt8(ascii: "-")) }
        magnitude(value.magnitude, places: 1)
    }

    /// A number with six decimals; of at least `width` characters, blanks before it. Magnitudes from 10¹² on count as not
    /// finite.
    mutating func decimal(_ value: Double, width: Int = 0) {
        guard abs(value) < 1e12 else {
            isFinite = false
            return
        }
        let scaled = Int64((value * 1e6).rounded())
        let (whole, rest) = scaled.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        var used = (scaled < 0 ? 1 : 0) + 8
        var left = whole
        while left >= 10 {
            used += 1
            left /= 10
        }
        for _ in 0..<max(width - used, 0) { byte(UInt8(ascii: " ")) }
        if scaled < 0 { byte(UInt8(ascii: "-")) }
        magnitude(whole, places: 1)
        byte(UInt8(ascii: "."))
        magnitude(rest, places: 6)
    }

    private mutating func magnitude(_ value: UInt64, places: Int) {
        var digits = places
        var left = value
        for _ in 1..<max(places, 1) { left /= 10 }
        while left >= 10 {
            digits += 1
            left /= 10
        }
        var rest = value
        for place in (count..<count + digits).reversed() {
            memory[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        count += digits
    }
}
