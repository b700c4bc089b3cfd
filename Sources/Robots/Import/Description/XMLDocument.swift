import CExpat
import FoundationEssentials

/// Reads XML into a tree of elements with expat. Entities are refused, size and depth are bounded.
enum XMLDocument {
    static let greatestSize = 16 << 20
    static let greatestDepth = 200
    static let greatestElementCount = 100_000

    /// The root element, and whether the text had to be repaired: makers forget blanks between attributes, or write
    /// comments in another encoding, and the common parsers let them.
    static func read(file: String) throws(DescriptionError) -> (root: XMLNode, repaired: Bool) {
        do {
            return try read(Array(RegularFile.contents(of: file, atMost: greatestSize)), file: file)
        } catch let error as DescriptionError {
            throw error
        } catch RegularFile.Failure.tooLarge(let size) {
            throw tooLarge(size, file)
        } catch {
            throw DescriptionError(
                code: .unreadable, file: file, place: "", problem: "cannot be read",
                expected: "a URDF, MJCF or SDF file")
        }
    }

    private static func tooLarge(_ size: Int, _ file: String) -> DescriptionError {
        DescriptionError(
            code: .tooLarge, file: file, place: "", problem: "has \(size) bytes",
            expected: "\(greatestSize >> 20) MB at most")
    }

    static func read(_ bytes: [UInt8], file: String) throws(DescriptionError) -> (root: XMLNode, repaired: Bool) {
        guard bytes.count <= greatestSize else { throw tooLarge(bytes.count, file) }
        do throws(DescriptionError) {
            return (try parse(bytes, file: file), false)
        } catch {
            guard error.code == .malformedXML, let mended = mend(bytes) else { throw error }
            do { return (try parse(mended, file: file), true) } catch _ { throw error }
        }
    }

    private static func parse(_ bytes: [UInt8], file: String) throws(DescriptionError) -> XMLNode {
        guard let parser = XML_ParserCreate(nil) else { fatalError("out of memory") }
        defer { XML_ParserFree(parser) }
        let builder = Builder(file: file, parser: parser)
        XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
        XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let name, let attributes else { return }
                Builder.from(data)?.start(name, attributes)
            }, { data, _ in Builder.from(data)?.end() })
        XML_SetCharacterDataHandler(parser) { data, text, count in
            guard let text else { return }
            text.withMemoryRebound(to: UInt8.self, capacity: Int(count)) { text in
                Builder.from(data)?.read(UnsafeBufferPointer(start: text, count: Int(count)))
            }
        }
        XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in
            Builder.from(data)?.stop(.entities, "declares an entity", "a document without entities")
        }
        let status = bytes.withUnsafeBytes { buffer in
            XML_Parse(
                parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), 1)
        }
        if let error = builder.error { throw error }
        guard status == XML_STATUS_OK, let root = builder.root else {
            let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown error"
            throw DescriptionError(
                code: .malformedXML, file: file, line: Int(XML_GetCurrentLineNumber(parser)),
                place: "column \(XML_GetCurrentColumnNumber(parser) + 1)", problem: "\(reason)",
                expected: "well-formed XML")
        }
        return root
    }

    /// The text as UTF-8 with a blank after every quoted value inside a tag; nil when that changes nothing.
    private static func mend(_ bytes: [UInt8]) -> [UInt8]? {
        let text = Array(String(decoding: bytes, as: UTF8.self).utf8)
        var (mended, quote, inTag, index): ([UInt8], UInt8?, Bool, Int) = ([], nil, false, 0)
        mended.reserveCapacity(text.count + 64)
        let comment = (start: Array("<!--".utf8), end: Array("-->".utf8))
        while index < text.count {
            let byte = text[index]
            if !inTag, text[index...].starts(with: comment.start) {
                while index < text.count, !text[index...].starts(with: comment.end) {
                    mended.append(text[index])
                    index += 1
                }
                continue
            }
            mended.append(byte)
            if let open = quote {
                if byte == open {
                    quote = nil
                    if index + 1 < text.count, isNameStart(text[index + 1]) { mended.append(UInt8(ascii: " ")) }
                }
            } else if inTag, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "<") {
                inTag = true
            } else if byte == UInt8(ascii: ">") {
                inTag = false
            }
            index += 1
        }
        return mended == bytes ? nil : mended
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
    }
}

/// Receives the parser's events.
private final class Builder {
    let file: String
    let parser: XML_Parser
    var root: XMLNode?
    var error: DescriptionError?
    private var open: [XMLNode] = []
    private var count = 0

    init(file: String, parser: XML_Parser) {
        self.file = file
        self.parser = parser
    }

    static func from(_ data: UnsafeMutableRawPointer?) -> Builder? {
        data.map { Unmanaged<Builder>.fromOpaque($0).takeUnretainedValue() }
    }

    func start(_ name: UnsafePointer<CChar>, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>) {
        guard error == nil else { return }
        count += 1
        guard count <= XMLDocument.greatestElementCount else {
            return stop(
                .tooLarge, "has more than \(XMLDocument.greatestElementCount) elements", "a description of one robot")
        }
        guard open.count < XMLDocument.greatestDepth else {
            return stop(
                .tooLarge, "nests deeper than \(XMLDocument.greatestDepth) elements", "a description of one robot")
        }
        var values: [String: String] = [:]
        var index = 0
        while let key = attributes[index], let value = attributes[index + 1] {
            values[String(cString: key)] = String(cString: value)
            index += 2
        }
        let node = XMLNode(
            name: String(cString: name), attributes: values, line: Int(XML_GetCurrentLineNumber(parser)), file: file)
        if let parent = open.last { parent.children.append(node) } else { root = node }
        open.append(node)
    }

    func end() { _ = open.popLast() }

    func read(_ text: UnsafeBufferPointer<UInt8>) { open.last?.text.append(contentsOf: text) }

    func stop(_ code: DescriptionError.Code, _ problem: String, _ expected: String) {
        guard error == nil else { return }
        error = DescriptionError(
            code: code, file: file, line: Int(XML_GetCurrentLineNumber(parser)), place: open.last?.place ?? "",
            problem: problem, expected: expected)
        XML_StopParser(parser, 0)
    }
}
