/// Bounds how often one place of the program logs, so that nobody can fill a log.
struct LogThrottle {
    /// Lines of one place that pass in a second.
    static let limit = 50

    private struct Place {
        var second: Int64
        var passed = 0
        var withheld = 0
    }

    private var places: [String: Place] = [:]

    /// Whether a line of a place passes at `time`, nanoseconds; then also how many like it were withheld before.
    mutating func pass(_ place: String, at time: Int64) -> (passes: Bool, withheld: Int) {
        let second = time / 1_000_000_000
        var state = places[place] ?? Place(second: second)
        defer { places[place] = state }
        var withheld = 0
        if state.second != second {
            withheld = state.withheld
            state = Place(second: second)
        }
        guard state.passed < LogThrottle.limit else {
            state.withheld += 1
            return (false, 0)
        }
        state.passed += 1
        return (true, withheld)
    }
}
