import HumanMotion

/// FNV-1a with 64 bits over the bit patterns of floats, one step per float.
///
/// G. Fowler, L. C. Noll, K.-P. Vo, "The FNV Non-Cryptographic Hash Algorithm"; guards against damage, not attacks.
struct FeatureChecksum {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    init() {}

    /// Of all rows of a motion.
    init(_ motion: MotionFeatures) {
        motion.values.withUnsafeBufferPointer { update($0) }
    }

    /// Takes in more floats.
    mutating func update(_ values: UnsafeBufferPointer<Float>) {
        for value in values { state = (state ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
    }

    /// 16 hexadecimal digits.
    var text: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
