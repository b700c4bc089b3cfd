/// An XML element to be written: a name, attributes in order, children.
struct XMLElement {
    let name: String
    var attributes: [(name: String, value: String)]
    var children: [XMLElement]

    init(_ name: String, _ attributes: [(String, String)] = [], _ children: [XMLElement] = []) {
        self.name = name
        self.attributes = attributes.map { (name: $0.0, value: $0.1) }
        self.children = children
    }

    /// A whole document; `remark` stands in a comment before the element.
    func document(remark: String) -> String {
        // Two hyphens would end the comment.
        let safe = remark.replacing("--", with: "- -")
        var text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- \(safe) -->\n"
        write(to: &text, indentation: "")
        return text
    }

    private func write(to text: inout String, indentation: String) {
        text += indentation + "<" + name
        for attribute in attributes { text += " \(attribute.name)=\"\(XMLElement.escaped(attribute.value))\"" }
        guard !children.isEmpty else {
            text += "/>\n"
            return
        }
        text += ">\n"
        for child in children { child.write(to: &text, indentation: indentation + "  ") }
        text += indentation + "</" + name + ">\n"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}

extension Sequence<Double> {
    /// The numbers as an attribute holds them: every digit kept, blanks between.
    var attribute: String { map { $0 == 0 ? "0" : "\($0)" }.joined(separator: " ") }
}
