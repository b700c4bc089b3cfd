import Geometry

extension BVH {
    /// Reads a BVH text.
    ///
    /// - Parameters:
    ///   - text: The file's bytes.
    ///   - metresPerUnit: Length of the file's unit; centimetres unless told.
    /// - Throws: `BVHError` with the line, for anything whose meaning is not clear. What is: a byte order mark, words in any
    ///   case, `Frames:90`, `90.0` frames, end sites with a name, other frames than told and a cut last line, each with a note.
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
    private var notes: [String] = []

    init(text: [UInt8], metresPerUnit: Double) {
        self.text = text
        self.metresPerUnit = metresPerUnit
    }

    mutating func read() throws(BVHError) -> BVH {
        skipByteOrderMark()
        let joints = try hierarchy()
        try expect("MOTION")
        let countWord = try value(of: "Frames:")
        guard let told = Int(countWord) ?? Double(countWord).flatMap(Int.init(exactly:)), told >= 0 else {
            throw error(.frameCount(countWord))
        }
        if Int(countWord) == nil { notes.append("'\(countWord)' frames are \(told)") }
        try expect("Frame")
        let timeWord = try value(of: "Time:")
        guard let frameTime = Double(timeWord) else { throw error(.number(timeWord)) }
        guard frameTime >= 1e-4, frameTime <= 1 else { throw error(.frameTime(frameTime)) }

        let scales = joints.flatMap { joint in
            joint.channels.map { $0.isRotation ? Double.pi / 180 : metresPerUnit }
        }
        let (values, count) = try frames(scales, told: told)
        return BVH(joints: joints, frameTime: frameTime, frameCount: count, values: values, notes: notes)
    }

    private mutating func skipByteOrderMark() {
        guard text.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
        position = 3
        notes.append("the byte order mark is left out")
    }

    /// The word after a keyword, with or without a space between.
    private mutating func value(of keyword: String) throws(BVHError) -> String {
        let found = try word(keyword)
        let (first, rest) = (String(found.prefix(keyword.count)), String(found.dropFirst(keyword.count)))
        guard isKeyword(first, keyword) else { throw error(.expected(keyword, found: found)) }
        if rest.isEmpty { return try word("a number") }
        notes.append("'\(found)' has no space")
        return rest
    }

    /// The values of all frames that are there.
    private mutating func frames(_ scales: [Double], told: Int) throws(BVHError) -> (values: [Double], count: Int) {
        guard !scales.isEmpty else { throw error(.noChannels) }
        let width = scales.count
        var values: [Double] = []
        // Every value takes two characters at least, so that a false promise takes no memory.
        values.reserveCapacity(min(told, text.count / (2 * width)) * width)
        var (lineBefore, beginsLine, isCut) = (line, true, false)
        while let range = nextWord() {
            if values.count.isMultiple(of: width) {
                beginsLine = line > lineBefore
                guard values.count < width * HumanClip.greatestFrameCount else { throw error(.tooManyFrames) }
            }
            lineBefore = line
            guard let value = Self.number(text[range]) else {
                guard range.upperBound == text.count else { throw error(.number(string(range))) }
                isCut = true
                break
            }
            values.append(value * scales[values.count % width])
        }
        let (count, rest) = values.count.quotientAndRemainder(dividingBy: width)
        guard count != told || isCut || rest > 0 else { return (values, count) }
        // Whole lines are whole frames, whatever was told, and a last line may be cut while it is written. Where a frame begins
        // within a line a number is missing, and no column fits.
        guard beginsLine, count > 0 || told == 0 else { throw error(.frames(told: told, found: count)) }
        // Some are lost when a recording ends badly; of a file that lost the most nobody knows what it was.
        guard count >= told / 2 else { throw error(.framesMissing(told: told, found: count)) }
        values.removeLast(rest)
        if isCut || rest > 0 { notes.append("the last line is cut off after \(rest) of \(width) numbers and left out") }
        if count != told { notes.append("\(told) frames are told, \(count) are there") }
        return (values, count)
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
            let found = try word("OFFSET, CHANNELS, JOINT, End or }")
            switch found.uppercased() {
            case "OFFSET":
                guard !hasOffset[joint] else { throw error(.offset(joint: joints[joint].name)) }
                joints[joint].offset = try offset()
                hasOffset[joint] = true
            case "CHANNELS": joints[joint].channels += try channels(after: joints[joint].channels)
            case "JOINT":
                _ = isKeyword(found, "JOINT")
                try begin(try name(), &self)
            case "END":
                _ = isKeyword(found, "End")
                try expect("Site")
                try endSiteName()
                try expect("{")
                try expect("OFFSET")
                joints[joint].endSite = try offset()
                try expect("}")
            case "}":
                guard hasOffset[joint] else { throw error(.offset(joint: joints[joint].name)) }
                open.removeLast()
            default: throw error(.expected("OFFSET, CHANNELS, JOINT, End or }", found: found))
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
        // Six, and the three scales that some exporters write, which are refused by their names.
        guard let count = Int(countWord), (0...9).contains(count) else { throw error(.number(countWord)) }
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

    /// Some exporters name their end sites; the names say nothing.
    private mutating func endSiteName() throws(BVHError) {
        let (start, startLine) = (position, line)
        let next = try word("{")
        if next.first == "{" {
            (position, line) = (start, startLine)
        } else {
            note("end sites have names, as '\(next)', which are left out", about: "end sites")
        }
    }

    // MARK: Words

    /// Keywords are told apart in any case.
    private mutating func isKeyword(_ found: String, _ wanted: String) -> Bool {
        guard found.lowercased() == wanted.lowercased() else { return false }
        if found != wanted { note("keywords are written in another case, as '\(found)'", about: "keywords") }
        return true
    }

    /// A note, once for each matter.
    private mutating func note(_ sentence: String, about matter: String) {
        if !notes.contains(where: { $0.hasPrefix(matter) }) { notes.append(sentence) }
    }

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
        guard isKeyword(found, wanted) else { throw error(.expected(wanted, found: found)) }
    }

    private mutating func number() throws(BVHError) -> Double {
        guard let range = nextWord() else { throw error(.expected("a number", found: nil)) }
        guard let value = Self.number(text[range]) else { throw error(.number(string(range))) }
        return value
    }

    private static func number(_ word: ArraySlice<UInt8>) -> Double? {
        guard let value = decimal(word) ?? Double(String(decoding: word.prefix(80), as: UTF8.self)), value.isFinite,
            abs(value) < maximumNumber
        else { return nil }
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
