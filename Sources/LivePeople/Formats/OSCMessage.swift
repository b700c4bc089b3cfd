/// One message of OSC 1.0: an address and arguments, of which numbers and texts are kept.
struct OSCMessage: Hashable {
    enum Argument: Hashable {
        case integer(Int32)
        case float(Double)
        case text(String)
        /// Of a type that nothing here needs.
        case other
    }

    var address: String
    var arguments: [Argument]

    /// Deepest bundle in a bundle that is read, and most messages of a packet.
    private static let (depth, most) = (4, 4096)

    /// What a packet holds: its messages in order, and for each the number of the outermost bundle's element it came in.
    static func messages(in packet: [UInt8]) throws(PersonStreamError) -> [OSCMessage] {
        var messages: [OSCMessage] = []
        var reader = ByteReader(packet)
        try read(&reader, depth: 0, into: &messages)
        return messages
    }

    private static func read(
        _ reader: inout ByteReader, depth: Int, into messages: inout [OSCMessage]
    ) throws(PersonStreamError) {
        let address = try text(&reader, "an OSC address")
        guard address == "#bundle" else {
            guard address.hasPrefix("/") else { throw .malformed("an OSC address begins with \"/\"") }
            guard messages.count < most else { throw .malformed("more than \(most) OSC messages in one packet") }
            return messages.append(OSCMessage(address: address, arguments: try arguments(&reader)))
        }
        guard depth < Self.depth else { throw .malformed("OSC bundles nested deeper than \(Self.depth)") }
        try reader.skip(8, "an OSC time tag")
        while reader.left > 0 {
            let size: Int32 = try reader.big("the size of an OSC element")
            guard size >= 0, size % 4 == 0 else { throw .malformed("an OSC element of \(size) bytes") }
            var element = try reader.part(Int(size), "an OSC element")
            if element.left > 0 { try read(&element, depth: depth + 1, into: &messages) }
        }
    }

    private static func arguments(_ reader: inout ByteReader) throws(PersonStreamError) -> [Argument] {
        guard reader.left > 0 else { return [] }
        let types = try text(&reader, "OSC types")
        guard types.hasPrefix(",") else { throw .malformed("OSC types begin with \",\"") }
        var arguments: [Argument] = []
        for type in types.dropFirst() {
            switch type {
            case "i": arguments.append(.integer(try reader.big("an OSC integer")))
            case "f": arguments.append(.float(try reader.bigFloat("an OSC number")))
            case "s": arguments.append(.text(try text(&reader, "an OSC text")))
            case "h", "d", "t":
                try reader.skip(8, "an OSC argument")
                arguments.append(.other)
            case "b":
                let size: Int32 = try reader.big("the size of an OSC blob")
                guard size >= 0 else { throw .malformed("an OSC blob of \(size) bytes") }
                try reader.skip((Int(size) + 3) / 4 * 4, "an OSC blob")
                arguments.append(.other)
            case "T", "F", "N", "I": arguments.append(.other)
            default: throw .malformed("an OSC argument of the unknown type \"\(type)\"")
            }
        }
        return arguments
    }

    /// A text with its NULs, whose number makes the length a multiple of four.
    private static func text(_ reader: inout ByteReader, _ part: String) throws(PersonStreamError) -> String {
        let start = reader.offset
        let text = try reader.terminatedText(part)
        let surplus = (reader.offset - start) % 4
        if surplus > 0 { try reader.skip(4 - surplus, part) }
        return text
    }
}
