import FoundationEssentials
import HumanBody
import TextEncoding

/// How a model does the lexicon's actions: the sentence by which its weights know an action, and motions of it to follow.
///
/// What the weights show by themselves has no exemplars; what they cannot show has been recorded or authored. A stream
/// that follows an exemplar takes its tokens and draws those between, before and after them, so that it goes over from
/// whatever was done before.
public struct ExemplarLibrary: Sendable {
    /// What the library knows of one canonical sentence.
    public struct Entry: Hashable, Sendable {
        /// The sentence that the weights are given; nil for the canonical one.
        public var prompt: String?
        /// Motions to follow; empty where the weights need none.
        public var exemplars: [Exemplar]
        /// Motions that arms or head follow when it is done beside something else, where those to follow alone are none.
        public var beside: [Exemplar] = []
        /// What is said behind "while" when it is done beside something else: "waving the left hand".
        public var gerund: String?

        /// An entry of these parts.
        public init(
            prompt: String? = nil, exemplars: [Exemplar] = [], beside: [Exemplar] = [], gerund: String? = nil
        ) {
            self.prompt = prompt
            self.exemplars = exemplars
            self.beside = beside
            self.gerund = gerund
        }
    }

    /// What a canonical sentence asks for.
    struct Plan {
        /// The sentence for the weights.
        var prompt: String
        /// Motions of the main action.
        var exemplars: [Exemplar] = []
        /// Motions of each action at the same time.
        var meanwhile: [[Exemplar]] = []
        /// Whether the main action itself is laid over a standing body, and so is the first of those at the same time.
        var isLaid = false
    }

    /// The entries by canonical sentence.
    public private(set) var entries: [String: Entry] = [:]
    private var sentences: [String: String] = [:]

    /// An empty library: the weights do everything by themselves.
    public init() {}

    /// The entry of a sentence.
    public subscript(sentence: String) -> Entry? {
        get { entries[sentence] }
        set {
            if let gerund = entries[sentence]?.gerund { sentences[gerund] = nil }
            entries[sentence] = newValue
            if let gerund = newValue?.gerund { sentences[gerund] = sentence }
        }
    }

    /// Whether motions of a sentence last as long as they take, so that nobody need say how long.
    public func hasExemplars(of sentence: String) -> Bool { !(entries[sentence]?.exemplars.isEmpty ?? true) }

    /// What is to be done for a sentence as the reader of texts makes it, such as "a person walks forward while waving the
    /// left hand"; a sentence that is not known is the model's own business.
    func plan(for sentence: String) -> Plan {
        if let entry = entries[sentence] {
            let laid = entry.exemplars.filter { $0.limbs != nil }
            return laid.isEmpty
                ? Plan(prompt: entry.prompt ?? sentence, exemplars: entry.exemplars)
                : Plan(prompt: entry.prompt ?? Self.standing, meanwhile: [laid], isLaid: true)
        }
        for manner in Manner.allCases where sentence.hasSuffix(" " + manner.phrase) {
            let plain = String(sentence.dropLast(manner.phrase.count + 1))
            guard hasExemplars(of: plain) else { break }
            // Of manners only the tempo is told apart.
            let paced = manner.tempo.map { "\(plain) \($0.phrase)" } ?? plain
            return self.plan(for: entries[paced] == nil ? plain : paced)
        }
        guard let middle = sentence.firstRange(of: Self.meanwhile) else { return Plan(prompt: sentence) }
        var plan = self.plan(for: String(sentence[..<middle.lowerBound]))
        var rest = String(sentence[middle.upperBound...])
        while !rest.isEmpty {
            // The longest known one that the rest begins with.
            let ends = rest.indices.filter { rest[$0...].hasPrefix(Self.and) } + [rest.endIndex]
            guard let end = ends.last(where: { sentences[String(rest[..<$0])] != nil }),
                let known = sentences[String(rest[..<end])], let entry = entries[known]
            else { return Plan(prompt: sentence) }
            plan.meanwhile.append(entry.exemplars.isEmpty ? entry.beside : entry.exemplars)
            rest = String(rest[end...].dropFirst(Self.and.count))
        }
        return plan
    }

    /// What the body does beneath joints that are laid over it.
    private static let standing = "a person stands still"
    private static let meanwhile = " while "
    private static let and = " and "
}

// MARK: Files

extension ExemplarLibrary {
    fileprivate struct File: Codable {
        struct Motion: Codable {
            /// Little-endian 16-bit codes, layer after layer, in base 64.
            var codes: String?
            /// Names of joints, and their rotations (``LimbMotion``), in place of codes.
            var joints: [String]?
            var turns: String?
            /// Number of the recorded motion whose codes these are (``ExactMotion``), and how it is played.
            var exact: Int?
            var mirrored: Bool?
            var rate: Double?
            var start: Int?
            var loop: [Int]?
            var parts: [String]?
            var source: String
        }
        struct Entry: Codable {
            var prompt: String?
            var exemplars: [Motion]?
            var beside: [Motion]?
            var gerund: String?
        }
        /// Codes in each codebook, and codebooks, of the tokenizer whose codes these are.
        var codes: Int
        var quantizers: Int
        var entries: [String: Entry]
    }

    /// Reads a model's library; an empty one where there is none.
    ///
    /// - Throws: `MotionGeneratorError` for a file that is not in its form or, with a tokenizer, of another one.
    public init(path: String, tokenizer: TokenizerConfiguration? = nil) throws {
        guard let data = FileManager.default.contents(atPath: path) else { return }
        guard let file = try? JSONDecoder().decode(File.self, from: data) else {
            throw MotionGeneratorError.unreadableExemplars(
                path: path, why: "it is not in the form of kmmctl train exemplars")
        }
        if let tokenizer, file.codes != tokenizer.codes || file.quantizers != tokenizer.quantizers {
            throw MotionGeneratorError.mismatchedModels(
                tokenizer: "\(tokenizer.codes) codes × \(tokenizer.quantizers)",
                generator: "\(path) \(file.codes) codes × \(file.quantizers)")
        }
        let recorded = try ExactMotion.all(in: Self.motions(beside: path))
        for (sentence, entry) in file.entries {
            func exemplars(_ motions: [File.Motion]?) throws -> [Exemplar] {
                try (motions ?? []).map { motion in
                    guard
                        let exemplar = motion.exemplar(
                            codes: file.codes, quantizers: file.quantizers, recorded: recorded)
                    else {
                        throw MotionGeneratorError.unreadableExemplars(
                            path: path,
                            why: "\"\(sentence)\" has codes beyond \(file.codes) × \(file.quantizers), or broken motion"
                        )
                    }
                    return exemplar
                }
            }
            self[sentence] = Entry(
                prompt: entry.prompt, exemplars: try exemplars(entry.exemplars), beside: try exemplars(entry.beside),
                gerund: entry.gerund)
        }
    }

    /// Writes the file that ``init(path:tokenizer:)`` reads, and `motions.npz` beside it where there are recorded motions.
    public func write(to path: String, tokenizer: TokenizerConfiguration) throws {
        var file = File(codes: tokenizer.codes, quantizers: tokenizer.quantizers, entries: [:])
        var recorded: [ExactMotion] = []
        var numbers: [ExactMotion: Int] = [:]
        func motions(_ exemplars: [Exemplar]) -> [File.Motion]? {
            let motions = exemplars.map { exemplar in
                var motion = File.Motion(exemplar)
                motion.exact = exemplar.exact.map { exact in
                    if let number = numbers[exact.recorded] { return number }
                    numbers[exact.recorded] = recorded.count
                    recorded.append(exact.recorded)
                    return recorded.count - 1
                }
                return motion
            }
            return motions.isEmpty ? nil : motions
        }
        for (sentence, entry) in entries.sorted(by: { $0.key < $1.key }) {
            file.entries[sentence] = File.Entry(
                prompt: entry.prompt, exemplars: motions(entry.exemplars), beside: motions(entry.beside),
                gerund: entry.gerund)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !recorded.isEmpty { try ExactMotion.write(recorded, to: Self.motions(beside: path)) }
        try encoder.encode(file).write(to: URL(filePath: path), options: .atomic)
    }

    /// The file of recorded motions that belongs to a library.
    private static func motions(beside path: String) -> String {
        URL(filePath: path).deletingLastPathComponent().appending(path: "motions.npz").path
    }
}

extension ExemplarLibrary.File.Motion {
    fileprivate init(_ exemplar: Exemplar) {
        if let limbs = exemplar.limbs {
            (joints, turns) = (limbs.joints.map(\.name), limbs.text)
        } else {
            var bytes: [UInt8] = []
            for code in exemplar.codes.joined() { bytes += [UInt8(code & 0xff), UInt8(code >> 8)] }
            codes = Data(bytes).base64EncodedString()
        }
        if let exact = exemplar.exact {
            mirrored = exact.isMirrored ? true : nil
            rate = exact.rate == 1 ? nil : exact.rate
            start = exact.start == 0 ? nil : exact.start
        }
        loop = exemplar.loop.map { [$0.lowerBound, $0.upperBound] }
        parts = exemplar.parts.isEmpty ? nil : exemplar.parts.map(\.rawValue).sorted()
        source = exemplar.source
    }

    /// The motion; nil where its codes are cut short or no codes of the tokenizer, or what was recorded is not there.
    fileprivate func exemplar(codes size: Int, quantizers: Int, recorded: [ExactMotion]) -> Exemplar? {
        var exemplar: Exemplar
        if let joints, let turns {
            guard let limbs = LimbMotion(joints: joints, text: turns) else { return nil }
            exemplar = Exemplar(limbs: limbs, source: source)
        } else {
            guard let codes = decodedCodes(below: size, quantizers: quantizers) else { return nil }
            exemplar = Exemplar(codes: codes, source: source)
        }
        if let exact {
            guard recorded.indices.contains(exact), rate ?? 1 > 0, start ?? 0 >= 0 else { return nil }
            var motion = recorded[exact]
            (motion.isMirrored, motion.rate, motion.start) = (mirrored ?? false, rate ?? 1, start ?? 0)
            exemplar.exact = motion
        }
        exemplar.parts = Set((parts ?? []).compactMap(Exemplar.Part.init))
        if let loop, loop.count == 2, loop[0] >= 0, loop[0] < loop[1], loop[1] <= exemplar.count {
            exemplar.loop = loop[0]..<loop[1]
        }
        return exemplar
    }

    private func decodedCodes(below size: Int, quantizers: Int) -> [[Int]]? {
        guard let data = codes.flatMap({ Data(base64Encoded: $0) }), !data.isEmpty, data.count % (2 * quantizers) == 0
        else { return nil }
        let bytes = [UInt8](data)
        let values = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8 }
        guard values.allSatisfy({ $0 < size }) else { return nil }
        let count = values.count / quantizers
        return (0..<quantizers).map { Array(values[($0 * count)..<(($0 + 1) * count)]) }
    }
}
