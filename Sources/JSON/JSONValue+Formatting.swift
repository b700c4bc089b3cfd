extension JSONValue {
    /// The value as JSON text for people: what fits a line of `width` columns stands on one line, the rest is broken
    /// and indented by two spaces. Ends without a line break.
    public func formatted(width: Int = 120) -> String {
        var text = ""
        format(into: &text, indentation: 0, reserved: 0, width: width)
        return text
    }

    private func format(into text: inout String, indentation: Int, reserved: Int, width: Int) {
        // A comma may follow.
        if let line = onOneLine(atMost: width - indentation - reserved - 1) {
            text += line
            return
        }
        let inner = String(repeating: " ", count: indentation + 2)
        let (open, close, parts): (String, String, [(lead: String, value: JSONValue)]) =
            switch self {
            case .array(let elements): ("[", "]", elements.map { ("", $0) })
            case .object(let members): ("{", "}", members.map { (JSONValue.string($0.key).text + ": ", $0.value) })
            default: ("", "", [])
            }
        guard !parts.isEmpty else {
            text += self.text
            return
        }
        text += open
        for (index, part) in parts.enumerated() {
            text += (index == 0 ? "\n" : ",\n") + inner + part.lead
            part.value.format(
                into: &text, indentation: indentation + 2, reserved: part.lead.utf8.count, width: width)
        }
        text += "\n" + String(repeating: " ", count: indentation) + close
    }

    /// The value on one line with a space after commas and colons; nil when it is longer than `limit` bytes.
    private func onOneLine(atMost limit: Int) -> String? {
        var line = ""
        return append(to: &line, limit: limit) ? line : nil
    }

    private func append(to line: inout String, limit: Int) -> Bool {
        switch self {
        case .array(let elements):
            line += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { line += ", " }
                guard element.append(to: &line, limit: limit) else { return false }
            }
            line += "]"
        case .object(let members):
            line += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { line += ", " }
                line += JSONValue.string(member.key).text + ": "
                guard member.value.append(to: &line, limit: limit) else { return false }
            }
            line += "}"
        default: line += text
        }
        return line.utf8.count <= limit
    }
}
