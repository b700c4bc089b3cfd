import Drawing
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
        let (left, right, panel, margin) = (70.0, 20.0, 150.0, 25.0)
        let (ink, line, curve) = ("#000", "#999", "#1b6ac9")
        var drawing = SVGDrawing(width: 640)
        let (start, end) = (left, drawing.width - right)
        for (index, column) in columns.enumerated().dropFirst(2) {
            let points = rows.compactMap { row in
                row[index].flatMap { value in row[0].map { (Double($0), Double(value)) } }
            }.filter { $0.1.isFinite }
            guard let last = points.last else { continue }
            let (low, high) = points.reduce((Double.infinity, -Double.infinity)) { (min($0.0, $1.1), max($0.1, $1.1)) }
            let span = max(high - low, 1e-9)
            let steps = max(rows.last?[0].map(Double.init) ?? 1, 1)
            let top = drawing.height
            let (upper, lower) = (top + margin, top + panel - margin)
            let number = { (value: Double) in String(format: "%.4g", value) }
            drawing.text(column.replacing("_", with: " "), start, top + 16, ink, bold: true)
            drawing.text(number(last.1), end, top + 16, ink, anchor: "end")
            drawing.path([(start, upper), (start, lower), (end, lower)], line)
            drawing.text(number(high), start - 6, upper + 5, ink, anchor: "end")
            drawing.text(number(low), start - 6, lower + 3, ink, anchor: "end")
            drawing.text("step \(Int(steps))", end, lower + 15, ink, anchor: "end")
            drawing.path(
                points.map { step, value in
                    (start + step / steps * (end - start), lower - (value - low) / span * (lower - upper))
                }, curve, width: 1.5)
            drawing.height += panel
        }
        return drawing.svg
    }
}
