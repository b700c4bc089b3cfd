import Foundation
import Tensors

/// The numbers of a run as they come: `curves.csv` and a picture of it, `curves.svg`.
///
/// A row is step, seconds, tokens a second, then the columns; a number that was not taken at a step is empty. A run that
/// is resumed drops the rows behind its checkpoint and goes on.
struct TrainingCurves {
    let columns: [String]
    private(set) var rows: [[Float?]] = []
    private let table: URL
    private let picture: URL

    /// Seconds of training behind the last row.
    var seconds: Float { rows.last?[1] ?? 0 }

    /// Opens the curves of a folder, keeping the rows up to step `start`.
    init(directory: URL, columns: [String], start: Int) throws {
        self.columns = ["step", "seconds", "tokens_per_second"] + columns
        table = directory.appendingPathComponent("curves.csv")
        picture = directory.appendingPathComponent("curves.svg")
        if start > 0, let text = try? String(contentsOf: table, encoding: .utf8) {
            let lines = text.split(separator: "\n")
            if lines.first == Substring(self.columns.joined(separator: ",")) {
                rows = lines.dropFirst().map { line in
                    line.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
                }.filter { $0.count == self.columns.count && ($0[0] ?? .infinity) <= Float(start) }
            }
        }
        try write()
    }

    /// Adds a row and writes both files.
    mutating func append(_ row: [Float?]) throws {
        rows.append(row)
        try write()
    }

    private func write() throws {
        let text = ([columns] + rows.map { row in row.map { $0.map { "\($0)" } ?? "" } })
            .map { $0.joined(separator: ",") + "\n" }.joined()
        try FileBytes.replace(table.path, with: Array(text.utf8))
        try FileBytes.replace(picture.path, with: Array(svg.utf8))
    }

    /// One panel a column over the steps.
    var svg: String {
        let (width, height, left, right) = (640.0, 150.0, 70.0, 20.0)
        var panels: [String] = []
        for (index, column) in columns.enumerated().dropFirst(2) {
            let points = rows.compactMap { row in
                row[index].flatMap { value in row[0].map { (Double($0), Double(value)) } }
            }.filter { $0.1.isFinite }
            guard let last = points.last else { continue }
            let (low, high) = points.reduce((Double.infinity, -Double.infinity)) { (min($0.0, $1.1), max($0.1, $1.1)) }
            let span = max(high - low, 1e-9)
            let end = max(rows.last?[0].map(Double.init) ?? 1, 1)
            let path = points.map { step, value in
                String(
                    format: "%.1f,%.1f", left + step / end * (width - left - right),
                    height - 25 - (value - low) / span * (height - 50))
            }.joined(separator: " ")
            let label = { (y: Double, value: Double) in
                String(format: "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">%.4g</text>", left - 6, y, value)
            }
            panels.append(
                """
                <g transform="translate(0,\(Int(height) * panels.count))">
                <text x="\(Int(left))" y="16" font-weight="bold">\(column.replacing("_", with: " "))</text>
                <text x="\(Int(width - right))" y="16" text-anchor="end">\(String(format: "%.4g", last.1))</text>
                <path d="M\(Int(left)) 25V\(Int(height - 25))H\(Int(width - right))" fill="none" stroke="#999"/>
                \(label(30, high))\(label(height - 22, low))
                <text x="\(Int(width - right))" y="\(Int(height - 10))" text-anchor="end">step \(Int(end))</text>
                <polyline points="\(path)" fill="none" stroke="#1b6ac9" stroke-width="1.5"/>
                </g>

                """)
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(width))" height="\(Int(height) * max(panels.count, 1))" \
            font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            \(panels.joined())</svg>

            """
    }
}
