/// Conversions between `Float` and the 16-bit formats, on bits, because `Float16` is not on every platform.
enum HalfPrecision {
    /// IEEE 754 binary16, widened exactly.
    static func floats(fromF16 bits: [UInt16]) -> [Float] { bits.map(float(fromF16:)) }

    /// bfloat16, widened exactly.
    static func floats(fromBF16 bits: [UInt16]) -> [Float] { bits.map(float(fromBF16:)) }

    /// To the nearest binary16, ties to even; beyond 65,504 to infinity.
    static func f16(from values: [Float]) -> [UInt16] { values.map { f16(from: $0) } }

    static func float(fromF16 bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7FFF) << 13
        // The exponent's bias differs by 112; the product also makes subnormals normal.
        let scaled = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let notFinite = magnitude >= 0x7C00 << 13
        return Float(bitPattern: sign | (notFinite ? magnitude | 0x7F80_0000 : scaled))
    }

    // The upper half of a `Float`.
    static func float(fromBF16 bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    static func f16(from value: Float) -> UInt16 {
        let sign = UInt16(truncatingIfNeeded: (value.bitPattern >> 16) & 0x8000)
        let magnitude = value.magnitude
        if magnitude.isNaN { return sign | 0x7E00 }
        if magnitude >= 65520 { return sign | 0x7C00 }
        if magnitude < 0x1p-14 {
            // Subnormal: adding 1/2 leaves the multiple of 2^-24 in the low bits, rounded.
            return sign | UInt16(truncatingIfNeeded: (magnitude + 0.5).bitPattern &- Float(0.5).bitPattern)
        }
        let bits = magnitude.bitPattern
        let rounded = bits &+ 0xFFF &+ ((bits >> 13) & 1)
        return sign | UInt16(truncatingIfNeeded: (rounded &- (112 << 23)) >> 13)
    }
}
