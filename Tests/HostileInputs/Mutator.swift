/// Makes bytes worse, the same way for the same seed.
package struct Mutator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    // SplitMix64 (Steele, Lea and Flood, 2014).
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Numbers at which code goes wrong, as text.
    private static let numbers = [
        "0", "-0", "-1", "1e-300", "-1e-300", "1e300", "1e999", "9223372036854775807", "-9223372036854775808",
        "18446744073709551616", "0.1", "1e-9", "1000", "NaN", "4294967295", "65536",
    ]

    /// The bytes with one to four changes: bits, numbers, parts left out, put twice or cut off.
    package mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0..<bytes.count, using: &self)
        let part = place..<min(bytes.count, place + Int.random(in: 1...64, using: &self))
        switch Int.random(in: 0..<9, using: &self) {
        case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        case 2: bytes[place] = [0, 0xFF, 0x7F, 0x80, 0x20].randomElement(using: &self) ?? 0
        case 3: bytes.removeSubrange(part)
        case 4: bytes.insert(contentsOf: bytes[part], at: place)
        case 5: bytes.removeLast(bytes.count - place)
        case 6:
            // A length or an offset, little-endian.
            for (index, byte) in withUnsafeBytes(of: UInt64.random(in: .min ... .max, using: &self), Array.init)
                .prefix([1, 2, 4, 8].randomElement(using: &self) ?? 1).enumerated() where place + index < bytes.count
            { bytes[place + index] = byte }
        default: replaceNumber(in: &bytes, after: place)
        }
    }

    /// Puts another number in the place of the next one that stands there as text.
    private mutating func replaceNumber(in bytes: inout [UInt8], after place: Int) {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".") }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
        bytes.replaceSubrange(start..<end, with: (Mutator.numbers.randomElement(using: &self) ?? "0").utf8)
    }
}
