/// Text of an SVG picture, put together from lines and words.
package struct SVGDrawing {
    private var body = ""
    /// Width of the picture, pixels.
    package let width: Double
    /// Height of the picture, pixels.
    package var height = 0.0

    /// Begins an empty picture; its height may be set later.
    package init(width: Double) { self.width = width }

    /// A run of straight lines.
    package mutating func path(
        _ points: [(Double, Double)], _ colour: String, width: Double = 1, dashed: Bool = false, opacity: Double = 1
    ) {
        guard points.count > 1 else { return }
        let text = points.map { "\(Self.short($0.0)),\(Self.short($0.1))" }.joined(separator: " ")
        body += "<polyline points='\(text)' fill='none' stroke='\(colour)' stroke-width='\(Self.short(width))'"
        if dashed { body += " stroke-dasharray='3 3'" }
        if opacity < 1 { body += " opacity='\(Self.short(opacity))'" }
        body += "/>\n"
    }

    /// A filled rectangle.
    package mutating func box(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: String) {
        body +=
            "<rect x='\(Self.short(x))' y='\(Self.short(y))' width='\(Self.short(width))' height='\(Self.short(height))' "
        body += "fill='\(colour)'/>\n"
    }

    /// Words that begin, or for `end` finish, at a point.
    package mutating func text(
        _ words: String, _ x: Double, _ y: Double, _ colour: String, size: Double = 11, anchor: String = "start",
        bold: Bool = false
    ) {
        let escaped = words.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
        body += "<text x='\(Self.short(x))' y='\(Self.short(y))' font-size='\(Self.short(size))' fill='\(colour)' "
        body += "text-anchor='\(anchor)'\(bold ? " font-weight='bold'" : "")>\(escaped)</text>\n"
    }

    /// The whole file.
    package var svg: String {
        let box = "\(Self.short(width)) \(Self.short(height))"
        return """
            <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 \(box)' width='\(Self.short(width))' \
            height='\(Self.short(height))' font-family='Helvetica,Arial,sans-serif' stroke-linejoin='round' \
            stroke-linecap='round'>
            <rect width='100%' height='100%' fill='#fbfaf7'/>
            \(body)</svg>

            """
    }

    private static func short(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
