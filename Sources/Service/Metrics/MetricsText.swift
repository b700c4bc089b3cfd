internal import ServiceCore

/// Metrics in the text format of Prometheus, version 0.0.4.
struct MetricsText {
    private(set) var text = ""

    /// What a metric counts.
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// One number with its labels.
    struct Sample {
        var labels: [(name: String, value: String)] = []
        var value: Double

        init(_ value: Double, _ labels: (name: String, value: String)...) {
            self.value = value
            self.labels = labels
        }

        init(_ value: Int, _ labels: (name: String, value: String)...) {
            self.value = Double(value)
            self.labels = labels
        }
    }

    /// Adds a counter or gauge.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        head(name, kind, help)
        for sample in samples { line(name, sample) }
    }

    /// Adds a histogram.
    mutating func add(_ name: String, _ help: String, _ histogram: Histogram.Snapshot) {
        head(name, .histogram, help)
        var total = 0
        for (count, bound) in zip(histogram.counts, histogram.bounds.map { "\($0)" } + ["+Inf"]) {
            total += count
            line(name + "_bucket", Sample(total, ("le", bound)))
        }
        line(name + "_sum", Sample(histogram.sum))
        line(name + "_count", Sample(total))
    }

    private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ sample: Sample) {
        let labels = sample.labels.map { "\($0.name)=\"\(MetricsText.escaped($0.value))\"" }.joined(separator: ",")
        let value = Int(exactly: sample.value).map(String.init) ?? "\(sample.value)"
        text += name + (labels.isEmpty ? "" : "{\(labels)}") + " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
