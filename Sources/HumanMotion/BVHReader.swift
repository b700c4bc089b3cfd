import Geometry

extension BVH {
    /// Reads a BVH text.
    ///
    /// - Parameters:
    ///   - text: The file's bytes.
    ///   - metresPerUnit: Length of the file's unit; centimetres unless told.
    /// - Throws: `BVHError` with the line, for anything that is not a whole and well-formed motion.
    public init(_ text: [UInt8], metresPerUnit: Double = 0.01) throws(BVHError) {
        var reader = BVHReader(text: text, metresPerUnit: metresPerUnit)
        self = try reader.read()
    }
}

/// The recursive grammar of BVH, read with a stack of open joints so that no nesting exhausts the thread.
private struct BVHReader {
    private static let maximumJoints = 4096
    private static let maximumNumber = 1e7

    private let text: [UInt8]
    private let metresPerUnit: Double
    private var position = 0
    private var line = 1

    init(text: [UInt8], metresPerUnit: Double) {
        self.text = text
        self.metresPerUnit = metresPerUnit
    }

    mutating func read() throws(BVHError) -> BVH {
        let joints = try hierarchy()
        try expect("MOTION")
        try expect("Frames:")
        let channels = joints.reduce(0) { $0 + $1.channels.count }
        let countWord = try word("a frame count")
        // Every value takes two characters at least, so a longer promise cannot be kept.
        guard let frameCount = Int(countWord), frameCount >= 0,
            frameCount <= (text.count - position + 1) / max(2 * channels, 1)
        else { throw error(.frameCount(countWord)) }
        try expect("Frame")
        try expect("Time:")
        let frameTime = try number()
        guard frameTime >= 1e-4, frameTime <= 1 else { throw error(.frameTime(frameTime)) }

        let scales = joints.flatMap { joint in
            joint.channels.map { $0.isRotation ? Double.pi / 180 : metresPerUnit }
        }
        var values: [Double] = []
        values.reserveCapacity(frameCount * channels)
        for _ in 0..<frameCount {
            for scale in scales { values.append(try number() * scale) }
        }
        if let rest = nextWord() { throw error(.trailing(string(rest))) }
        return BVH(joints: joints, frameTime: frameTime, frameCount: frameCount, values: values)
    }

    // MARK: Hierarchy

    private mutating func hierarchy() throws(BVHError) -> [BVH.Joint] {
        try expect("HIERARCHY")
        try expect("ROOT")
        var joints: [BVH.Joint] = []
        var hasOffset: [Bool] = []
        var open: [Int] = []
        func begin(_ name: String, _ reader: inout BVHReader) throws(BVHError) {
            guard joints.count < Self.maximumJoints else { throw reader.error(.tooManyJoints) }
            try reader.expect("{")
            joints.append(BVH.Joint(name: name, parent: open.last ?? -1, offset: .zero, channels: [], endSite: nil))
            hasOffset.append(false)
            open.append(joints.count - 1)
        }
        try begin(try name(), &self)
        while let joint = open.last {
            switch try word("OFFSET, CHANNELS, JOINT, End or }") {
            case "OFFSET":
                guard !hasOffset[joint] else { throw error(.offset(joint: joints[joint].name)) }
                joints[joint].offset = try offset()
                hasOffset[joint] = true
            case "CHANNELS": joints[joint].channels += try channels(after: joints[joint].channels)
            case "JOINT": try begin(try name(), &self)
            case "End":
                try expect("Site")
                try expect("{")
                try expect("OFFSET")
                joints[joint].endSite = try offset()
                try expect("}")
            case "}":
                guard hasOffset[joint] else { throw error(.offset(joint: joints[joint].name)) }
                open.removeLast()
            case let other: throw error(.expected("OFFSET, CHANNELS, JOINT, End or }", found: other))
            }
        }
        return joints
    }

    private mutating func offset() throws(BVHError) -> Vector3 {
        let (x, y, z) = (try number(), try number(), try number())
        return Vector3(x, y, z) * metresPerUnit
    }

    private mutating func channels(after known: [BVH.Channel]) throws(BVHError) -> [BVH.Channel] {
        let countWord = try word("a channel count")
        guard let count = Int(countWord), (0...6).contains(count) else { throw error(.number(countWord)) }
        var channels: [BVH.Channel] = []
        for _ in 0..<count {
            let name = try word("a channel")
            guard let channel = BVH.Channel.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }),
                !channels.contains(channel), !known.contains(channel)
            else { throw error(.channel(name)) }
            channels.append(channel)
        }
        return channels
    }

    // MARK: Words

    private func error(_ reason: BVHError.Reason) -> BVHError { BVHError(reason: reason, line: line) }

    private func string(_ range: Range<Int>) -> String {
        String(decoding: text[range.prefix(80)], as: UTF8.self)
    }

    /// The next run of characters above the space; nil at the end.
    private mutating func nextWord() -> Range<Int>? {
        while position < text.count, text[position] <= 0x20 {
            if text[position] == 0x0A { line += 1 }
            position += 1
        }
        let start = position
        while position < text.count, text[position] > 0x20 { position += 1 }
        return start < position ? start..<position : nil
    }

    /// The rest of the line, or what stands before a brace: some names have spaces.
    private mutating func name() throws(BVHError) -> String {
        guard var range = nextWord() else { throw error(.expected("a joint's name", found: nil)) }
        while position < text.count, text[position] != 0x0A, text[position] != 0x0D, text[position] != UInt8(ascii: "{")
        {
            position += 1
            if text[position - 1] > 0x20 { range = range.lowerBound..<position }
        }
        return string(range)
    }

    private mutating func word(_ wanted: String) throws(BVHError) -> String {
        guard let range = nextWord() else { throw error(.expected(wanted, found: nil)) }
        return string(range)
    }

    private mutating func expect(_ wanted: String) throws(BVHError) {
        let found = try word(wanted)
        guard found == wanted else { throw error(.expected(wanted, found: found)) }
    }

    private mutating func number() throws(BVHError) -> Double {
        guard let range = nextWord() else { throw error(.expected("a number", found: nil)) }
        guard let value = Self.decimal(text[range]) ?? Double(string(range)), value.isFinite,
            abs(value) < Self.maximumNumber
        else { throw error(.number(string(range))) }
        return value
    }

    /// Plain decimals of at most 15 digits, which one division rounds correctly; nil for all else.
    private static func decimal(_ word: ArraySlice<UInt8>) -> Double? {
        var digits = word
        let negative = digits.first == UInt8(ascii: "-")
        if negative { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.count <= 16 else { return nil }
        var mantissa = 0
        var divisor = 1.0
        var point = false
        var count = 0
        for character in digits {
            if character == UInt8(ascii: "."), !point {
                point = true
            } else if character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9"), count < 15 {
                mantissa = mantissa * 10 + Int(character - UInt8(ascii: "0"))
                count += 1
                if point { divisor *= 10 }
            } else {
                return nil
            }
        }
        guard count > 0 else { return nil }
        let value = Double(mantissa) / divisor
        return negative ? -value : value
    }
}
