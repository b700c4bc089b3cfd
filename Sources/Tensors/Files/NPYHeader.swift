/// The Python dictionary at the start of an .npy file: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
struct NPYHeader {
    var descriptor = ""
    var fortranOrder = false
    var shape: [Int] = []

    /// Why a header can't be read.
    enum Problem: Error {
        /// Not what numpy writes; the text says what was found.
        case malformed(String)
        /// An array of records.
        case structured
    }

    init(descriptor: String, shape: [Int]) {
        (self.descriptor, self.shape) = (descriptor, shape)
    }

    init(parsing text: some Sequence<UInt8>) throws(Problem) {
        var scanner = Scanner(text: Array(text))
        var keys: Set<String> = []
        try scanner.expect("{")
        while !scanner.skip("}") {
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "descr":
                if scanner.peek("[") { throw .structured }
                descriptor = try scanner.string()
            case "fortran_order": fortranOrder = try scanner.boolean()
            case "shape": shape = try scanner.tuple()
            default: throw .malformed("the key '\(key)'")
            }
            guard keys.insert(key).inserted else { throw .malformed("the key '\(key)' twice") }
            if !scanner.skip(",") {
                try scanner.expect("}")
                break
            }
        }
        guard keys.count == 3 else { throw .malformed("only the keys \(keys.sorted())") }
        guard scanner.atEnd else { throw .malformed("more after the dictionary") }
    }

    /// The dictionary as numpy writes it.
    var text: String {
        let extents = shape.map { "\($0)," }.joined(separator: " ")
        let tuple = shape.count > 1 ? String(extents.dropLast()) : extents
        return "{'descr': '\(descriptor)', 'fortran_order': \(fortranOrder ? "True" : "False"), 'shape': (\(tuple)), }"
    }

    /// As much of Python's literals as the dictionary needs.
    private struct Scanner {
        let text: [UInt8]
        var offset = 0

        init(text: [UInt8]) { self.text = text }

        private var next: UInt8? { offset < text.count ? text[offset] : nil }

        private mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
        }

        var atEnd: Bool {
            mutating get {
                skipSpace()
                return next == nil
            }
        }

        mutating func peek(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            return next == UInt8(ascii: character)
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard peek(character) else { return false }
            offset += 1
            return true
        }

        mutating func expect(_ character: Unicode.Scalar) throws(Problem) {
            guard skip(character) else { throw problem("'\(character)'") }
        }

        mutating func string() throws(Problem) -> String {
            skipSpace()
            guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
                throw problem("a string")
            }
            guard let end = text[(offset + 1)...].firstIndex(of: quote) else { throw problem("a closed string") }
            defer { offset = end + 1 }
            return String(decoding: text[offset + 1..<end], as: UTF8.self)
        }

        mutating func boolean() throws(Problem) -> Bool {
            skipSpace()
            for (word, value) in [("True", true), ("False", false)] where text[offset...].starts(with: word.utf8) {
                offset += word.utf8.count
                return value
            }
            throw problem("True or False")
        }

        mutating func tuple() throws(Problem) -> [Int] {
            var numbers: [Int] = []
            try expect("(")
            while !skip(")") {
                skipSpace()
                let digits = text[offset...].prefix { (0x30...0x39).contains($0) }
                guard let number = Int(String(decoding: digits, as: UTF8.self)) else { throw problem("an extent") }
                numbers.append(number)
                offset = digits.endIndex
                if !skip(",") {
                    try expect(")")
                    break
                }
            }
            return numbers
        }

        private func problem(_ wanted: String) -> Problem {
            let rest = String(decoding: text[min(offset, text.count)...].prefix(20), as: UTF8.self)
            return .malformed("'\(rest)' where \(wanted) should be")
        }
    }
}
