public import Foundation
public import TextEncoding

/// Sentences that a model may have learnt from, so that what stands among them proves nothing new.
public struct KnownWordings: Sendable {
    private var sentences: Set<String> = []

    /// No sentences.
    public init() {}

    /// How many different ones.
    public var count: Int { sentences.count }

    /// Whether a sentence is among them, whatever its case, accents, punctuation and spaces.
    public func contains(_ sentence: String) -> Bool { sentences.contains(Self.normal(sentence)) }

    /// Adds a sentence.
    public mutating func insert(_ sentence: String) { sentences.insert(Self.normal(sentence)) }

    /// Adds every wording of every action, as the lexicon makes them, without a side and with each.
    public mutating func insert(_ lexicon: Lexicon) {
        for action in lexicon.actions {
            for side in [nil] + BodySide.allCases.map(Optional.some) {
                for wording in action.wordings(side: side) { insert(wording) }
            }
        }
    }

    /// Adds what a folder holds: every string of its JSON, JSON lines and text files, and of those inside its folders.
    /// JSON lines packed with xz are unpacked by that program.
    public mutating func insert(contentsOf folder: URL) {
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return }
        for case let file as URL in files {
            switch file.pathExtension {
            case "json": if let data = try? Data(contentsOf: file) { insert(json: data) }
            case "jsonl": if let data = try? Data(contentsOf: file) { insert(lines: data) }
            case "xz" where file.lastPathComponent.hasSuffix(".jsonl.xz"): insert(lines: Self.unpacked(file))
            case "txt", "tsv":
                for line in ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n") {
                    insert(String(line))
                    for field in line.split(separator: "\t") { insert(String(field)) }
                }
            default: continue
            }
        }
    }

    private mutating func insert(lines: Data) {
        for line in lines.split(separator: UInt8(ascii: "\n")) { insert(json: Data(line)) }
    }

    private mutating func insert(json: Data) {
        if let value = try? JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed) {
            insert(value: value)
        }
    }

    private mutating func insert(value: Any) {
        switch value {
        case let text as String: insert(text)
        case let list as [Any]: for element in list { insert(value: element) }
        case let object as [String: Any]: for element in object.values { insert(value: element) }
        default: return
        }
    }

    private static func unpacked(_ file: URL) -> Data {
        let xz = Process()
        xz.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        xz.arguments = ["xz", "-dc", file.path]
        let pipe = Pipe()
        xz.standardOutput = pipe
        guard (try? xz.run()) != nil else { return Data() }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        xz.waitUntilExit()
        return data
    }

    /// Lower case, letters and digits without accents, single spaces.
    static func normal(_ sentence: String) -> String {
        var words: [String] = []
        var word = ""
        for scalar in sentence.lowercased().decomposedStringWithCanonicalMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark: continue
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .otherNumber, .spacingMark:
                word.unicodeScalars.append(scalar)
            default:
                if !word.isEmpty { words.append(word) }
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.joined(separator: " ")
    }
}
