import Geometry

/// An element of an XML document, with the line on which it starts.
final class XMLNode {
    let name: String
    let line: Int
    /// Path of the file it stands in.
    let file: String
    private(set) var attributes: [String: String]
    var children: [XMLNode] = []
    /// What stands between its tags, UTF-8, without its children's.
    var text: [UInt8] = []

    init(name: String, attributes: [String: String], line: Int, file: String) {
        (self.name, self.attributes, self.line, self.file) = (name, attributes, line, file)
    }

    subscript(_ attribute: String) -> String? { attributes[attribute] }

    func first(_ name: String) -> XMLNode? { children.first { $0.name == name } }
    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    /// The element with the attributes of `defaults` where it has none of its own.
    func inheriting(_ defaults: [String: String]) -> XMLNode {
        let node = XMLNode(
            name: name, attributes: defaults.merging(attributes) { $1 }, line: line, file: file)
        node.children = children
        return node
    }

    /// Elements of URDF files that are other programs' own.
    private static let besidesRobot: Set = ["gazebo", "transmission", "plugin"]

    /// The first place that still has to go through xacro: an element of its own, or an expression in an attribute.
    var needsXacro: XMLNode? {
        for child in children where !Self.besidesRobot.contains(child.name) {
            let isOwn = child.name.hasPrefix("xacro:")
            if isOwn, !child.isLeftOver { return child }
            if isOwn { continue }
            if child.attributes.values.contains(where: { $0.contains("${") || $0.contains("$(") }) { return child }
            if let place = child.needsXacro { return place }
        }
        return nil
    }

    /// Whether an element of xacro has nothing more to do: what a finished expansion may leave behind.
    var isLeftOver: Bool { ["xacro:property", "xacro:arg", "xacro:macro"].contains(name) }

    /// The element's name with the name that it gives to what it describes.
    var place: String { self["name"].map { "\(name) \"\($0.prefix(80))\"" } ?? "<\(name)>" }

    func error(_ code: DescriptionError.Code, _ problem: String, expected: String) -> DescriptionError {
        DescriptionError(code: code, file: file, line: line, place: place, problem: problem, expected: expected)
    }

    func require(_ attribute: String) throws(DescriptionError) -> String {
        guard let value = self[attribute] else {
            throw error(.missing, "has no \(attribute)", expected: "the attribute \(attribute)")
        }
        return value
    }

    /// The numbers of an attribute; nil when it is absent.
    func numbers(_ attribute: String, count: ClosedRange<Int>) throws(DescriptionError) -> [Double]? {
        guard let text = self[attribute] else { return nil }
        var values: [Double] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            guard let value = Double(word), value.isFinite else {
                let leftOver = text.contains("${") || text.contains("$(")
                throw error(
                    .invalidValue, "\(attribute)=\"\(text.prefix(60))\" has \"\(word.prefix(30))\"",
                    expected: leftOver ? "numbers; run xacro on the file first" : "finite numbers")
            }
            values.append(value)
        }
        guard count.contains(values.count) else {
            throw error(
                .invalidValue, "\(attribute) has \(values.count) numbers",
                expected: count.lowerBound == count.upperBound
                    ? "\(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)")
        }
        return values
    }

    func number(_ attribute: String) throws(DescriptionError) -> Double? {
        try numbers(attribute, count: 1...1)?[0]
    }

    /// A limit, of which infinity means that there is none.
    func limit(_ attribute: String) throws(DescriptionError) -> Double? {
        if let text = self[attribute], let value = Double(text.filter { !$0.isWhitespace }), value.isInfinite {
            return nil
        }
        return try number(attribute)
    }

    func vector(_ attribute: String) throws(DescriptionError) -> Vector3? {
        guard let v = try numbers(attribute, count: 3...3) else { return nil }
        return Vector3(v[0], v[1], v[2])
    }

    /// A direction, made unit; zero is an error.
    func direction(_ attribute: String) throws(DescriptionError) -> Vector3? {
        guard let v = try vector(attribute) else { return nil }
        guard v.length > 1e-9 else {
            throw error(.invalidValue, "\(attribute) is zero", expected: "a direction")
        }
        return v / v.length
    }

    /// A rotation [w, x, y, z], made unit; zero is an error.
    func quaternion(_ attribute: String) throws(DescriptionError) -> Quaternion? {
        guard let v = try numbers(attribute, count: 4...4) else { return nil }
        let q = Quaternion(w: v[0], x: v[1], y: v[2], z: v[3])
        guard q.length > 1e-9 else {
            throw error(.invalidValue, "\(attribute) is zero", expected: "a quaternion w x y z")
        }
        return q.normalized
    }
}
